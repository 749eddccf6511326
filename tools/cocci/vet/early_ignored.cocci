// SPDX-License-Identifier: GPL-2.0
/// An early wait whose result nobody looks at: it may have ended with members
/// left. kwaitgroup_wait() does not, so its result may be ignored.
///
// Confidence: High
// Comments: patch mode waits for all
// Words: kwaitgroup_(batch_|percpu_)?wait_
// Options: --no-includes --include-headers

virtual patch
virtual report
virtual org

// What is waited for again, and then for all, may be early.
@again@
expression W;
position p;
@@
 \(kwaitgroup_wait_killable@p\|kwaitgroup_wait_interruptible@p\|
   kwaitgroup_wait_timeout@p\|kwaitgroup_wait_state@p\)(W, ...)
 ... when != return ...;
 \(kwaitgroup_wait\|kwaitgroup_drain\)(W)

@batch_again@
expression W;
position p;
@@
 \(kwaitgroup_batch_wait_killable@p\|kwaitgroup_batch_wait_timeout@p\)(W, ...)
 ... when != return ...;
 kwaitgroup_batch_wait(W)

@percpu_again@
expression W;
position p;
@@
 \(kwaitgroup_percpu_wait_killable@p\|kwaitgroup_percpu_wait_timeout@p\)(W, ...)
 ... when != return ...;
 \(kwaitgroup_percpu_wait\|kwaitgroup_percpu_drain\)(W)

// Nor is one that nothing ends early.
@uninterrupted@
position p;
@@
 kwaitgroup_wait_state@p(..., TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT)

@ignored depends on report || org@
position p != {again.p, batch_again.p, percpu_again.p, uninterrupted.p};
@@
(
 \(kwaitgroup_wait_killable@p\|kwaitgroup_wait_interruptible@p\|
   kwaitgroup_wait_timeout@p\|kwaitgroup_wait_state@p\|
   kwaitgroup_batch_wait_killable@p\|kwaitgroup_batch_wait_timeout@p\|
   kwaitgroup_percpu_wait_killable@p\|kwaitgroup_percpu_wait_timeout@p\)(...);
|
 (void)\(kwaitgroup_wait_killable@p\|kwaitgroup_wait_interruptible@p\|
   kwaitgroup_wait_timeout@p\|kwaitgroup_wait_state@p\|
   kwaitgroup_batch_wait_killable@p\|kwaitgroup_batch_wait_timeout@p\|
   kwaitgroup_percpu_wait_killable@p\|kwaitgroup_percpu_wait_timeout@p\)(...);
)

@unread depends on report || org@
local idexpression x;
position p != {again.p, batch_again.p, percpu_again.p, uninterrupted.p};
identifier fn;
@@
 fn(...) {
 ... when any
 x = \(kwaitgroup_wait_killable@p\|kwaitgroup_wait_interruptible@p\|
       kwaitgroup_wait_timeout@p\|kwaitgroup_wait_state@p\|
       kwaitgroup_batch_wait_killable@p\|kwaitgroup_batch_wait_timeout@p\|
   kwaitgroup_percpu_wait_killable@p\|kwaitgroup_percpu_wait_timeout@p\)(...);
 ... when != x
 }

@depends on patch@
expression W;
position p != {again.p, batch_again.p, percpu_again.p, uninterrupted.p};
@@
(
- \(kwaitgroup_wait_killable@p\|kwaitgroup_wait_interruptible@p\|
-   kwaitgroup_wait_timeout@p\|kwaitgroup_wait_state@p\)(W, ...);
+ kwaitgroup_wait(W);
|
- (void)\(kwaitgroup_wait_killable@p\|kwaitgroup_wait_interruptible@p\|
-   kwaitgroup_wait_timeout@p\|kwaitgroup_wait_state@p\)(W, ...);
+ kwaitgroup_wait(W);
|
- \(kwaitgroup_batch_wait_killable@p\|kwaitgroup_batch_wait_timeout@p\)(W, ...);
+ kwaitgroup_batch_wait(W);
|
- (void)\(kwaitgroup_batch_wait_killable@p\|kwaitgroup_batch_wait_timeout@p\)(W, ...);
+ kwaitgroup_batch_wait(W);
|
- \(kwaitgroup_percpu_wait_killable@p\|kwaitgroup_percpu_wait_timeout@p\)(W, ...);
+ kwaitgroup_percpu_wait(W);
|
- (void)\(kwaitgroup_percpu_wait_killable@p\|kwaitgroup_percpu_wait_timeout@p\)(W, ...);
+ kwaitgroup_percpu_wait(W);
)

@script:python depends on report@
p << ignored.p;
@@
coccilib.report.print_report(p[0], "early_ignored: members may be left, and nobody looks")

@script:python depends on org@
p << ignored.p;
@@
coccilib.org.print_todo(p[0], "early_ignored: members may be left, and nobody looks")

@script:python depends on report@
p << unread.p;
x << unread.x;
@@
coccilib.report.print_report(p[0], "early_ignored: members may be left, and nobody reads %s" % x)

@script:python depends on org@
p << unread.p;
x << unread.x;
@@
coccilib.org.print_todo(p[0], "early_ignored: members may be left, and nobody reads %s" % x)
