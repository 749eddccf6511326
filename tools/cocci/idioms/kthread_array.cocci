// SPDX-License-Identifier: GPL-2.0
/// Threads that are stopped one by one: each waits for the end of one, and each
/// has to be kept alive until it is asked.
///
// Confidence: High
// Words: kthread_stop
// Options: --no-includes --include-headers

virtual report
virtual org

@each@
expression T;
iterator walk;
position p;
@@
(
 for (...;...;...) {
 <+...
 \(kthread_stop@p\|kthread_stop_put@p\)(T)
 ...+>
 }
|
 for (...;...;...)
 \(kthread_stop@p\|kthread_stop_put@p\)(T);
|
 while (...) {
 <+...
 \(kthread_stop@p\|kthread_stop_put@p\)(T)
 ...+>
 }
|
 walk(...) {
 <+...
 \(kthread_stop@p\|kthread_stop_put@p\)(T)
 ...+>
 }
|
 walk(...)
 \(kthread_stop@p\|kthread_stop_put@p\)(T);
)

@script:python depends on report@
p << each.p;
T << each.T;
@@
coccilib.report.print_report(p[0], "kthread_array: %s(): %s" % (p[0].current_element, T))

@script:python depends on org@
p << each.p;
T << each.T;
@@
coccilib.org.print_todo(p[0], "kthread_array: %s(): %s" % (p[0].current_element, T))
