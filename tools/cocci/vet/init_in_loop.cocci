// SPDX-License-Identifier: GPL-2.0
/// The same group is initialised in each round of a loop that does not wait for
/// it: members of the round before are forgotten. Once before the loop is enough,
/// as a group may be used again and again.
///
// Confidence: Moderate
// Comments: patch mode moves it in front of a loop; not that of a list
// Words: kwaitgroup_(batch_)?init
// Options: --no-includes --include-headers

virtual patch
virtual report
virtual org

@waited exists@
position p;
expression W;
iterator each;
@@
(
 for (...;...;...) {
 ... when any
 kwaitgroup_init@p(W)
 ... when any
 \(kwaitgroup_wait\|kwaitgroup_drain\)(W)
 ... when any
 }
|
 while (...) {
 ... when any
 kwaitgroup_init@p(W)
 ... when any
 \(kwaitgroup_wait\|kwaitgroup_drain\)(W)
 ... when any
 }
|
 each(...) {
 ... when any
 kwaitgroup_init@p(W)
 ... when any
 \(kwaitgroup_wait\|kwaitgroup_drain\)(W)
 ... when any
 }
)

// One that belongs to what the loop goes through.
@walked@
position p;
identifier o, m;
iterator each;
@@
(
 for (...; ...; o = ...) { <+... kwaitgroup_init@p(&o->m) ...+> }
|
 each(..., o, ...) { <+... kwaitgroup_init@p(&o->m) ...+> }
)

@element@
position p;
expression E, I;
identifier m;
@@
 kwaitgroup_init@p(\(&E[I]\|&E[I].m\|&E[I]->m\))

@moves exists@
position p;
identifier o, m;
expression E;
@@
(
 for (...;...;...) { ... when any
 o = E
 ... when any
 kwaitgroup_init@p(&o->m)
 ... when any
 }
|
 while (...) { ... when any
 o = E
 ... when any
 kwaitgroup_init@p(&o->m)
 ... when any
 }
|
 while (...) { ... when any
 kwaitgroup_init@p(&o->m)
 ... when any
 o = E
 ... when any
 }
)

@again@
position p != {waited.p, walked.p, element.p, moves.p};
identifier g, o, m;
iterator each;
@@
(
 for (...;...;...) { <+... \(kwaitgroup_init@p(&g)\|kwaitgroup_init@p(&o->m)\|kwaitgroup_init@p(&g.m)\) ...+> }
|
 while (...) { <+... \(kwaitgroup_init@p(&g)\|kwaitgroup_init@p(&o->m)\|kwaitgroup_init@p(&g.m)\) ...+> }
|
 each(...) { <+... \(kwaitgroup_init@p(&g)\|kwaitgroup_init@p(&o->m)\|kwaitgroup_init@p(&g.m)\) ...+> }
)

@depends on patch@
position again.p;
expression W, a, b, c;
@@
+ kwaitgroup_init(W);
 for (a; b; c) {
 ...
- kwaitgroup_init@p(W);
 ...
 }

@script:python depends on report@
p << again.p;
@@
coccilib.report.print_report(p[0], "init_in_loop: forgets the members of the round before")

@script:python depends on org@
p << again.p;
@@
coccilib.org.print_todo(p[0], "init_in_loop: forgets the members of the round before")
