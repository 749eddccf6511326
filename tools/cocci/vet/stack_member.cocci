// SPDX-License-Identifier: GPL-2.0
/// A member, a holder or a notifier on the stack of a function that returns
/// while others use it: it belongs into what is handed over.
///
// Confidence: Moderate
// Words: kwaitgroup_(join_task|hold|notify)
// Options: --no-includes --include-headers

virtual report
virtual org

@ended exists@
position p;
identifier end = {kwaitgroup_wait, kwaitgroup_drain, kwaitgroup_batch_wait, kwaitgroup_release, kwaitgroup_leave,
		  kwaitgroup_notify_cancel, kthread_stop, wait_for_completion};
@@
 \(kwaitgroup_join_task@p\|kwaitgroup_hold@p\|kwaitgroup_notify@p\)(...)
 ... when any
 end(...)

@outlived@
identifier fn, m;
position p != ended.p;
@@
 fn(...) {
 ... when any
(
 struct kwaitgroup_member m;
 ... when any
 kwaitgroup_join_task@p(..., &m, ...)
|
 struct kwaitgroup_holder m;
 ... when any
 kwaitgroup_hold@p(..., &m)
|
 struct kwaitgroup_holder m = ...;
 ... when any
 kwaitgroup_hold@p(..., &m)
|
 struct kwaitgroup_notifier m;
 ... when any
 kwaitgroup_notify@p(..., &m)
)
 ... when any
 }

@script:python depends on report@
p << outlived.p;
fn << outlived.fn;
m << outlived.m;
@@
coccilib.report.print_report(p[0], "stack_member: %s is on the stack of %s(), and in use after it" % (m, fn))

@script:python depends on org@
p << outlived.p;
fn << outlived.fn;
m << outlived.m;
@@
coccilib.org.print_todo(p[0], "stack_member: %s is on the stack of %s(), and in use after it" % (m, fn))
