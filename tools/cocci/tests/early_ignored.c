// SPDX-License-Identifier: GPL-2.0
/* What early_ignored.cocci finds, and what it does not. */
#include "fixture.h"

static void bad_statement(struct job *job)
{
	kwaitgroup_wait_killable(&job->wg); /* expect: early_ignored */
	job->idle = true;
}

static void bad_cast(struct job *job)
{
	(void)kwaitgroup_wait_timeout(&job->wg, HZ); /* expect: early_ignored */
	job->idle = true;
}

static void bad_unread(struct job *job)
{
	int err;

	err = kwaitgroup_wait_interruptible(&job->wg); /* expect: early_ignored */
	job->idle = true;
}

static void bad_batch(struct kwaitgroup_batch *b)
{
	kwaitgroup_batch_wait_killable(b); /* expect: early_ignored */
}

static void bad_percpu(struct kwaitgroup_percpu *users)
{
	(void)kwaitgroup_percpu_wait_timeout(users, HZ); /* expect: early_ignored */
}

static void good_percpu(struct kwaitgroup_percpu *users)
{
	(void)kwaitgroup_percpu_wait_timeout(users, HZ);
	kwaitgroup_percpu_drain(users);
}

static void good_all(struct job *job)
{
	kwaitgroup_wait(&job->wg);
	job->idle = true;
}

static int good_returned(struct job *job)
{
	return kwaitgroup_wait_killable(&job->wg);
}

static void good_rest(struct job *job)
{
	int err = kwaitgroup_wait_killable(&job->wg);

	if (err) {
		cancel(job);
		kwaitgroup_wait(&job->wg);
	}
}

/* A grace period, and then for all of them. */
static void good_grace(struct job *job)
{
	(void)kwaitgroup_wait_timeout(&job->wg, HZ);
	cancel(job);
	kwaitgroup_wait(&job->wg);
}

/* Nothing ends it early. */
static void good_state(struct job *job)
{
	(void)kwaitgroup_wait_state(&job->wg, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
}
