// SPDX-License-Identifier: GPL-2.0
/* Jobs of a batch: a thread or a work item each, as soon as there is room. */
#include <linux/export.h>
#include <linux/sched.h>
#include <linux/stdarg.h>
#include <linux/workqueue.h>

#include "job.h"

/* A member of the batch that has room. */
static int kwg_batch_enter(struct kwaitgroup_batch *b, bool wait,
			   unsigned long ip)
{
	int err = kwg_room_take(b, wait);

	if (err)
		return err;
	err = kwg_try_add(&b->wg, 1, 0, ip);
	if (err)
		kwg_room_refuse(b);
	return err;
}

static __printf(6, 0)
int kwg_batch_start(struct kwaitgroup_batch *b, bool wait,
		    int (*fn)(void *data), void *data, unsigned long ip,
		    const char *namefmt, va_list args)
{
	const struct kwg_place_to_run place = { NUMA_NO_NODE, -1 };
	int err = kwg_batch_enter(b, wait, ip);

	if (err)
		return err;
	err = kwg_start_thread(&b->wg, b, &place, fn, data, ip, namefmt, args);
	if (!err)
		return 0;
	kwg_room_refuse(b);
	if (!kwg_mutant(failed_run_stays))
		kwg_done(&b->wg, ip);
	return err;
}

/**
 * kwaitgroup_batch_run - start a thread for a job, as soon as there is room
 * @b: the batch
 * @fn: what it does; returns 0, or its error
 * @data: for @fn
 * @namefmt: what the thread is called
 *
 * What this returns is not the batch's error: if the others are to end for it, say
 * kwaitgroup_batch_cancel().
 *
 * Context: Process context. May sleep, killably, as long as the batch is full.
 * Return:
 * * 0			- started
 * * -ECANCELED		- the batch is cancelled, or had an error
 * * -ERESTARTSYS	- a fatal signal came first
 * * -ESHUTDOWN		- the batch's group is closed
 * * -ENOMEM, -EINTR	- the thread could not be created
 */
int kwaitgroup_batch_run(struct kwaitgroup_batch *b, int (*fn)(void *data),
			 void *data, const char *namefmt, ...)
{
	va_list args;
	int err;

	va_start(args, namefmt);
	err = kwg_batch_start(b, true, fn, data, _RET_IP_, namefmt, args);
	va_end(args);
	return err;
}
EXPORT_SYMBOL_GPL(kwaitgroup_batch_run);

/**
 * kwaitgroup_batch_try_run - start a thread for a job if there is room now
 * @b: the batch
 * @fn: what it does
 * @data: for @fn
 * @namefmt: what the thread is called
 *
 * Context: Process context. May sleep, but not until there is room.
 * Return: -EAGAIN if the batch is full, or as kwaitgroup_batch_run()
 */
int kwaitgroup_batch_try_run(struct kwaitgroup_batch *b, int (*fn)(void *data),
			     void *data, const char *namefmt, ...)
{
	va_list args;
	int err;

	va_start(args, namefmt);
	err = kwg_batch_start(b, false, fn, data, _RET_IP_, namefmt, args);
	va_end(args);
	return err;
}
EXPORT_SYMBOL_GPL(kwaitgroup_batch_try_run);

/**
 * kwaitgroup_batch_queue - queue a work item for a job, as soon as there is room
 * @b: the batch
 * @wq: where it is queued
 * @w: the job; stays where it is until the wait has returned
 *
 * The item is not to be cancelled by cancel_work(): cancel the batch. Then its
 * function is not called if it was not called yet.
 *
 * Context: Process context. May sleep, killably, as long as the batch is full.
 * Return:
 * * 0			- queued
 * * -EBUSY		- @w is queued already, or not yet over
 * * else		- as kwaitgroup_batch_run()
 */
int kwaitgroup_batch_queue(struct kwaitgroup_batch *b,
			   struct workqueue_struct *wq,
			   struct kwaitgroup_work *w)
{
	int err;

	if (cmpxchg(&w->job.batch, NULL, b))
		return -EBUSY;
	err = kwg_batch_enter(b, true, _RET_IP_);
	if (err)
		/* Pairs with the cmpxchg of who queues it next. */
		smp_store_release(&w->job.batch, NULL);
	else
		queue_work(wq, &w->work);
	return err;
}
EXPORT_SYMBOL_GPL(kwaitgroup_batch_queue);

/*
 * What a work item of a batch runs, by whatever worker. It is not touched after
 * the done, so the memory is the owner's then.
 */
void __kwaitgroup_work_fn(struct work_struct *work)
{
	struct kwaitgroup_work *w = container_of(work, struct kwaitgroup_work,
						 work);
	struct kwaitgroup_batch *b = w->job.batch;
	struct kwaitgroup_member m = {};
	int err = -ECANCELED;

	__kwaitgroup_adopted_enter(&b->wg, &m, (unsigned long)w->fn);
	kwg_job_begin(&w->job);
	if (!kwg_job_is_skipped(&w->job))
		err = w->fn(w);
	kwg_job_end(&w->job, err);
	/* From here on it may be queued again: pairs with the cmpxchg of that. */
	smp_store_release(&w->job.batch, NULL);
	__kwaitgroup_adopted_exit(&m);
}
EXPORT_SYMBOL_GPL(__kwaitgroup_work_fn);
