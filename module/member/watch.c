// SPDX-License-Identifier: GPL-2.0
/*
 * The watch: looks at waits that take too long, and at members whose exit is
 * not announced, and sleeps until there is something to look at.
 *
 * It is woken by a timer that does not wake a CPU from its idle sleep for it,
 * and by a second one, a little later, that does: a machine that hangs is idle,
 * and the report of who holds it up must not wait until somebody types.
 *
 * It runs on an unbound workqueue. A worker that oopses leaves a per-CPU pool
 * that takes it for running and starts nobody else, and that is just when the
 * watch is needed.
 */
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "../compat.h"
#include "shard.h"

/* How much later it is at most: a quarter of the time, and at least this. */
#define KWG_WATCH_SLACK	HZ
/* It looks again after this time, whatever is due. */
#define KWG_WATCH_MAX	(3600 * HZ)

static struct workqueue_struct *kwg_watch_wq;

static void kwg_watch(struct work_struct *work);
static DECLARE_WORK(kwg_watch_work, kwg_watch);

static struct timer_list kwg_watch_soon;	/* deferrable */
static struct timer_list kwg_watch_late;

/* Nobody who may come at any time starts it before, or afterwards. */
static DEFINE_MUTEX(kwg_watch_lock);
static bool kwg_watch_ready;

static void kwg_watch_timer(struct timer_list *timer)
{
	queue_work(kwg_watch_wq, &kwg_watch_work);
}

/* What timer_reduce() finds first, as a rule: it is early enough. */
static void kwg_watch_reduce(struct timer_list *timer, unsigned long at)
{
	if (!timer_pending(timer) || time_before(at, READ_ONCE(timer->expires)))
		timer_reduce(timer, at);
}

/*
 * Either timer is started, or is pending and comes no later than that.
 *
 * Who queues a waiter or a member comes here afterwards. Either the watch sees
 * it, or it is not seen that a timer was pending, and one is started:
 *
 *	waiter, member			the watch
 *	queued				timer: not pending any more
 *	mb				mb, in the workqueue
 *	timer pending, and in time?	queued?
 */
static void kwg_watch_at(unsigned long soon, unsigned long late)
{
	/* The one on the left. */
	smp_mb();
	kwg_watch_reduce(&kwg_watch_soon, soon);
	kwg_watch_reduce(&kwg_watch_late, late);
}

/**
 * kwg_watch_in - have the watch look at the waits after a while
 * @delay: jiffies; not before, and at full seconds, so that it looks once for
 *	all that becomes due in a second, and tells of so many at most
 *
 * Context: Any but NMI.
 */
void kwg_watch_in(unsigned long delay)
{
	unsigned long due, slack;

	delay = min_t(unsigned long, delay, KWG_WATCH_MAX);
	slack = max_t(unsigned long, delay / 4, KWG_WATCH_SLACK);
	due = roundup(jiffies + delay, HZ);
	kwg_watch_at(due, due + slack);
}

/* Somebody has joined whose exit is not announced, and may be waited for. */
void kwg_watch_start(void)
{
	kwg_watch_at(jiffies + HZ, jiffies + HZ);
}

/* A limit is another one now. May be called while the module goes away. */
void kwg_watch_now(void)
{
	mutex_lock(&kwg_watch_lock);
	if (kwg_watch_ready && !kwg_mutant(limits_unwatched))
		kwg_watch_at(jiffies, jiffies);
	mutex_unlock(&kwg_watch_lock);
}

/* What the exit of a task has left to be done. */
void kwg_watch_queue(struct work_struct *work)
{
	queue_work(kwg_watch_wq, work);
}

static void kwg_watch(struct work_struct *work)
{
	u64 ns;

	if (!READ_ONCE(kwg_watch_ready))
		return;
	ns = kwg_check_stalls();
	if (ns != U64_MAX)
		/* Not before it is due. */
		kwg_watch_in(nsecs_to_jiffies(ns) + 1);
	if (kwg_poll_deaths())
		kwg_watch_start();
}

static void kwg_watch_set_ready(bool ready)
{
	mutex_lock(&kwg_watch_lock);
	WRITE_ONCE(kwg_watch_ready, ready);
	mutex_unlock(&kwg_watch_lock);
}

int kwg_watch_init(void)
{
	timer_setup(&kwg_watch_soon, kwg_watch_timer, TIMER_DEFERRABLE);
	timer_setup(&kwg_watch_late, kwg_watch_timer, 0);
	kwg_watch_wq = alloc_workqueue("kwaitgroup", WQ_UNBOUND, 0);
	if (!kwg_watch_wq)
		return -ENOMEM;
	kwg_watch_set_ready(true);
	return 0;
}

/* Nobody waits or joins any more. From now on the watch does not look again. */
void kwg_watch_exit(void)
{
	kwg_watch_set_ready(false);
	cancel_work_sync(&kwg_watch_work);
	timer_delete_sync(&kwg_watch_soon);
	timer_delete_sync(&kwg_watch_late);
	destroy_workqueue(kwg_watch_wq);
}
