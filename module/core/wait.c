// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for a group: one core function and its variants. How a waiter is
 * found and woken, and why nothing is lost, is in bucket.c.
 */
#include <linux/export.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "core.h"

/* What a caller may ask kwaitgroup_wait_state() for. */
#define KWG_WAIT_STATES							\
	(TASK_NORMAL | TASK_WAKEKILL | TASK_NOLOAD |			\
	 TASK_FREEZABLE_UNSAFE | KWAITGROUP_WAIT_IO)

/*
 * Sleep for @timeout jiffies, or until @deadline if that is not NULL. Returns
 * what is left of @timeout, which is all or nothing with a deadline.
 */
static long kwg_schedule(unsigned int state, long timeout, ktime_t *deadline)
{
	if (deadline)
		return schedule_hrtimeout_range(deadline,
						current->timer_slack_ns,
						HRTIMER_MODE_ABS) ? timeout : 0;
	if ((state & KWAITGROUP_WAIT_IO) && !kwg_mutant(wait_io_unaccounted))
		return io_schedule_timeout(timeout);
	return schedule_timeout(timeout);
}

/* Sleep until woken (0), a signal that @state lets in, or the timeout. */
static int kwg_sleep(struct kwg_waiter *w, unsigned int state, long timeout,
		     ktime_t *deadline)
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
		timeout = kwg_schedule(state, timeout, deadline);
	}
	__set_current_state(TASK_RUNNING);
	return ret;
}

/* A wait, as its variants ask for it. */
struct kwg_wait {
	struct kwaitgroup *wg;
	unsigned int state;
	long timeout;		/* jiffies */
	ktime_t *deadline;	/* NULL, or instead of a @timeout that is not 0 */
	enum kwg_wait_kind kind;
	unsigned long ip;	/* the caller, for reports */
	struct kwg_standin *standin; /* NULL, or who waits between two calls */
	u64 *position;		/* with @standin: where the wait stands */
};

/* Nothing but the last done ends it: S6. */
static bool kwg_is_for_rest(const struct kwg_wait *wait)
{
	return !(wait->state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)) &&
	       wait->timeout == MAX_SCHEDULE_TIMEOUT && !wait->deadline;
}

static int kwg_wait_slow(const struct kwg_wait *wait, u64 since_ns)
{
	struct kwg_waiter w = {
		.since_ns = since_ns, .ip = wait->ip, .kind = wait->kind,
		.rest = kwg_is_for_rest(wait), .standin = wait->standin,
		.position = wait->position ? *wait->position : 0,
	};
	bool settled;
	int ret;

	kwg_window(KWG_WINDOW_REGISTER);
	if (!kwg_register_waiter(&w, wait->wg))
		return w.result;
	kwg_stall_expect(&w);
	ret = kwg_sleep(&w, wait->state, wait->timeout, wait->deadline);
	kwg_window(KWG_WINDOW_LEAVE);
	if (ret != -ERESTARTSYS)
		w.standin = NULL;
	settled = kwg_unregister_waiter(&w);
	if (!settled && w.standin)
		*wait->position = w.ticket;
	kwg_history_add(wait->wg, since_ns, !settled);
	return settled ? w.result : ret;
}

/*
 * Without CONFIG_PREEMPT_COUNT nobody can tell, and preemptible() is always
 * false; might_sleep() has done what it can there.
 */
static bool kwg_may_sleep(void)
{
	return !IS_ENABLED(CONFIG_PREEMPT_COUNT) || preemptible();
}

static bool kwg_need_not_sleep(const struct kwg_wait *wait, s64 now)
{
	return kwg_finished(now) ||
	       ((now & KWAITGROUP_BROKEN) && !kwg_is_for_rest(wait));
}

/* Its zero may have come while it was interrupted, and its time is up since. */
static bool kwg_goes_on(const struct kwg_wait *wait)
{
	return wait->position && *wait->position;
}

static int kwg_wait_checked(const struct kwg_wait *wait, s64 now)
{
	u64 since_ns = ktime_get_ns();
	int ret;

	if (kwg_traced(wait_begin))
		kwg_trace_wait_begin(wait->wg, kwg_state_count(now), wait->ip);
	if (kwg_need_not_sleep(wait, now))
		ret = kwg_result(now);
	else if (wait->timeout <= 0 && !kwg_goes_on(wait))
		ret = -ETIMEDOUT;
	else
		ret = kwg_wait_slow(wait, since_ns);
	if (atomic64_read(&wait->wg->state) & KWAITGROUP_NAMED)
		kwg_members_settled(wait->wg);
	/* The group is there: this wait has not returned yet. */
	if (kwg_traced(wait_end))
		kwg_trace_wait_end(wait->wg, ret, ktime_get_ns() - since_ns,
				   wait->ip);
	return ret;
}

/*
 * There is somebody to wait for, or something to look at. A wait for the rest
 * must not return where it may not sleep, as little as the kernel's own do.
 */
static int kwg_wait_for(const struct kwg_wait *wait, s64 now)
{
	might_sleep_if(wait->timeout > 0);
	if (!kwg_need_not_sleep(wait, now) && wait->timeout > 0 &&
	    !kwg_may_sleep()) {
		kwg_misuse(wait->wg, KWG_MISUSE_ATOMIC_WAIT,
			   kwg_state_count(now), wait->ip);
		if (!kwg_is_for_rest(wait))
			return -EWOULDBLOCK;
	}
	return kwg_wait_checked(wait, now);
}

/*
 * How all waits begin: whether this is all, and what the state is. One without
 * a @timeout only asks, and may be made where a wait must not.
 */
static __always_inline bool kwg_is_all_done(struct kwaitgroup *wg,
					    long timeout, s64 *now)
{
	if (timeout > 0) {
		__might_sleep(__FILE__, __LINE__); /* gives way later */
		kwg_lockdep_wait(wg);
	}
	*now = atomic64_read_acquire(&wg->state);
	return kwg_finished(*now) &&
	       !(*now & (KWAITGROUP_BROKEN | KWAITGROUP_NAMED)) &&
	       !kwg_traced(wait_begin) && !kwg_traced(wait_end);
}

/* What may stall: see stall.c. */
static enum kwg_wait_kind kwg_wait_kind(unsigned int state)
{
	if (state & TASK_NOLOAD)
		return KWG_WAIT_IDLE;
	if (state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL))
		return KWG_WAIT_SIGNAL;
	return KWG_WAIT_WORK;
}

static noinline int kwg_wait_task(struct kwaitgroup *wg, unsigned int state,
				  long timeout, unsigned long ip, s64 now)
{
	const struct kwg_wait wait = {
		.wg = wg, .state = state, .timeout = timeout, .ip = ip,
		.kind = kwg_wait_kind(state),
	};

	return kwg_wait_for(&wait, now);
}

static __always_inline int kwg_wait(struct kwaitgroup *wg, unsigned int state,
				    long timeout, unsigned long ip)
{
	s64 now;

	if (kwg_is_all_done(wg, timeout, &now))
		return 0;
	return kwg_wait_task(wg, state, timeout, ip, now);
}

/* kwaitgroup_wait_state() on behalf of @ip. */
int kwg_wait_in(struct kwaitgroup *wg, unsigned int state, long timeout,
		unsigned long ip)
{
	if (!(state & TASK_NORMAL) || (state & ~KWG_WAIT_STATES))
		return -EINVAL;
	return kwg_wait(wg, state, timeout, ip);
}

/**
 * kwg_wait_until - a wait of user space
 * @wg: the group
 * @deadline: in CLOCK_MONOTONIC; KTIME_MAX is for ever, one that has passed
 *	does not sleep
 * @standin: the group's, or NULL: who is interrupted begins anew
 * @position: where an earlier call for the same wait stood, or 0; gets where it
 *	stands if this one is interrupted, else 0
 *
 * One registration, or the stand-in, covers the whole wait, so no zero in it is
 * missed.
 *
 * Return:
 * * -ETIMEDOUT		- members are left
 * * -ERESTARTSYS	- a signal came first; the same call may be made again
 * * -EINVAL		- no wait for this group has stood at @position
 * * else		- as kwaitgroup_wait_interruptible()
 */
int kwg_wait_until(struct kwaitgroup *wg, ktime_t deadline,
		   struct kwg_standin *standin, u64 *position)
{
	u64 stands = *position;
	struct kwg_wait wait = {
		.wg = wg, .state = TASK_INTERRUPTIBLE | TASK_FREEZABLE,
		.timeout = MAX_SCHEDULE_TIMEOUT, .ip = _RET_IP_,
		.kind = KWG_WAIT_USER, .standin = standin, .position = &stands,
	};
	s64 now;
	int ret;

	if (deadline != KTIME_MAX) {
		wait.deadline = &deadline;
		if (ktime_compare(ktime_get(), deadline) >= 0)
			wait.timeout = 0;
	}
	ret = kwg_is_all_done(wg, wait.timeout, &now) ? 0 :
							kwg_wait_for(&wait, now);
	*position = ret == -ERESTARTSYS ? stands : 0;
	return ret;
}

/**
 * kwaitgroup_wait - wait until no member is left
 * @wg: the group
 *
 * Returns for the first zero within the call, whatever is added afterwards, and
 * not before: not for a signal, nor because a member died or the group was
 * misused. The sleep is uninterruptible, so the hung-task detector watches it.
 * When it has returned, whatever it returned, and no other waiter is left and
 * nobody has added again, the group's memory may be freed or reused at once.
 *
 * It is also what waits for a member that has died: kthread_stop() of a thread
 * that exits as a member may return before its death was counted.
 *
 * Ordering: acquires all that the members wrote before their done.
 *
 * Context: Process context. May sleep. Where that is not allowed it is reported
 * if there is somebody to wait for, and sleeps all the same.
 * Return:
 * * 0			- the count was zero
 * * -EBADFD		- the same, and the group is broken: its count was misused
 * * -EOWNERDEAD	- the same, and the group is broken: a member died
 */
int kwaitgroup_wait(struct kwaitgroup *wg)
{
	return kwg_wait(wg, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT,
			_RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_wait);

/**
 * kwaitgroup_wait_killable - an early wait, ended also by a fatal signal
 * @wg: the group
 *
 * After any other result than 0 members may be running: wait for the rest, with
 * kwaitgroup_wait(), before the group or what they use goes away.
 *
 * Ordering: acquires all that the members wrote before their done, if 0.
 *
 * Context: Process context. May sleep.
 * Return:
 * * 0			- the count was zero
 * * -ERESTARTSYS	- a fatal signal came first
 * * -EBADFD		- the group is broken: its count was misused
 * * -EOWNERDEAD	- the group is broken: a member died
 * * -EWOULDBLOCK	- called where sleeping is not allowed; was reported
 */
int kwaitgroup_wait_killable(struct kwaitgroup *wg)
{
	return kwg_wait(wg, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_wait_killable);

/**
 * kwaitgroup_wait_interruptible - an early wait, ended also by a signal
 * @wg: the group
 *
 * Ordering: acquires all that the members wrote before their done, if 0.
 *
 * Context: Process context. May sleep.
 * Return:
 * * -ERESTARTSYS	- a signal came first
 * * else		- as kwaitgroup_wait_killable()
 */
int kwaitgroup_wait_interruptible(struct kwaitgroup *wg)
{
	return kwg_wait(wg, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_wait_interruptible);

/**
 * kwaitgroup_wait_timeout - an early wait, ended also by the time
 * @wg: the group
 * @timeout: how long to wait at most, in jiffies; 0 or less does not sleep
 *
 * Unlike wait_for_completion_timeout() this returns 0 for success, as all
 * waits of this family do, and not the time that was left.
 *
 * Ordering: acquires all that the members wrote before their done, if 0.
 *
 * Context: Process context. May sleep if @timeout is above 0.
 * Return:
 * * -ETIMEDOUT		- members are left
 * * else		- as kwaitgroup_wait_killable(), but not -ERESTARTSYS
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
 * With a state that lets no signal in and for ever it waits for the rest, as
 * kwaitgroup_wait(); else it is an early wait.
 *
 * Ordering: acquires all that the members wrote before their done, if 0.
 *
 * Context: Process context. May sleep if @timeout is above 0.
 * Return:
 * * -EINVAL		- @state is not one that a task can sleep in
 * * -ETIMEDOUT		- members are left
 * * -ERESTARTSYS	- a signal that @state lets in came first
 * * else		- as kwaitgroup_wait() or kwaitgroup_wait_killable()
 */
int kwaitgroup_wait_state(struct kwaitgroup *wg, unsigned int state,
			  long timeout)
{
	return kwg_wait_in(wg, state, timeout, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_wait_state);

/**
 * kwaitgroup_drain - close a group and wait until no member is left
 * @wg: the group
 *
 * For the removal of a device: when it has returned, whatever it returned, all
 * members are done and kwaitgroup_try_add() lets none in.
 *
 * For the removal of a module this is not enough: behind its done, a member
 * still has to return from a function of the module. Whatever runs it tells
 * when it has: kthread_stop(), flush_workqueue() and the like.
 *
 * Ordering: acquires all that the members wrote before their done.
 *
 * Context: Process context. May sleep, uninterruptibly.
 * Return: as kwaitgroup_wait().
 */
int kwaitgroup_drain(struct kwaitgroup *wg)
{
	kwaitgroup_close(wg);
	return kwg_wait(wg, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT,
			_RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_drain);
