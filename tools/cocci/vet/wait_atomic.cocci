// SPDX-License-Identifier: GPL-2.0
/// A wait where nothing may sleep: under a spinlock, in a section of RCU or
/// with interrupts off, in a timer, a tasklet, an interrupt's handler.
///
// A mutex is none of that. A lock is dropped by anything called unlock.
//
// Confidence: Moderate
// Words: kwaitgroup_(batch_|percpu_)?(wait|drain)
// Options: --no-includes --include-headers

virtual report
virtual org

@locked exists@
identifier wait = {kwaitgroup_wait, kwaitgroup_wait_killable, kwaitgroup_wait_interruptible, kwaitgroup_wait_timeout,
		   kwaitgroup_wait_state, kwaitgroup_drain, kwaitgroup_batch_wait, kwaitgroup_batch_wait_killable,
		   kwaitgroup_batch_wait_timeout, kwaitgroup_percpu_wait, kwaitgroup_percpu_wait_killable,
		   kwaitgroup_percpu_wait_timeout, kwaitgroup_percpu_drain};
identifier lock = {spin_lock, spin_lock_bh, spin_lock_irq, spin_lock_irqsave, spin_lock_nested, raw_spin_lock,
		   raw_spin_lock_irq, raw_spin_lock_irqsave, read_lock, read_lock_bh, read_lock_irq, read_lock_irqsave,
		   write_lock, write_lock_bh, write_lock_irq, write_lock_irqsave};
identifier unlock =~ "_unlock";
position p, pl;
@@
 lock@pl(...)
 ... when != unlock(...)
 wait@p(...)

@section exists@
identifier wait = {kwaitgroup_wait, kwaitgroup_wait_killable, kwaitgroup_wait_interruptible, kwaitgroup_wait_timeout,
		   kwaitgroup_wait_state, kwaitgroup_drain, kwaitgroup_batch_wait, kwaitgroup_batch_wait_killable,
		   kwaitgroup_batch_wait_timeout, kwaitgroup_percpu_wait, kwaitgroup_percpu_wait_killable,
		   kwaitgroup_percpu_wait_timeout, kwaitgroup_percpu_drain};
identifier begin = {rcu_read_lock, preempt_disable, local_irq_disable, local_irq_save, local_bh_disable};
identifier end = {rcu_read_unlock, preempt_enable, local_irq_enable, local_irq_restore, local_bh_enable};
position p, pl;
@@
 begin@pl(...)
 ... when != end(...)
 wait@p(...)

@callback@
identifier fn;
expression X;
@@
(
 \(timer_setup\|timer_setup_on_stack\|tasklet_setup\|call_rcu\|init_irq_work\|request_irq\|hrtimer_setup\)(X, fn, ...)
|
 X.function = fn
|
 X->function = fn
)

@in_callback@
identifier callback.fn;
identifier wait = {kwaitgroup_wait, kwaitgroup_wait_killable, kwaitgroup_wait_interruptible, kwaitgroup_wait_timeout,
		   kwaitgroup_wait_state, kwaitgroup_drain, kwaitgroup_batch_wait, kwaitgroup_batch_wait_killable,
		   kwaitgroup_batch_wait_timeout, kwaitgroup_percpu_wait, kwaitgroup_percpu_wait_killable,
		   kwaitgroup_percpu_wait_timeout, kwaitgroup_percpu_drain};
position p;
@@
 fn(...) {
 <+...
 wait@p(...)
 ...+>
 }

@scope exists@
symbol spinlock, spinlock_irq, spinlock_irqsave, spinlock_bh, raw_spinlock, raw_spinlock_irqsave, rcu;
identifier wait = {kwaitgroup_wait, kwaitgroup_wait_killable, kwaitgroup_wait_interruptible, kwaitgroup_wait_timeout,
		   kwaitgroup_wait_state, kwaitgroup_drain, kwaitgroup_batch_wait, kwaitgroup_batch_wait_killable,
		   kwaitgroup_batch_wait_timeout, kwaitgroup_percpu_wait, kwaitgroup_percpu_wait_killable,
		   kwaitgroup_percpu_wait_timeout, kwaitgroup_percpu_drain};
position p, pl;
@@
(
 guard(spinlock)@pl(...)
|
 guard(spinlock_irq)@pl(...)
|
 guard(spinlock_irqsave)@pl(...)
|
 guard(spinlock_bh)@pl(...)
|
 guard(raw_spinlock)@pl(...)
|
 guard(raw_spinlock_irqsave)@pl(...)
|
 guard(rcu)@pl(...)
)
 ... when any
 wait@p(...)

@script:python depends on report@
p << locked.p;
pl << locked.pl;
@@
coccilib.report.print_report(p[0], "wait_atomic: under the lock of line %s" % pl[0].line)

@script:python depends on org@
p << locked.p;
pl << locked.pl;
@@
coccilib.org.print_todo(p[0], "wait_atomic: under the lock of line %s" % pl[0].line)

@script:python depends on report@
p << section.p;
pl << section.pl;
@@
coccilib.report.print_report(p[0], "wait_atomic: in the section of line %s" % pl[0].line)

@script:python depends on org@
p << section.p;
pl << section.pl;
@@
coccilib.org.print_todo(p[0], "wait_atomic: in the section of line %s" % pl[0].line)

@script:python depends on report@
p << in_callback.p;
fn << callback.fn;
@@
coccilib.report.print_report(p[0], "wait_atomic: %s() is called where nothing sleeps" % fn)

@script:python depends on org@
p << in_callback.p;
fn << callback.fn;
@@
coccilib.org.print_todo(p[0], "wait_atomic: %s() is called where nothing sleeps" % fn)

@script:python depends on report@
p << scope.p;
pl << scope.pl;
@@
coccilib.report.print_report(p[0], "wait_atomic: in the scope of the guard of line %s" % pl[0].line)

@script:python depends on org@
p << scope.p;
pl << scope.pl;
@@
coccilib.org.print_todo(p[0], "wait_atomic: in the scope of the guard of line %s" % pl[0].line)
