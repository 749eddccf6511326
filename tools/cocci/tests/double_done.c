// SPDX-License-Identifier: GPL-2.0
/* What double_done.cocci finds, and what it does not. */
#include <linux/kthread.h>
#include "fixture.h"

static void bad_again(struct job *job)
{
	if (work_on(job)) {
		pr_info("failed\n");
		kwaitgroup_done(&job->wg);
	}
	kwaitgroup_done(&job->wg); /* expect: double_done */
}

static int bad_guard(struct job *job)
{
	guard(kwaitgroup_done)(job->group);
	if (job->idle) {
		kwaitgroup_done(job->group); /* expect: double_done */
		return -EAGAIN;
	}
	return work_on(job);
}

static int bad_run(void *data)
{
	struct job *job = data;
	int err = work_on(job);

	kwaitgroup_done(&job->wg); /* expect: double_done */
	return err;
}

static int bad_exit(void *data)
{
	struct kwaitgroup *wg = data;

	kwaitgroup_done(wg);
	kwaitgroup_done_and_exit(wg, 0); /* expect: double_done */
	return 0;
}

static int bad_start(struct job *job)
{
	return kwaitgroup_run(&job->wg, bad_run, job, "job");
}

static int good_paths(struct job *job)
{
	if (job->idle) {
		kwaitgroup_done(&job->wg);
		return -EAGAIN;
	}
	work_on(job);
	kwaitgroup_done(&job->wg);
	return 0;
}

static void good_two_groups(struct job *job)
{
	kwaitgroup_done(&job->wg);
	kwaitgroup_done(job->group);
}

static void good_list(struct job *job)
{
	struct job *next = job->next;

	kwaitgroup_done(&job->wg);
	job = next;
	kwaitgroup_done(&job->wg);
}

static void good_counted(struct job *job)
{
	kwaitgroup_add(&job->wg, 2);
	if (hand_over(job)) {
		kwaitgroup_done(&job->wg);
		kwaitgroup_done(&job->wg);
	}
}

static void good_loop(struct job *job, int n)
{
	while (n--)
		kwaitgroup_done(&job->wg);
	kwaitgroup_done(&job->wg);
}

/* Each was stopped before it ran. */
static void good_stopped(struct job *job)
{
	if (kthread_stop(job->task) == -EINTR)
		kwaitgroup_done(&job->wg);
	if (cancel_work_sync(&job->item))
		kwaitgroup_done(&job->wg);
}

/* It has a group of its own. */
static int good_other(void *data)
{
	struct job *job = data;

	kwaitgroup_done(job->group);
	return 0;
}

static int good_start(struct job *job)
{
	return kwaitgroup_run(&job->wg, good_other, job, "job");
}
