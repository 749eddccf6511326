// SPDX-License-Identifier: GPL-2.0
/// The same count is given back twice: done behind done, done in a scope that
/// has it by a guard, done in a function that kwaitgroup.ko runs and counts.
///
// A function that adds may have to give back more than one, and so may a loop.
//
// Confidence: Moderate
// Comments: patch mode drops the plain done in the scope of a guard
// Words: kwaitgroup_done
// Options: --no-includes --include-headers

virtual patch
virtual report
virtual org

@added@
expression W;
position p;
identifier fn;
@@
 fn@p(...) {
 <+...
 \(kwaitgroup_add\|kwaitgroup_try_add_many\|kwaitgroup_try_add\|kwaitgroup_join\)(W, ...)
 ...+>
 }

@loop@
position p;
iterator each;
@@
(
 for (...;...;...) { <+... kwaitgroup_done@p(...) ...+> }
|
 while (...) { <+... kwaitgroup_done@p(...) ...+> }
|
 each(...) { <+... kwaitgroup_done@p(...) ...+> }
)

// What was stopped before it ran has its done called for it.
@stopped@
identifier stop = {kthread_stop, cancel_work_sync, cancel_delayed_work_sync, cancel_work, cancel_delayed_work,
		   kthread_cancel_work_sync, timer_delete_sync, timer_delete, del_timer_sync, del_timer, hrtimer_cancel};
position p;
@@
(
 if (<+... stop(...) ...+>) kwaitgroup_done@p(...);
|
 if (<+... stop(...) ...+>) { <+... kwaitgroup_done@p(...) ...+> }
)

@twice depends on report || org exists@
identifier x, m, fn;
position p1 != {loop.p, stopped.p}, p2 != {loop.p, stopped.p}, pf != added.p;
@@
 fn@pf(...) {
 ... when any
(
 kwaitgroup_done@p1(x);
 ... when != x = ...
 \(kwaitgroup_done@p2(x)\|kwaitgroup_done_and_exit@p2(x, ...)\);
|
 kwaitgroup_done@p1(&x);
 ...
 \(kwaitgroup_done@p2(&x)\|kwaitgroup_done_and_exit@p2(&x, ...)\);
|
 kwaitgroup_done@p1(x->m);
 ... when != x = ...
     when != x->m = ...
 \(kwaitgroup_done@p2(x->m)\|kwaitgroup_done_and_exit@p2(x->m, ...)\);
|
 kwaitgroup_done@p1(&x->m);
 ... when != x = ...
 \(kwaitgroup_done@p2(&x->m)\|kwaitgroup_done_and_exit@p2(&x->m, ...)\);
)
 ... when any
 }

@guarded exists@
symbol kwaitgroup_done, kwaitgroup_adopted;
expression W;
position p != loop.p;
@@
(
 guard(kwaitgroup_done)(W)
|
 CLASS(kwaitgroup_adopted, ...)(W)
)
 ... when any
     when != \(kwaitgroup_add\|kwaitgroup_try_add\|kwaitgroup_try_add_many\)(W, ...)
 \(kwaitgroup_done@p(W)\|kwaitgroup_done_and_exit@p(W, ...)\)

@run@
identifier fn, o, m;
@@
(
 kwaitgroup_run(&o->m, fn, ...)
|
 kwaitgroup_run(&o.m, fn, ...)
)

@run_done@
identifier run.fn, run.m, x;
position p;
@@
 fn(...) {
 <+...
 \(kwaitgroup_done@p\|kwaitgroup_done_and_exit@p\)(&x->m, ...)
 ...+>
 }

@run_global@
identifier fn, g;
@@
 kwaitgroup_run(&g, fn, ...)

@global_done@
identifier run_global.fn, run_global.g;
position p;
@@
 fn(...) {
 <+...
 \(kwaitgroup_done@p\|kwaitgroup_done_and_exit@p\)(&g, ...)
 ...+>
 }

@depends on patch@
expression W;
position guarded.p;
@@
- kwaitgroup_done@p(W);

@script:python depends on report@
p1 << twice.p1;
p2 << twice.p2;
@@
coccilib.report.print_report(p2[0], "double_done: done already on line %s" % p1[0].line)

@script:python depends on org@
p1 << twice.p1;
p2 << twice.p2;
@@
coccilib.org.print_todo(p2[0], "double_done: done already on line %s" % p1[0].line)

@script:python depends on report@
p << guarded.p;
@@
coccilib.report.print_report(p[0], "double_done: a guard does it when the scope is left")

@script:python depends on org@
p << guarded.p;
@@
coccilib.org.print_todo(p[0], "double_done: a guard does it when the scope is left")

@script:python depends on report@
p << run_done.p;
@@
coccilib.report.print_report(p[0], "double_done: kwaitgroup_run() does it when the function has returned")

@script:python depends on org@
p << run_done.p;
@@
coccilib.org.print_todo(p[0], "double_done: kwaitgroup_run() does it when the function has returned")

@script:python depends on report@
p << global_done.p;
@@
coccilib.report.print_report(p[0], "double_done: kwaitgroup_run() does it when the function has returned")

@script:python depends on org@
p << global_done.p;
@@
coccilib.org.print_todo(p[0], "double_done: kwaitgroup_run() does it when the function has returned")
