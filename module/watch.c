// SPDX-License-Identifier: GPL-2.0
/*
 * The watch: once a second, while there is something to look at, waits are
 * looked at that take too long, and members whose exit is not announced.
 *
 * It runs on an unbound workqueue. A worker that oopses leaves a per-CPU pool
 * that takes it for running and starts nobody else, and that is just when the
 * watch is needed.
 */
#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include "member.h"

static struct workqueue_struct *kwg_watch_wq;

static void kwg_watch(struct work_struct *work);
static DECLARE_DELAYED_WORK(kwg_watch_work, kwg_watch);

/*
 * Who queues a waiter or a member comes here afterwards. If the watch is just
 * running and has not seen it, it is not pending, and is started again:
 *
 *	waiter, member			the watch
 *	queued				pending = 0
 *	mb				mb, in the workqueue
 *	pending?			queued?
 *
 * One of the two sees the other.
 */
void kwg_watch_start(void)
{
	/* The one on the left. */
	smp_mb();
	if (!delayed_work_pending(&kwg_watch_work))
		queue_delayed_work(kwg_watch_wq, &kwg_watch_work, HZ);
}

static void kwg_watch(struct work_struct *work)
{
	bool more = kwg_poll_deaths();

	more |= kwg_check_stalls();
	if (more)
		kwg_watch_start();
}

int kwg_watch_init(void)
{
	kwg_watch_wq = alloc_workqueue("kwaitgroup", WQ_UNBOUND, 1);
	return kwg_watch_wq ? 0 : -ENOMEM;
}

/* Nobody waits or joins any more. */
void kwg_watch_exit(void)
{
	cancel_delayed_work_sync(&kwg_watch_work);
	destroy_workqueue(kwg_watch_wq);
}
