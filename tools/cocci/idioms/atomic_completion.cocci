// SPDX-License-Identifier: GPL-2.0
/// A count of what is left in an atomic, and a completion for the last one: what
/// a wait group is, by hand.
///
// Confidence: High
// Comments: patch mode converts a pair of a structure's fields if nothing else is done with them
// Words: atomic(64|_long)?_(dec|sub)_(and_test|return)
// Words: complete(_all)?\(
// Options: --no-includes --include-headers

virtual patch
virtual report
virtual org

@last@
expression X, C;
identifier dec = {atomic_dec_and_test, atomic_sub_and_test, atomic_long_dec_and_test, atomic64_dec_and_test};
identifier sub = {atomic_dec_return, atomic_sub_return, atomic_dec_return_release, atomic_long_dec_return, atomic64_dec_return};
identifier done = {complete, complete_all};
position p;
@@
(
 if (\(dec@p(..., X)\|!sub@p(..., X)\|sub@p(..., X) == 0\)) { <+... done(C) ...+> }
|
 if (\(dec@p(..., X)\|!sub@p(..., X)\|sub@p(..., X) == 0\)) done(C);
|
 if (\(dec@p(..., X)\|!sub@p(..., X)\|sub@p(..., X) == 0\) && ...) { <+... done(C) ...+> }
|
 if (\(dec@p(..., X)\|!sub@p(..., X)\|sub@p(..., X) == 0\) && ...) done(C);
)

@rest exists@
expression X, C;
identifier dec = {atomic_dec_and_test, atomic_sub_and_test, atomic_long_dec_and_test, atomic64_dec_and_test};
identifier sub = {atomic_dec_return, atomic_sub_return, atomic_dec_return_release, atomic_long_dec_return, atomic64_dec_return};
identifier done = {complete, complete_all};
position p;
@@
(
 if (\(!dec@p(..., X)\|sub@p(..., X)\|sub@p(..., X) != 0\|sub@p(..., X) > 0\)) return ...;
|
 if (\(!dec@p(..., X)\|sub@p(..., X)\|sub@p(..., X) != 0\|sub@p(..., X) > 0\)) { ... return ...; }
)
 ... when != return ...;
 done(C)

@pair depends on patch@
expression o;
identifier f, c;
@@
 if (atomic_dec_and_test(&o->f)) complete(&o->c);

@known depends on patch@
expression o, N;
identifier pair.f;
position k;
@@
(
 if (atomic_dec_and_test(&o->f@k)) complete(...);
|
 atomic_inc(&o->f@k);
|
 atomic_set(&o->f@k, N);
)

@known_c depends on patch@
expression o;
identifier pair.c;
position k;
@@
(
 if (atomic_dec_and_test(...)) complete(&o->c@k);
|
 init_completion(&o->c@k);
|
 wait_for_completion(&o->c@k);
)

@other depends on patch@
expression o;
identifier pair.f, pair.c;
position k != {known.k, known_c.k};
@@
 \(o->f@k\|o->c@k\|o.f@k\|o.c@k\)

@depends on patch && pair && !other@
identifier t;
identifier pair.f;
@@
 struct t {
 ...
- atomic_t f;
+ struct kwaitgroup f;
 ...
 };

@depends on patch && pair && !other@
identifier t;
identifier pair.c;
@@
 struct t {
 ...
- struct completion c;
 ...
 };

@depends on patch && pair && !other@
expression o, N;
identifier pair.f, pair.c;
@@
(
- if (atomic_dec_and_test(&o->f)) complete(&o->c);
+ kwaitgroup_done(&o->f);
|
- atomic_inc(&o->f);
+ kwaitgroup_add(&o->f, 1);
|
- atomic_set(&o->f, 0);
+ kwaitgroup_init(&o->f);
|
- atomic_set(&o->f, N);
+ kwaitgroup_init(&o->f);
+ kwaitgroup_add(&o->f, N);
|
- init_completion(&o->c);
|
- wait_for_completion(&o->c);
+ kwaitgroup_wait(&o->f);
)

@script:python depends on report@
p << last.p;
X << last.X;
C << last.C;
@@
coccilib.report.print_report(p[0], "atomic_completion: %s(): %s, %s" % (p[0].current_element, X, C))

@script:python depends on org@
p << last.p;
X << last.X;
C << last.C;
@@
coccilib.org.print_todo(p[0], "atomic_completion: %s(): %s, %s" % (p[0].current_element, X, C))

@script:python depends on report@
p << rest.p;
X << rest.X;
C << rest.C;
@@
coccilib.report.print_report(p[0], "atomic_completion: %s(): %s, %s" % (p[0].current_element, X, C))

@script:python depends on org@
p << rest.p;
X << rest.X;
C << rest.C;
@@
coccilib.org.print_todo(p[0], "atomic_completion: %s(): %s, %s" % (p[0].current_element, X, C))
