// SPDX-License-Identifier: GPL-2.0
/// A member returns early without the done that its other ways out have: the
/// wait hangs. guard(kwaitgroup_done)(wg) has it on each of them.
///
// A return behind the last done of the function is none of these: there it is
// failure that ends here, and success is completed by somebody else.
//
// Confidence: Moderate
// Words: kwaitgroup_done
// Options: --no-includes --include-headers

virtual report
virtual org

@member@
identifier fn;
expression X;
@@
(
 \(kthread_run\|kthread_create\|kthread_create_on_node\|kthread_run_on_cpu\|
   kthread_create_on_cpu\)(fn, ...)
|
 \(INIT_WORK\|INIT_DELAYED_WORK\|INIT_WORK_ONSTACK\|INIT_RCU_WORK\|
   kthread_init_work\|init_irq_work\|tasklet_setup\|call_rcu\|timer_setup\)(X, fn, ...)
|
 X->\(bi_end_io\|end_io\|complete\|callback\|end_request\) = fn
)

@counted@
identifier member.fn;
expression W;
position end;
@@
 fn(...) {
 <+...
(
 kwaitgroup_done@end(W)
|
 kwaitgroup_done_and_exit@end(W, ...)
)
 ...+>
 }

@nobody@
expression counted.W;
position p;
@@
 if (\(!W\|W == NULL\|IS_ERR_OR_NULL(W)\)) { ... return@p ...; }

@bad exists@
identifier member.fn;
symbol kwaitgroup_done;
expression counted.W;
position p != nobody.p;
@@
 fn(...) {
 ... when != kwaitgroup_done(W)
     when != kwaitgroup_done_and_exit(W, ...)
     when != guard(kwaitgroup_done)(W)
     when != \(kwaitgroup_adopt\|kwaitgroup_join\|kwaitgroup_add\)(W, ...)
     when != \(kwaitgroup_try_add\|kwaitgroup_try_add_many\)(W, ...)
 return@p ...;
 }

@script:python depends on report@
p << bad.p;
end << counted.end;
fn << member.fn;
W << counted.W;
@@
if int(p[0].line) < int(end[0].line):
    coccilib.report.print_report(p[0], "missing_done: %s() returns without kwaitgroup_done(%s)" % (fn, W))

@script:python depends on org@
p << bad.p;
end << counted.end;
fn << member.fn;
W << counted.W;
@@
if int(p[0].line) < int(end[0].line):
    coccilib.org.print_todo(p[0], "missing_done: %s() returns without kwaitgroup_done(%s)" % (fn, W))
