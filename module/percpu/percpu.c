// SPDX-License-Identifier: GPL-2.0
/*
 * Groups that scale: who waits, closes and opens them. How the CPUs' counters
 * come into the word, and why nothing is lost on the way, is in gather.c.
 *
 * The first who waits gathers them, under the group's lock; while anybody waits,
 * or the group is closed, they stay in the word, and the rest is the small
 * group's: deaths, misuse, waits for the rest and early ones. The last who leaves
 * spreads them again.
 *
 * To leave is to take the lock, so a waiter touches the group after its zero, and
 * another one may have returned by then and want to free it. So
 * kwaitgroup_percpu_exit() waits for those who are inside of a call.
 */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "percpu.h"

/* The function behind kwaitgroup_percpu_init(), which see. */
int __kwaitgroup_percpu_init(struct kwaitgroup_percpu *g, unsigned int flags,
			     const char *name, struct lock_class_key *key)
{
	*g = (struct kwaitgroup_percpu){ .flags = flags };
	if (flags & ~KWAITGROUP_PERCPU_EXPEDITED)
		return -EINVAL;
	g->counters = alloc_percpu(long);
	if (!g->counters)
		return -ENOMEM;
	g->count = g->counters;
	kwaitgroup_init_key(&g->wg, name, key);
	kwaitgroup_init(&g->inside);
	mutex_init(&g->lock);
	return 0;
}
EXPORT_SYMBOL_GPL(__kwaitgroup_percpu_init);

/* Add and done while somebody traces or tallies: before the group may be gone. */
void __kwaitgroup_percpu_observed(struct kwaitgroup_percpu *g, int n,
				  unsigned long ip)
{
	long __percpu *count;

	rcu_read_lock();
	count = READ_ONCE(g->count);
	if (count) {
		kwg_observe(&g->wg, n, -(kwaitgroup_percpu_count(g) + n) *
			    KWAITGROUP_ONE, ip);
		this_cpu_add(*count, n);
	} else {
		__kwaitgroup_add(&g->wg, n, ip);
	}
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(__kwaitgroup_percpu_observed);

/* As the wait that it begins: signals that end that one end this one. */
static int kwg_percpu_lock(struct kwaitgroup_percpu *g, unsigned int state)
{
	int err = 0;

	if (state & TASK_INTERRUPTIBLE)
		err = mutex_lock_interruptible(&g->lock);
	else if (state & TASK_WAKEKILL)
		err = mutex_lock_killable(&g->lock);
	else
		mutex_lock(&g->lock);
	return err ? -ERESTARTSYS : 0;
}

static int kwg_percpu_enter(struct kwaitgroup_percpu *g, unsigned int state,
			    unsigned long ip)
{
	int err;

	kwaitgroup_add(&g->inside, 1);
	err = kwg_percpu_lock(g, state);
	if (err) {
		kwaitgroup_done(&g->inside);
		return err;
	}
	if (!g->waiters++ && !g->closed)
		kwg_percpu_gather(g, ip);
	mutex_unlock(&g->lock);
	return 0;
}

/* The group may be gone when this returns. */
static void kwg_percpu_leave(struct kwaitgroup_percpu *g)
{
	mutex_lock(&g->lock);
	if (!--g->waiters && !g->closed)
		kwg_percpu_spread(g);
	mutex_unlock(&g->lock);
	kwaitgroup_done(&g->inside);
}

static int kwg_percpu_wait(struct kwaitgroup_percpu *g, unsigned int state,
			   long timeout, unsigned long ip)
{
	unsigned long start = jiffies;
	int err;

	err = kwg_percpu_enter(g, state, ip);
	if (err)
		return err;
	if (timeout != MAX_SCHEDULE_TIMEOUT)
		timeout -= min_t(unsigned long, jiffies - start, max(timeout, 0L));
	err = kwg_wait_in(&g->wg, state, timeout, ip);
	kwg_percpu_leave(g);
	return err;
}

/**
 * kwaitgroup_percpu_exit - take a group away
 * @g: the group; nobody adds to it any more
 *
 * After a wait for the rest, or a drain. Members that are left all the same are
 * waited for; who may still come is not known here. Other waits may not have
 * returned yet, if they have been woken. Twice is fine, and after a
 * kwaitgroup_percpu_init() that failed, too.
 *
 * Context: Process context. May sleep.
 */
void kwaitgroup_percpu_exit(struct kwaitgroup_percpu *g)
{
	if (!g->counters)
		return;
	if (!kwg_mutant(percpu_exit_early))
		kwaitgroup_wait(&g->inside);
	/* Now nobody moves the counts, and the sum is right. */
	if (kwaitgroup_percpu_count(g))
		kwg_percpu_wait(g, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT,
				_RET_IP_);
	mutex_destroy(&g->lock);
	g->count = NULL;
	free_percpu(g->counters);
	g->counters = NULL;
}
EXPORT_SYMBOL_GPL(kwaitgroup_percpu_exit);

/**
 * kwaitgroup_percpu_wait - wait until no member is left
 * @g: the group
 *
 * For the rest, as kwaitgroup_wait(), after a grace period of RCU.
 *
 * Ordering: acquires all that the members wrote before their done.
 *
 * Context: Process context. May sleep.
 * Return: as kwaitgroup_wait().
 */
int kwaitgroup_percpu_wait(struct kwaitgroup_percpu *g)
{
	return kwg_percpu_wait(g, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT,
			       _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_percpu_wait);

/**
 * kwaitgroup_percpu_wait_killable - an early wait, ended also by a fatal signal
 * @g: the group
 *
 * The grace period that it may begin with is not ended by the signal.
 *
 * Context: Process context. May sleep.
 * Return: as kwaitgroup_wait_killable().
 */
int kwaitgroup_percpu_wait_killable(struct kwaitgroup_percpu *g)
{
	return kwg_percpu_wait(g, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_percpu_wait_killable);

/**
 * kwaitgroup_percpu_wait_timeout - an early wait, ended also by the time
 * @g: the group
 * @timeout: how long to wait at most, in jiffies, the grace period included;
 *	that comes to its end all the same
 *
 * Context: Process context. May sleep, also if @timeout is 0.
 * Return: as kwaitgroup_wait_timeout().
 */
int kwaitgroup_percpu_wait_timeout(struct kwaitgroup_percpu *g, long timeout)
{
	return kwg_percpu_wait(g, TASK_UNINTERRUPTIBLE, timeout, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_percpu_wait_timeout);

/**
 * kwaitgroup_percpu_wait_state - the general wait
 * @g: the group
 * @state: as for kwaitgroup_wait_state()
 * @timeout: as for kwaitgroup_percpu_wait_timeout(); MAX_SCHEDULE_TIMEOUT is for
 *	ever
 *
 * Context: Process context. May sleep, also if @timeout is 0.
 * Return: as kwaitgroup_wait_state().
 */
int kwaitgroup_percpu_wait_state(struct kwaitgroup_percpu *g,
				 unsigned int state, long timeout)
{
	return kwg_percpu_wait(g, state, timeout, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_percpu_wait_state);

static void kwg_percpu_close(struct kwaitgroup_percpu *g, unsigned long ip)
{
	kwaitgroup_add(&g->inside, 1);
	mutex_lock(&g->lock);
	if (!g->closed) {
		if (!g->waiters)
			kwg_percpu_gather(g, ip);
		g->closed = true;
		kwaitgroup_close(&g->wg);
	}
	mutex_unlock(&g->lock);
	kwaitgroup_done(&g->inside);
}

/**
 * kwaitgroup_percpu_close - let nobody in any more
 * @g: the group
 *
 * When it has returned kwaitgroup_percpu_try_add() fails. Members that are in
 * stay in. Closing twice is fine.
 *
 * Context: Process context. May sleep, for a grace period of RCU.
 */
void kwaitgroup_percpu_close(struct kwaitgroup_percpu *g)
{
	kwg_percpu_close(g, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_percpu_close);

/**
 * kwaitgroup_percpu_drain - close a group and wait until no member is left
 * @g: the group
 *
 * As kwaitgroup_drain(), with one grace period for both.
 *
 * Context: Process context. May sleep, uninterruptibly.
 * Return: as kwaitgroup_drain().
 */
int kwaitgroup_percpu_drain(struct kwaitgroup_percpu *g)
{
	kwg_percpu_close(g, _RET_IP_);
	return kwg_percpu_wait(g, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT,
			       _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_percpu_drain);

/**
 * kwaitgroup_percpu_reinit - open a closed group, repair a broken one
 * @g: the group; nobody waits for it, and nobody is or becomes a member
 *
 * Ordering: pairs with the acquire of kwaitgroup_percpu_try_add().
 *
 * Context: Process context. May sleep, for a grace period of RCU.
 * Return: as kwaitgroup_reinit().
 */
int kwaitgroup_percpu_reinit(struct kwaitgroup_percpu *g)
{
	int err;

	kwaitgroup_add(&g->inside, 1);
	mutex_lock(&g->lock);
	if (!g->waiters && !g->closed)
		kwg_percpu_gather(g, _RET_IP_);
	err = kwg_reinit(&g->wg, _RET_IP_);
	if (!err)
		g->closed = false;
	if (!g->waiters && !g->closed)
		kwg_percpu_spread(g);
	mutex_unlock(&g->lock);
	kwaitgroup_done(&g->inside);
	return err;
}
EXPORT_SYMBOL_GPL(kwaitgroup_percpu_reinit);

/**
 * kwaitgroup_percpu_count - how many members are running, about
 * @g: the group
 *
 * Looks at the CPUs one after the other.
 *
 * Context: Any.
 * Return: right if nobody adds, is done or begins to wait meanwhile.
 */
long kwaitgroup_percpu_count(struct kwaitgroup_percpu *g)
{
	long count = 0;

	return kwg_percpu_peek(&g->wg, &count) ? count : 0;
}
EXPORT_SYMBOL_GPL(kwaitgroup_percpu_count);
