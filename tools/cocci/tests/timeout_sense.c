// SPDX-License-Identifier: GPL-2.0
/* What timeout_sense.cocci finds, and what it does not. */
#include <linux/device.h>
#include "fixture.h"

static int bad_negated(struct job *job)
{
	if (!kwaitgroup_wait_timeout(&job->wg, HZ)) /* expect: timeout_sense */
		return -ETIMEDOUT;
	return 0;
}

static int bad_complains(struct job *job)
{
	if (!kwaitgroup_wait_timeout(&job->wg, HZ)) { /* expect: timeout_sense */
		pr_err("late\n");
		cancel(job);
	}
	return kwaitgroup_wait(&job->wg);
}

static int bad_stored(struct job *job)
{
	long left;

	left = kwaitgroup_wait_timeout(&job->wg, HZ);
	if (left == 0) /* expect: timeout_sense */
		return -ETIMEDOUT;
	return 0;
}

static int bad_positive(struct job *job)
{
	int left;

	left = kwaitgroup_wait_timeout(&job->wg, HZ);
	if (left > 0) /* expect: timeout_sense */
		return 0;
	return -ETIMEDOUT;
}

static bool bad_unsigned(struct job *job)
{
	unsigned long left;

	left = kwaitgroup_wait_timeout(&job->wg, HZ); /* expect: timeout_sense */
	return left;
}

static int bad_batch(struct kwaitgroup_batch *b)
{
	if (!kwaitgroup_batch_wait_timeout(b, HZ)) /* expect: timeout_sense */
		return -ETIMEDOUT;
	return 0;
}

static int bad_percpu(struct kwaitgroup_percpu *users)
{
	if (kwaitgroup_percpu_wait_timeout(users, HZ) == 0) /* expect: timeout_sense */
		return -ETIMEDOUT;
	return 0;
}

static int good_error(struct job *job)
{
	int err = kwaitgroup_wait_timeout(&job->wg, HZ);

	if (err)
		return err;
	return work_on(job);
}

static int good_negated(struct job *job)
{
	if (!kwaitgroup_wait_timeout(&job->wg, HZ))
		return 0;
	return kwaitgroup_wait(&job->wg);
}

static bool good_late(struct job *job)
{
	return kwaitgroup_wait_timeout(&job->wg, HZ) == -ETIMEDOUT;
}

static int good_completion(struct completion *done)
{
	if (!wait_for_completion_timeout(done, HZ))
		return -ETIMEDOUT;
	return 0;
}

static int good_below(struct job *job)
{
	int err = kwaitgroup_wait_timeout(&job->wg, HZ);

	if (err < 0)
		cancel(job);
	return kwaitgroup_wait(&job->wg);
}
