// SPDX-License-Identifier: GPL-2.0
/* What add_in_member.cocci finds, and what it does not. */
#include <linux/kthread.h>
#include <linux/kwaitgroup.h>
#include <linux/workqueue.h>
#include "fixture.h"

static int bad_thread(void *data)
{
	struct job *job = data;

	kwaitgroup_add(&job->wg, 1); /* expect: add_in_member */
	work_on(job);
	kwaitgroup_done(&job->wg);
	return 0;
}

static void bad_item(struct work_struct *item)
{
	struct job *job = container_of(item, struct job, item);

	kwaitgroup_add(job->group, 1); /* expect: add_in_member */
	if (work_on(job))
		pr_info("failed\n");
	kwaitgroup_done(job->group);
}

static int bad_joins(void *data)
{
	struct job *job = data;
	struct kwaitgroup_member m;
	int err;

	err = kwaitgroup_join(&job->wg, &m); /* expect: add_in_member */
	if (err)
		return err;
	err = work_on(job);
	kwaitgroup_leave(&m);
	return err;
}

static int bad_exits(void *data)
{
	struct job *job = data;

	kwaitgroup_add(&job->wg, 1); /* expect: add_in_member */
	work_on(job);
	kwaitgroup_done_and_exit(&job->wg, 0);
	return 0;
}

static int good_thread(void *data)
{
	struct job *job = data;

	work_on(job);
	kwaitgroup_done(&job->wg);
	return 0;
}

/* A member may add others, as it holds a count itself. */
static int good_parent(void *data)
{
	struct job *job = data;
	struct task_struct *task;

	kwaitgroup_add(&job->wg, 1);
	task = kthread_run(good_thread, job, "child");
	if (IS_ERR(task))
		kwaitgroup_done(&job->wg);
	kwaitgroup_done(&job->wg);
	return 0;
}

static int good_guarded(void *data)
{
	struct job *job = data;

	guard(kwaitgroup_done)(&job->wg);
	kwaitgroup_add(&job->wg, 1);
	if (hand_over(job))
		kwaitgroup_done(&job->wg);
	return 0;
}

static int good_adopts(void *data)
{
	struct job *job = data;
	struct kwaitgroup_member m;

	if (kwaitgroup_adopt(&job->wg, &m)) {
		kwaitgroup_done(&job->wg);
		return 0;
	}
	work_on(job);
	kwaitgroup_leave(&m);
	return 0;
}

static void good_starter(struct job *job)
{
	kwaitgroup_add(&job->wg, 5);
	kthread_run(bad_thread, job, "job");
	kthread_run(bad_joins, job, "job");
	kthread_run(bad_exits, job, "job");
	kthread_run(good_parent, job, "job");
	kthread_run(good_guarded, job, "job");
	kthread_run(good_adopts, job, "job");
	INIT_WORK(&job->item, bad_item);
	schedule_work(&job->item);
}
