// SPDX-License-Identifier: GPL-2.0
/* What stack_member.cocci finds, and what it does not. */
#include <linux/kthread.h>
#include "fixture.h"

static int bad_task(struct job *job)
{
	struct kwaitgroup_member m;
	int err;

	err = kwaitgroup_join_task(&job->wg, &m, job->task); /* expect: stack_member */
	if (err)
		return err;
	wake_up_process(job->task);
	return 0;
}

static int bad_holder(struct job *job)
{
	struct kwaitgroup_holder h = {};
	int err;

	err = kwaitgroup_hold(&job->wg, &h); /* expect: stack_member */
	if (err)
		return err;
	return hand_over(job);
}

static void bad_notifier(struct job *job, void (*fn)(struct kwaitgroup_notifier *n))
{
	struct kwaitgroup_notifier n;

	kwaitgroup_notifier_init(&n, fn);
	kwaitgroup_notify(&job->wg, &n); /* expect: stack_member */
}

static int good_task(struct job *job)
{
	int err;

	err = kwaitgroup_join_task(&job->wg, &job->member, job->task);
	if (err)
		return err;
	wake_up_process(job->task);
	return 0;
}

static int good_waits(struct job *job)
{
	struct kwaitgroup_member m;
	int err;

	err = kwaitgroup_join_task(&job->wg, &m, job->task);
	if (err)
		return err;
	wake_up_process(job->task);
	return kwaitgroup_wait(&job->wg);
}

static int good_holder(struct job *job)
{
	struct kwaitgroup_holder h = {};
	int err;

	err = kwaitgroup_hold(&job->wg, &h);
	if (err)
		return err;
	err = work_on(job);
	kwaitgroup_release(&h);
	return err;
}

static void good_notifier(struct job *job, void (*fn)(struct kwaitgroup_notifier *n))
{
	kwaitgroup_notifier_init(&job->notifier, fn);
	kwaitgroup_notify(&job->wg, &job->notifier);
}
