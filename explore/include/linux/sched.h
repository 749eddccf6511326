/* SPDX-License-Identifier: GPL-2.0 */
/* Tasks: how they sleep, what wakes them, and where code may run. */
#ifndef _LINUX_SCHED_H
#define _LINUX_SCHED_H

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/ktime.h>

#define TASK_RUNNING		0x0000
#define TASK_INTERRUPTIBLE	0x0001
#define TASK_UNINTERRUPTIBLE	0x0002
#define TASK_WAKEKILL		0x0100
#define TASK_NOLOAD		0x0400
#define TASK_FREEZABLE		0x2000
#define TASK_FREEZABLE_UNSAFE	0x4000
#define TASK_KILLABLE		(TASK_WAKEKILL | TASK_UNINTERRUPTIBLE)
#define TASK_IDLE		(TASK_UNINTERRUPTIBLE | TASK_NOLOAD)
#define TASK_NORMAL		(TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

#define TASK_COMM_LEN		16

#define MAX_SCHEDULE_TIMEOUT	LONG_MAX

#define current			ex_current()

/*
 * "set_current_state() includes a barrier so that the write of current->__state
 * is correctly serialised wrt the caller's subsequent test of whether to
 * actually sleep".
 */
#define __set_current_state(state) WRITE_ONCE(current->__state, state)
#define set_current_state(state) \
	do { __set_current_state(state); smp_mb(); } while (0)

/* "If a task is woken, a full memory barrier comes before its state is read." */
#define wake_up_process(p) \
	ex_wake(p, TASK_NORMAL, EX_SITE("wake_up_process(" #p ")"))

#define schedule()		((void)ex_sleep(false, EX_SITE("schedule()")))

/*
 * "Sleep until timeout jiffies have elapsed ... Returns 0 when the timer has
 * expired otherwise the remaining time in jiffies". MAX_SCHEDULE_TIMEOUT has none.
 */
static inline long schedule_timeout(long timeout)
{
	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return timeout;
	}
	if (ex_sleep(true, EX_SITE("schedule_timeout()")))
		return 0;
	return timeout > 1 ? timeout - 1 : 1;
}

#define io_schedule_timeout(timeout) schedule_timeout(timeout)

enum hrtimer_mode { HRTIMER_MODE_ABS };

/* "Returns 0 when the timer has expired. If the task was woken before the timer
 * expired by a signal or by an explicit wakeup, it returns -EINTR." NULL: none.
 */
static inline int schedule_hrtimeout_range(ktime_t *expires, u64 delta,
					   enum hrtimer_mode mode)
{
	bool timer = expires && *expires != KTIME_MAX;

	return ex_sleep(timer, EX_SITE("schedule_hrtimeout_range()")) ? 0 :
								       -EINTR;
}

/* Signals: bit 0, one is pending; bit 1, a fatal one. */

#define signal_pending(p)	(READ_ONCE((p)->signals) & 1)
#define fatal_signal_pending(p)	(READ_ONCE((p)->signals) == 3)

static inline int signal_pending_state(unsigned int state,
				       struct task_struct *p)
{
	if (!(state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)))
		return 0;
	if (!signal_pending(p))
		return 0;
	return (state & TASK_INTERRUPTIBLE) || fatal_signal_pending(p);
}

/* "Set TIF_SIGPENDING, then wake": a fatal one also who is killable. */
static inline void send_signal(struct task_struct *p, bool fatal)
{
	unsigned int states = TASK_INTERRUPTIBLE | (fatal ? TASK_WAKEKILL : 0);

	ex_rmw(&p->signals, sizeof(p->signals), EX_OR, fatal ? 3 : 1,
	       __ATOMIC_RELAXED, EX_SITE("send_signal()"));
	ex_wake(p, states, EX_SITE("send_signal(): wake"));
}

static inline void clear_signals(void)
{
	WRITE_ONCE(current->signals, 0);
}

/* Where the code runs. */

#define in_nmi()		(ex_context() == EX_NMI)
#define in_hardirq()		(ex_context() != EX_TASK)
#define in_task()		(ex_context() == EX_TASK)
#define preemptible() \
	(in_task() && !ex_irqs_are_off() && !ex_locks_held())
/* Whoever does sleep where he must not is found then. */
#define might_sleep()		do { } while (0)
#define might_sleep_if(cond)	((void)(cond))
#define __might_sleep(file, line) ((void)(file), (void)(line))
#define cond_resched()		do { } while (0)

#endif
