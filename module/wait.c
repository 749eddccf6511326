// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for a group: one core function and its variants. How a waiter is
 * found and woken, and why nothing is lost, is in bucket.c.
 */
#include <linux/export.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "internal.h"

/* What a caller may ask kwaitgroup_wait_state() for. */
#define KWG_WAIT_STATES							\
	(TASK_NORMAL | TASK_WAKEKILL | TASK_NOLOAD |			\
	 TASK_FREEZABLE_UNSAFE | KWAITGROUP_WAIT_IO)

static long kwg_schedule(unsigned int state, long timeout)
{
	if (state & KWAITGROUP_WAIT_IO)
		return io_schedule_timeout(timeout);
	return schedule_timeout(timeout);
}

/* Sleep until woken (0), a signal that @state lets in, or the timeout. */
static int kwg_sleep(struct kwg_waiter *w, unsigned int state, long timeout)
{
	unsigned int task_state = state & ~KWAITGROUP_WAIT_IO;
	int ret;

	for (;;) {
		ret = 0;
		set_current_state(task_state);
		/* Pairs with the store in kwg_wake_waiter(). */
		if (smp_load_acquire(&w->result) != KWG_ASLEEP)
			break;
		ret = -ERESTARTSYS;
		if (signal_pending_state(task_state, current))
			break;
		ret = -ETIMEDOUT;
		if (!timeout)
			break;
		timeout = kwg_schedule(state, timeout);
	}
	__set_current_state(TASK_RUNNING);
	return ret;
}

static int kwg_wait_slow(struct kwaitgroup *wg, unsigned int state,
			 long timeout)
{
	struct kwg_waiter w;
	int ret;

	kwg_window(KWG_WINDOW_REGISTER);
	if (kwg_register_waiter(&w, wg)) {
		ret = kwg_sleep(&w, state, timeout);
		kwg_window(KWG_WINDOW_LEAVE);
		if (!kwg_unregister_waiter(&w))
			return ret;
	}
	return w.result;
}

/*
 * Without CONFIG_PREEMPT_COUNT nobody can tell, and preemptible() is always
 * false; might_sleep() has done what it can there.
 */
static bool kwg_may_sleep(void)
{
	return !IS_ENABLED(CONFIG_PREEMPT_COUNT) || preemptible();
}

/* All waits. @ip: the caller, for the report. */
static int kwg_wait(struct kwaitgroup *wg, unsigned int state, long timeout,
		    unsigned long ip)
{
	s64 now;

	might_sleep();
#ifdef CONFIG_LOCKDEP
	lock_map_acquire(&wg->dep_map);
	lock_map_release(&wg->dep_map);
#endif
	now = atomic64_read_acquire(&wg->state);
	if (kwg_settled(now))
		return kwg_result(now);
	if (timeout <= 0)
		return -ETIMEDOUT;
	if (!kwg_may_sleep()) {
		kwg_misuse(wg, KWG_MISUSE_ATOMIC_WAIT, kwg_state_count(now),
			   ip);
		return -EWOULDBLOCK;
	}
	return kwg_wait_slow(wg, state, timeout);
}

/**
 * kwaitgroup_wait - wait until no member is left
 * @wg: the group
 *
 * Returns for the first zero within the call, whatever is added afterwards.
 * When it has returned 0 and no other waiter or member is left, the group's
 * memory may be freed or reused at once. The sleep is uninterruptible, so the
 * hung-task detector watches it.
 *
 * Ordering: acquires all that the members wrote before their done.
 *
 * Context: Process context. May sleep.
 * Return:
 * * 0			- the count was zero
 * * -EBADFD		- the group is broken: its count was misused
 * * -EOWNERDEAD	- the group is broken: a member died
 * * -EWOULDBLOCK	- called where sleeping is not allowed; was reported
 */
int kwaitgroup_wait(struct kwaitgroup *wg)
{
	return kwg_wait(wg, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT,
			_RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_wait);

/**
 * kwaitgroup_wait_killable - wait until no member is left, or killed
 * @wg: the group
 *
 * Context: Process context. May sleep.
 * Return:
 * * -ERESTARTSYS	- a fatal signal came first; members may be left
 * * else		- as kwaitgroup_wait()
 */
int kwaitgroup_wait_killable(struct kwaitgroup *wg)
{
	return kwg_wait(wg, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_wait_killable);

/**
 * kwaitgroup_wait_interruptible - wait until no member is left, or a signal
 * @wg: the group
 *
 * Context: Process context. May sleep.
 * Return:
 * * -ERESTARTSYS	- a signal came first; members may be left
 * * else		- as kwaitgroup_wait()
 */
int kwaitgroup_wait_interruptible(struct kwaitgroup *wg)
{
	return kwg_wait(wg, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_wait_interruptible);

/**
 * kwaitgroup_wait_timeout - wait until no member is left, or some time
 * @wg: the group
 * @timeout: how long to wait at most, in jiffies; 0 or less does not sleep
 *
 * Unlike wait_for_completion_timeout() this returns 0 for success, as all
 * waits of this family do, and not the time that was left.
 *
 * Context: Process context. May sleep.
 * Return:
 * * -ETIMEDOUT		- members are left
 * * else		- as kwaitgroup_wait()
 */
int kwaitgroup_wait_timeout(struct kwaitgroup *wg, long timeout)
{
	return kwg_wait(wg, TASK_UNINTERRUPTIBLE, timeout, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_wait_timeout);

/**
 * kwaitgroup_wait_state - the general wait
 * @wg: the group
 * @state: the task state to sleep in, for example TASK_IDLE or
 *	TASK_KILLABLE | TASK_FREEZABLE; KWAITGROUP_WAIT_IO may be or-ed in
 * @timeout: how long to wait at most, in jiffies; MAX_SCHEDULE_TIMEOUT is for
 *	ever, 0 or less does not sleep
 *
 * Context: Process context. May sleep.
 * Return:
 * * -EINVAL		- @state is not one that a task can sleep in
 * * -ETIMEDOUT		- members are left
 * * -ERESTARTSYS	- a signal that @state lets in came first
 * * else		- as kwaitgroup_wait()
 */
int kwaitgroup_wait_state(struct kwaitgroup *wg, unsigned int state,
			  long timeout)
{
	if (!(state & TASK_NORMAL) || (state & ~KWG_WAIT_STATES))
		return -EINVAL;
	return kwg_wait(wg, state, timeout, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_wait_state);

/**
 * kwaitgroup_drain - close a group and wait until no member is left
 * @wg: the group
 *
 * For the removal of a device: after it returned 0, no member is running and
 * kwaitgroup_try_add() lets none in.
 *
 * Context: Process context. May sleep, uninterruptibly.
 * Return: as kwaitgroup_wait(); the group is closed in every case.
 */
int kwaitgroup_drain(struct kwaitgroup *wg)
{
	kwaitgroup_close(wg);
	return kwg_wait(wg, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT,
			_RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_drain);
