// SPDX-License-Identifier: GPL-2.0
/// A group, or what is in a list or on a queue by its address, copied by value:
/// members are done with the one, who waits has the other.
///
// Confidence: High
// Comments: structures with a group in them if they are defined in the file
// Words: kwaitgroup
// Options: --no-includes --include-headers

virtual report
virtual org

@whole@
struct kwaitgroup G;
struct kwaitgroup_batch B;
struct kwaitgroup_percpu P;
struct kwaitgroup_member M;
struct kwaitgroup_holder H;
expression E;
identifier m;
position p;
@@
(
 G =@p \(*E\|E->m\|E.m\)
|
 B =@p \(*E\|E->m\|E.m\)
|
 P =@p \(*E\|E->m\|E.m\)
|
 M =@p \(*E\|E->m\|E.m\)
|
 H =@p \(*E\|E->m\|E.m\)
|
 E =@p \(G\|B\|P\|M\|H\)
)

@by_value@
identifier g = {kwaitgroup, kwaitgroup_batch, kwaitgroup_percpu, kwaitgroup_member, kwaitgroup_holder, kwaitgroup_notifier};
identifier fn, x;
position p;
@@
 fn(..., struct g x@p, ...) { ... }

@within@
identifier g = {kwaitgroup, kwaitgroup_batch, kwaitgroup_percpu, kwaitgroup_member, kwaitgroup_holder, kwaitgroup_notifier};
identifier t, m;
@@
 struct t {
 ...
 struct g m;
 ...
 };

@outer@
identifier within.t;
struct t X, Y;
position p;
@@
 X =@p Y

@memory@
struct kwaitgroup *G;
position p;
@@
(
 memcpy@p(G, ...)
|
 memcpy@p(..., G, ...)
|
 kmemdup@p(G, ...)
)

@outer_memory@
identifier within.t;
struct t *G;
position p;
@@
(
 memcpy@p(G, ...)
|
 kmemdup@p(G, ...)
)

@script:python depends on report@
p << whole.p;
@@
coccilib.report.print_report(p[0], "copied: by value, its members and waiters have the other one")

@script:python depends on org@
p << whole.p;
@@
coccilib.org.print_todo(p[0], "copied: by value, its members and waiters have the other one")

@script:python depends on report@
p << by_value.p;
fn << by_value.fn;
@@
coccilib.report.print_report(p[0], "copied: %s() takes it by value" % fn)

@script:python depends on org@
p << by_value.p;
fn << by_value.fn;
@@
coccilib.org.print_todo(p[0], "copied: %s() takes it by value" % fn)

@script:python depends on report@
p << outer.p;
t << within.t;
m << within.m;
@@
coccilib.report.print_report(p[0], "copied: struct %s has %s in it" % (t, m))

@script:python depends on org@
p << outer.p;
t << within.t;
m << within.m;
@@
coccilib.org.print_todo(p[0], "copied: struct %s has %s in it" % (t, m))

@script:python depends on report@
p << memory.p;
@@
coccilib.report.print_report(p[0], "copied: byte by byte")

@script:python depends on org@
p << memory.p;
@@
coccilib.org.print_todo(p[0], "copied: byte by byte")

@script:python depends on report@
p << outer_memory.p;
t << within.t;
m << within.m;
@@
coccilib.report.print_report(p[0], "copied: struct %s has %s in it" % (t, m))

@script:python depends on org@
p << outer_memory.p;
t << within.t;
m << within.m;
@@
coccilib.org.print_todo(p[0], "copied: struct %s has %s in it" % (t, m))
