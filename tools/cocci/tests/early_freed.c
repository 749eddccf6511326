// SPDX-License-Identifier: GPL-2.0
/* What early_freed.cocci finds, and what it does not. */
#include <linux/slab.h>
#include "fixture.h"

static int bad_frame(struct job *job)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwaitgroup_add(&wg, 1);
	job->group = &wg;
	hand_over(job);
	return kwaitgroup_wait_killable(&wg); /* expect: early_freed */
}

static int bad_branch(struct job *job)
{
	struct kwaitgroup wg;
	int err;

	kwaitgroup_init(&wg);
	kwaitgroup_add(&wg, 1);
	job->group = &wg;
	hand_over(job);
	err = kwaitgroup_wait_timeout(&wg, HZ);
	if (err)
		return err; /* expect: early_freed */
	hand_over(job);
	kwaitgroup_wait(&wg);
	return 0;
}

static void bad_free(struct job *job)
{
	int err = kwaitgroup_wait_interruptible(&job->wg);

	if (err)
		pr_info("interrupted\n");
	kfree(job); /* expect: early_freed */
}

static void bad_free_sensitive(struct job *job)
{
	if (kwaitgroup_wait_timeout(&job->wg, HZ)) {
		kfree_sensitive(job); /* expect: early_freed */
		return;
	}
	hand_over(job);
}

static int bad_batch(struct job *job, int (*fn)(void *data))
{
	struct kwaitgroup_batch b;
	int err;

	kwaitgroup_batch_init(&b, 2);
	err = kwaitgroup_batch_run(&b, fn, job, "job");
	if (err)
		return err;
	return kwaitgroup_batch_wait_killable(&b); /* expect: early_freed */
}

static int good_batch(struct job *job, int (*fn)(void *data))
{
	struct kwaitgroup_batch b;
	int err;

	kwaitgroup_batch_init(&b, 2);
	err = kwaitgroup_batch_run(&b, fn, job, "job");
	if (!err)
		err = kwaitgroup_batch_wait_timeout(&b, HZ);
	if (err) {
		kwaitgroup_batch_cancel(&b, err);
		kwaitgroup_batch_wait(&b);
	}
	return err;
}

static int good_guard(struct job *job, int (*fn)(void *data))
{
	struct kwaitgroup_batch b;

	kwaitgroup_batch_init(&b, 2);
	guard(kwaitgroup_batch_wait)(&b);
	if (kwaitgroup_batch_run(&b, fn, job, "job"))
		return -ENOMEM;
	return kwaitgroup_batch_wait_killable(&b);
}

static int good_frame(struct job *job)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int err;

	kwaitgroup_add(&wg, 1);
	job->group = &wg;
	hand_over(job);
	err = kwaitgroup_wait_killable(&wg);
	if (err) {
		cancel(job);
		kwaitgroup_wait(&wg);
	}
	return err;
}

static void good_free(struct job *job)
{
	kwaitgroup_wait(&job->wg);
	kfree(job);
}

static void good_cancelled(struct job *job)
{
	if (kwaitgroup_wait_killable(&job->wg)) {
		cancel(job);
		kwaitgroup_drain(&job->wg);
	}
	kfree(job);
}

/* It belongs to somebody else. */
static int good_outlives(struct job *job)
{
	return kwaitgroup_wait_timeout(&job->wg, HZ);
}
