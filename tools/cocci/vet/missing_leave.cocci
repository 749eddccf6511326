// SPDX-License-Identifier: GPL-2.0
/// A way out of a function that has joined, without kwaitgroup_leave(): only
/// the task that joined may leave, and its member is usually on its stack.
/// CLASS(kwaitgroup_member, m)(wg) leaves on each of them.
///
// Confidence: High
// Words: kwaitgroup_(join|adopt)
// Options: --no-includes --include-headers

virtual report
virtual org

@call@
expression M;
position j;
@@
 \(kwaitgroup_join@j\|kwaitgroup_adopt@j\)(..., M)

// Behind this test it has not failed.
@tested@
position call.j;
identifier err;
type T;
statement S;
position after;
@@
(
 err = \(kwaitgroup_join@j\|kwaitgroup_adopt@j\)(...);
 ...
 if@after (\(err\|err != 0\|err < 0\|unlikely(err)\)) S
|
 T err = \(kwaitgroup_join@j\|kwaitgroup_adopt@j\)(...);
 ...
 if@after (\(err\|err != 0\|err < 0\|unlikely(err)\)) S
|
 if@after (\(\(kwaitgroup_join@j\|kwaitgroup_adopt@j\)(...)\|\(kwaitgroup_join@j\|kwaitgroup_adopt@j\)(...) != 0\|WARN_ON(\(kwaitgroup_join@j\|kwaitgroup_adopt@j\)(...))\)) S
)

// What never leaves is another kind: plain_done.
@leaves exists@
expression call.M;
position tested.after;
statement S;
@@
 if@after (...) S
 ... when any
 kwaitgroup_leave(M)

@back depends on leaves exists@
expression call.M;
position tested.after, p;
statement S;
@@
 if@after (...) S
 ... when != kwaitgroup_leave(M)
     when != kwaitgroup_done(...)
 return@p ...;

@script:python depends on report@
p << back.p;
M << call.M;
@@
coccilib.report.print_report(p[0], "missing_leave: returns without kwaitgroup_leave(%s)" % M)

@script:python depends on org@
p << back.p;
M << call.M;
@@
coccilib.org.print_todo(p[0], "missing_leave: returns without kwaitgroup_leave(%s)" % M)
