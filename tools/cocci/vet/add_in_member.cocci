// SPDX-License-Identifier: GPL-2.0
/// A member that adds itself races with the wait: whoever waits before it
/// has run finds the count at zero. Whoever starts it has to add, before.
///
// A member may add others: it holds a count meanwhile. So an add behind which
// something is started is none of these, nor one in a scope that has a done.
// A join is the same as an add, but where the group is closed for those that
// come late.
//
// Confidence: Moderate
// Comments: functions are members by what starts them in the same file
// Words: kwaitgroup_(add|join)
// Options: --no-includes --include-headers

virtual report
virtual org

@closes@
@@
 \(kwaitgroup_close\|kwaitgroup_drain\)(...)

@member@
identifier fn;
expression X;
@@
(
 \(kthread_run\|kthread_create\|kthread_create_on_node\|kthread_run_on_cpu\|
   kthread_create_on_cpu\|smp_call_function_single_async\)(fn, ...)
|
 \(INIT_WORK\|INIT_DELAYED_WORK\|INIT_WORK_ONSTACK\|INIT_RCU_WORK\|
   kthread_init_work\|init_irq_work\|tasklet_setup\|call_rcu\|
   kwaitgroup_batch_run\|kwaitgroup_run\)(X, fn, ...)
|
 timer_setup(X, fn, ...)
)

@holds exists@
symbol kwaitgroup_done, kwaitgroup_adopted;
expression W;
position p;
@@
(
 guard(kwaitgroup_done)(W)
|
 kwaitgroup_adopt(W, ...)
|
 CLASS(kwaitgroup_adopted, ...)(W)
)
 ... when any
 \(kwaitgroup_add@p\|kwaitgroup_join@p\)(W, ...)

@starts exists@
expression W;
identifier start = {kthread_run, kthread_create, kthread_run_on_cpu, kthread_create_on_cpu, kthread_create_on_node,
		    queue_work, queue_delayed_work, schedule_work, schedule_delayed_work, kthread_queue_work,
		    wake_up_process, submit_bio, mod_timer, call_rcu};
position p;
@@
 kwaitgroup_add@p(W, ...)
 ... when any
 start(...)

@bad exists@
identifier member.fn;
expression W;
position p != {holds.p, starts.p};
@@
 fn(...) {
 ... when any
 kwaitgroup_add@p(W, ...)
 ... when any
(
 kwaitgroup_done(W)
|
 kwaitgroup_done_and_exit(W, ...)
)
 ... when any
 }

@bad_join depends on !closes@
identifier member.fn;
position p != holds.p;
@@
 fn(...) {
 <+...
 kwaitgroup_join@p(...)
 ...+>
 }

@script:python depends on report@
p << bad.p;
fn << member.fn;
@@
coccilib.report.print_report(p[0], "add_in_member: %s() adds itself, a wait before it runs finds nobody" % fn)

@script:python depends on org@
p << bad.p;
fn << member.fn;
@@
coccilib.org.print_todo(p[0], "add_in_member: %s() adds itself, a wait before it runs finds nobody" % fn)

@script:python depends on report@
p << bad_join.p;
fn << member.fn;
@@
coccilib.report.print_report(p[0], "add_in_member: %s() joins, a wait before it runs finds nobody; have the starter add, and adopt" % fn)

@script:python depends on org@
p << bad_join.p;
fn << member.fn;
@@
coccilib.org.print_todo(p[0], "add_in_member: %s() joins, a wait before it runs finds nobody; have the starter add, and adopt" % fn)
