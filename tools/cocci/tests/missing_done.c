// SPDX-License-Identifier: GPL-2.0
/* What missing_done.cocci finds, and what it does not. */
#include <linux/kthread.h>
#include <linux/slab.h>
#include "fixture.h"

static int bad_thread(void *data)
{
	struct job *job = data;

	if (job->idle)
		return -EAGAIN; /* expect: missing_done */
	work_on(job);
	kwaitgroup_done(&job->wg);
	return 0;
}

static void bad_item(struct work_struct *item)
{
	struct job *job = container_of(item, struct job, item);
	void *buffer = kmalloc(100, GFP_KERNEL);

	if (!buffer) {
		cancel(job);
		return; /* expect: missing_done */
	}
	work_on(job);
	kfree(buffer);
	kwaitgroup_done(job->group);
}

static int bad_end(void *data)
{
	struct job *job = data;
	int err = work_on(job);

	if (err) {
		cancel(job);
		return err; /* expect: missing_done */
	}
	kwaitgroup_done_and_exit(&job->wg, 0);
	return 0;
}

static int good_goto(void *data)
{
	struct job *job = data;
	int err = -EAGAIN;

	if (job->idle)
		goto out;
	err = work_on(job);
out:
	kwaitgroup_done(&job->wg);
	return err;
}

static int good_guard(void *data)
{
	struct job *job = data;

	guard(kwaitgroup_done)(&job->wg);
	if (job->idle)
		return -EAGAIN;
	return work_on(job);
}

/* If it is handed over, somebody else is done with it. */
static int good_handed_over(void *data)
{
	struct job *job = data;

	if (hand_over(job)) {
		kwaitgroup_done(&job->wg);
		return -EIO;
	}
	return 0;
}

/* Nobody waits for it. */
static void good_nobody(struct work_struct *item)
{
	struct job *job = container_of(item, struct job, item);

	work_on(job);
	if (!job->group)
		return;
	kwaitgroup_done(job->group);
}

static int good_each(void *data)
{
	struct job *job = data;

	if (job->idle) {
		kwaitgroup_done(&job->wg);
		return -EAGAIN;
	}
	work_on(job);
	kwaitgroup_done(&job->wg);
	return 0;
}

static void good_starter(struct job *job)
{
	kwaitgroup_add(&job->wg, 6);
	kthread_run(bad_thread, job, "job");
	kthread_run(bad_end, job, "job");
	kthread_run(good_goto, job, "job");
	kthread_run(good_guard, job, "job");
	kthread_run(good_handed_over, job, "job");
	kthread_run(good_each, job, "job");
	INIT_WORK(&job->item, bad_item);
	INIT_WORK(&job->item, good_nobody);
}
