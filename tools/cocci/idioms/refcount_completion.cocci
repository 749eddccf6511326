// SPDX-License-Identifier: GPL-2.0
/// A reference count whose last reference completes a completion, for whoever
/// waits until all users are gone.
///
// Confidence: High
// Words: (refcount_(dec|sub)_and_test|kref_put)
// Words: complete(_all)?\(
// Options: --no-includes --include-headers

virtual report
virtual org

@last@
expression X, C;
identifier dec = {refcount_dec_and_test, refcount_sub_and_test};
identifier done = {complete, complete_all};
position p;
@@
(
 if (dec@p(..., X)) { <+... done(C) ...+> }
|
 if (dec@p(..., X)) done(C);
|
 if (dec@p(..., X) && ...) { <+... done(C) ...+> }
|
 if (dec@p(..., X) && ...) done(C);
|
 if (dec@p(X)) done(C);
|
 if (dec@p(X)) { <+... done(C) ...+> }
)

@rest exists@
expression X, C;
identifier dec = {refcount_dec_and_test, refcount_sub_and_test};
identifier done = {complete, complete_all};
position p;
@@
(
 if (!dec@p(..., X)) return ...;
|
 if (!dec@p(..., X)) { ... return ...; }
)
 ... when != return ...;
 done(C)

@put@
expression X;
identifier fn;
position p;
@@
 kref_put@p(X, fn)

@release@
identifier put.fn;
expression C;
identifier done = {complete, complete_all};
@@
 fn(...) {
 <+...
 done(C)
 ...+>
 }

@script:python depends on report@
p << last.p;
X << last.X;
C << last.C;
@@
coccilib.report.print_report(p[0], "refcount_completion: %s(): %s, %s" % (p[0].current_element, X, C))

@script:python depends on org@
p << last.p;
X << last.X;
C << last.C;
@@
coccilib.org.print_todo(p[0], "refcount_completion: %s(): %s, %s" % (p[0].current_element, X, C))

@script:python depends on report@
p << rest.p;
X << rest.X;
C << rest.C;
@@
coccilib.report.print_report(p[0], "refcount_completion: %s(): %s, %s" % (p[0].current_element, X, C))

@script:python depends on org@
p << rest.p;
X << rest.X;
C << rest.C;
@@
coccilib.org.print_todo(p[0], "refcount_completion: %s(): %s, %s" % (p[0].current_element, X, C))

@script:python depends on report@
p << put.p;
X << put.X;
C << release.C;
@@
coccilib.report.print_report(p[0], "refcount_completion: %s(): %s, %s" % (p[0].current_element, X, C))

@script:python depends on org@
p << put.p;
X << put.X;
C << release.C;
@@
coccilib.org.print_todo(p[0], "refcount_completion: %s(): %s, %s" % (p[0].current_element, X, C))
