// SPDX-License-Identifier: GPL-2.0
/// A request that fails after it got hold of a group, and is given up without
/// kwaitgroup_release(): the removal of its device hangs.
///
// A branch that hands the request to somebody else is none of these: it is
// completed there.
//
// Confidence: Moderate
// Words: kwaitgroup_hold\(
// Options: --no-includes --include-headers

virtual report
virtual org

@call@
identifier o, m, fn;
position j;
@@
 fn(...) {
 <+...
 kwaitgroup_hold@j(..., &o->m)
 ...+>
 }

// Behind this test it has not failed.
@held@
position call.j;
identifier err;
type T;
statement S;
position after;
@@
(
 err = kwaitgroup_hold@j(...);
 if@after (\(err\|err != 0\|err < 0\)) S
|
 T err = kwaitgroup_hold@j(...);
 if@after (\(err\|err != 0\|err < 0\)) S
|
 if@after (\(kwaitgroup_hold@j(...)\|kwaitgroup_hold@j(...) != 0\)) S
)

@leak exists@
identifier call.o, call.m, call.fn;
identifier hand != {kfree, kvfree, kfree_sensitive, pr_err, pr_warn, dev_err, dev_warn, dev_dbg};
expression C, E;
local idexpression x;
statement S;
position held.after, p;
@@
 fn(...) {
 ... when any
 if@after (...) S
 ... when != kwaitgroup_release(&o->m)
 if (E) {
 ... when != kwaitgroup_release(&o->m)
     when != hand(o, ...)
     when != hand(&o->m, ...)
(
 return@p -C;
|
 return@p x;
)
 }
 ... when any
 }

@at_once exists@
identifier call.o, call.m, call.fn;
expression C, E;
local idexpression x;
statement S;
position held.after, p;
@@
 fn(...) {
 ... when any
 if@after (...) S
 ... when != kwaitgroup_release(&o->m)
(
 if (E)
 return@p -C;
|
 if (E)
 return@p x;
)
 ... when any
 }

@freed exists@
identifier call.o, call.m, call.fn;
identifier free =~ "free";
statement S;
position held.after, p;
@@
 fn(...) {
 ... when any
 if@after (...) S
 ... when != kwaitgroup_release(&o->m)
 free@p(o)
 ... when any
 }

@script:python depends on report@
p << leak.p;
o << call.o;
m << call.m;
@@
coccilib.report.print_report(p[0], "holder_leak: returns without kwaitgroup_release(&%s->%s)" % (o, m))

@script:python depends on org@
p << leak.p;
o << call.o;
m << call.m;
@@
coccilib.org.print_todo(p[0], "holder_leak: returns without kwaitgroup_release(&%s->%s)" % (o, m))

@script:python depends on report@
p << at_once.p;
o << call.o;
m << call.m;
@@
coccilib.report.print_report(p[0], "holder_leak: returns without kwaitgroup_release(&%s->%s)" % (o, m))

@script:python depends on org@
p << at_once.p;
o << call.o;
m << call.m;
@@
coccilib.org.print_todo(p[0], "holder_leak: returns without kwaitgroup_release(&%s->%s)" % (o, m))

@script:python depends on report@
p << freed.p;
o << call.o;
m << call.m;
@@
coccilib.report.print_report(p[0], "holder_leak: %s is freed while %s->%s is held" % (o, o, m))

@script:python depends on org@
p << freed.p;
o << call.o;
m << call.m;
@@
coccilib.org.print_todo(p[0], "holder_leak: %s is freed while %s->%s is held" % (o, o, m))
