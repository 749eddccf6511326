// SPDX-License-Identifier: GPL-2.0
/// A count of what is left in an atomic or a reference count, and
/// wake_up_var() for whoever waits until it is zero. Its address is only a key,
/// so this may be freed; it has no names, no deaths and nothing to look at.
///
// Confidence: High
// Words: (atomic(64|_long)?|refcount)_(dec|sub)
// Words: wake_up_var
// Options: --no-includes --include-headers

virtual report
virtual org

@last@
expression X, Q;
identifier dec = {atomic_dec_and_test, atomic_sub_and_test, atomic_long_dec_and_test, atomic64_dec_and_test, refcount_dec_and_test, refcount_sub_and_test};
identifier sub = {atomic_dec_return, atomic_sub_return, atomic_dec_return_release, atomic_long_dec_return, atomic64_dec_return};
identifier plain = {atomic_dec, atomic_sub, atomic_long_dec, atomic64_dec, refcount_dec};
position p;
@@
(
 if (\(dec@p(..., X)\|!sub@p(..., X)\|sub@p(..., X) == 0\)) { <+... wake_up_var(Q) ...+> }
|
 if (\(dec@p(..., X)\|!sub@p(..., X)\|sub@p(..., X) == 0\)) wake_up_var(Q);
|
 if (\(dec@p(..., X)\|!sub@p(..., X)\|sub@p(..., X) == 0\) && ...) { <+... wake_up_var(Q) ...+> }
|
 if (\(dec@p(..., X)\|!sub@p(..., X)\|sub@p(..., X) == 0\) && ...) wake_up_var(Q);
|
 plain@p(..., X);
 wake_up_var(Q);
)

@script:python depends on report@
p << last.p;
X << last.X;
Q << last.Q;
@@
coccilib.report.print_report(p[0], "atomic_wait_var: %s(): %s, %s" % (p[0].current_element, X, Q))

@script:python depends on org@
p << last.p;
X << last.X;
Q << last.Q;
@@
coccilib.org.print_todo(p[0], "atomic_wait_var: %s(): %s, %s" % (p[0].current_element, X, Q))
