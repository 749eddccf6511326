// SPDX-License-Identifier: GPL-2.0
/// A member that has joined or adopted by name ends by a plain done, or not at
/// all: its name stays behind, and what joined from the stack is read later.
///
// Where a join or adopt has failed, a plain done is right.
//
// Confidence: Moderate
// Comments: patch mode leaves instead of the plain done
// Words: kwaitgroup_(join|adopt)
// Options: --no-includes --include-headers

virtual patch
virtual report
virtual org

@call@
expression W, M;
position j;
@@
 \(kwaitgroup_join@j\|kwaitgroup_adopt@j\)(W, M)

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

@done exists@
expression call.W, call.M;
position tested.after, p;
statement S;
@@
 if@after (...) S
 ... when != kwaitgroup_leave(M)
 kwaitgroup_done@p(W);

// In the whole function nobody leaves.
@left exists@
expression call.M;
position call.j;
position any_way;
@@
 \(kwaitgroup_join@j@any_way\|kwaitgroup_adopt@j@any_way\)(...)
 ... when any
 kwaitgroup_leave(M)

@ends_plain exists@
expression call.W;
position call.j;
position any_way;
@@
 \(kwaitgroup_join@j@any_way\|kwaitgroup_adopt@j@any_way\)(...)
 ... when any
 kwaitgroup_done(W)

@nobody_leaves@
identifier m;
identifier fn;
position p != {left.any_way, ends_plain.any_way};
@@
 fn(...) {
 ... when any
 struct kwaitgroup_member m;
 ... when any
 \(kwaitgroup_join@p\|kwaitgroup_adopt@p\)(..., &m)
 ... when any
 }

@depends on patch@
position done.p;
expression call.W, call.M;
@@
- kwaitgroup_done@p(W);
+ kwaitgroup_leave(M);

@script:python depends on report@
p << done.p;
M << call.M;
@@
coccilib.report.print_report(p[0], "plain_done: kwaitgroup_leave(%s) is what ends it" % M)

@script:python depends on org@
p << done.p;
M << call.M;
@@
coccilib.org.print_todo(p[0], "plain_done: kwaitgroup_leave(%s) is what ends it" % M)

@script:python depends on report@
p << nobody_leaves.p;
m << nobody_leaves.m;
@@
coccilib.report.print_report(p[0], "plain_done: nothing leaves, and %s is on the stack" % m)

@script:python depends on org@
p << nobody_leaves.p;
m << nobody_leaves.m;
@@
coccilib.org.print_todo(p[0], "plain_done: nothing leaves, and %s is on the stack" % m)
