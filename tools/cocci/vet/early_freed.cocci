// SPDX-License-Identifier: GPL-2.0
/// The memory of a group goes away after an early wait, which may have left
/// members: they use it still. First cancel them, then kwaitgroup_wait() for
/// the rest.
///
// Confidence: Moderate
// Words: kwaitgroup_(batch_)?wait_(killable|interruptible|timeout|state)
// Options: --no-includes --include-headers

virtual report
virtual org

// A group of the function's own frame, which goes away when it returns.
@own@
declarer name DECLARE_KWAITGROUP_ONSTACK;
identifier wg, fn;
position p;
@@
 fn@p(...) {
 ... when any
(
 DECLARE_KWAITGROUP_ONSTACK(wg);
|
 struct kwaitgroup wg;
|
 struct kwaitgroup wg = ...;
)
 ... when any
 }

// Somewhere behind it the rest is waited for.
@rested exists@
expression W;
position p;
@@
 \(kwaitgroup_wait_killable@p\|kwaitgroup_wait_interruptible@p\|
   kwaitgroup_wait_timeout@p\|kwaitgroup_wait_state@p\)(W, ...)
 ... when any
 \(kwaitgroup_wait\|kwaitgroup_drain\)(W)

@uninterrupted@
position p;
@@
 kwaitgroup_wait_state@p(..., TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT)

@frame@
identifier own.wg, own.fn;
position own.p, early != {rested.p, uninterrupted.p};
@@
 fn@p(...) {
 <+...
 \(kwaitgroup_wait_killable@early\|kwaitgroup_wait_interruptible@early\|
   kwaitgroup_wait_timeout@early\|kwaitgroup_wait_state@early\)(&wg, ...)
 ...+>
 }

// It is, but not where the wait has failed.
@branch exists@
identifier own.wg, own.fn;
local idexpression err;
position own.p, early != uninterrupted.p, back;
@@
 fn@p(...) {
 ... when any
(
 err = \(kwaitgroup_wait_killable@early\|kwaitgroup_wait_interruptible@early\|
   kwaitgroup_wait_timeout@early\|kwaitgroup_wait_state@early\)(&wg, ...);
 if (\(err\|err < 0\|err != 0\)) {
 ... when != kwaitgroup_wait(&wg)
     when != kwaitgroup_drain(&wg)
 return@back ...;
 }
|
 if (\(kwaitgroup_wait_killable@early\|kwaitgroup_wait_interruptible@early\|
   kwaitgroup_wait_timeout@early\|kwaitgroup_wait_state@early\)(&wg, ...)) {
 ... when != kwaitgroup_wait(&wg)
     when != kwaitgroup_drain(&wg)
 return@back ...;
 }
)
 ... when any
 }

// The same for a batch.
@batch_rested exists@
expression B;
position p;
@@
 \(kwaitgroup_batch_wait_killable@p\|kwaitgroup_batch_wait_timeout@p\)(B, ...)
 ... when any
 kwaitgroup_batch_wait(B)

@batch_guarded exists@
symbol kwaitgroup_batch_wait;
expression B;
position p;
@@
 guard(kwaitgroup_batch_wait)(B)
 ... when any
 \(kwaitgroup_batch_wait_killable@p\|kwaitgroup_batch_wait_timeout@p\)(B, ...)

@batch@
identifier b, fn;
position early != {batch_rested.p, batch_guarded.p};
@@
 fn(...) {
 ... when any
 struct kwaitgroup_batch b;
 ... when any
 \(kwaitgroup_batch_wait_killable@early\|kwaitgroup_batch_wait_timeout@early\)(&b, ...)
 ... when any
 }

@freed exists@
expression O;
identifier m, free =~ "free";
position early != {rested.p, uninterrupted.p}, p;
@@
 \(kwaitgroup_wait_killable@early\|kwaitgroup_wait_interruptible@early\|
   kwaitgroup_wait_timeout@early\|kwaitgroup_wait_state@early\)(&O->m, ...)
 ... when != kwaitgroup_wait(&O->m)
     when != kwaitgroup_drain(&O->m)
 free@p(O, ...)

@script:python depends on report@
early << frame.early;
wg << own.wg;
@@
coccilib.report.print_report(early[0], "early_freed: %s is on the stack, and members may be left when it goes" % wg)

@script:python depends on org@
early << frame.early;
wg << own.wg;
@@
coccilib.org.print_todo(early[0], "early_freed: %s is on the stack, and members may be left when it goes" % wg)

@script:python depends on report@
early << batch.early;
b << batch.b;
@@
coccilib.report.print_report(early[0], "early_freed: %s is on the stack, and jobs may be left when it goes" % b)

@script:python depends on org@
early << batch.early;
b << batch.b;
@@
coccilib.org.print_todo(early[0], "early_freed: %s is on the stack, and jobs may be left when it goes" % b)

@script:python depends on report && !frame@
back << branch.back;
wg << own.wg;
@@
coccilib.report.print_report(back[0], "early_freed: %s is on the stack, and members are left when it goes here" % wg)

@script:python depends on org && !frame@
back << branch.back;
wg << own.wg;
@@
coccilib.org.print_todo(back[0], "early_freed: %s is on the stack, and members are left when it goes here" % wg)

@script:python depends on report@
p << freed.p;
O << freed.O;
@@
coccilib.report.print_report(p[0], "early_freed: %s is freed after an early wait, members may be left" % O)

@script:python depends on org@
p << freed.p;
O << freed.O;
@@
coccilib.org.print_todo(p[0], "early_freed: %s is freed after an early wait, members may be left" % O)
