// SPDX-License-Identifier: GPL-2.0
/* What missing_leave.cocci finds, and what it does not. */
#include "fixture.h"

static int bad_return(struct job *job)
{
	struct kwaitgroup_member m;
	int err;

	err = kwaitgroup_join(&job->wg, &m);
	if (err)
		return err;
	if (job->idle)
		return -EAGAIN; /* expect: missing_leave */
	work_on(job);
	kwaitgroup_leave(&m);
	return 0;
}

static int bad_adopted(struct job *job)
{
	struct kwaitgroup_member m;

	if (kwaitgroup_adopt(job->group, &m)) {
		kwaitgroup_done(job->group);
		return -EINVAL;
	}
	if (work_on(job)) {
		cancel(job);
		return -EIO; /* expect: missing_leave */
	}
	kwaitgroup_leave(&m);
	return 0;
}

static void bad_end(struct job *job)
{
	int err = kwaitgroup_join(&job->wg, &job->member);

	if (err)
		return;
	if (!work_on(job))
		kwaitgroup_leave(&job->member);
} /* expect: missing_leave */

static int good_goto(struct job *job)
{
	struct kwaitgroup_member m;
	int err;

	err = kwaitgroup_join(&job->wg, &m);
	if (err < 0)
		return err;
	err = -EAGAIN;
	if (job->idle)
		goto out;
	err = work_on(job);
out:
	kwaitgroup_leave(&m);
	return err;
}

static int good_scope(struct job *job)
{
	CLASS(kwaitgroup_member, m)(&job->wg);

	if (IS_ERR(m))
		return PTR_ERR(m);
	return work_on(job);
}

static int good_each(struct job *job)
{
	struct kwaitgroup_member m;

	if (kwaitgroup_adopt(job->group, &m)) {
		kwaitgroup_done(job->group);
		return -EINVAL;
	}
	if (work_on(job)) {
		kwaitgroup_leave(&m);
		return -EIO;
	}
	kwaitgroup_leave(&m);
	return 0;
}

static int good_nested(struct job *job)
{
	struct kwaitgroup_member m;

	if (!kwaitgroup_join(&job->wg, &m)) {
		work_on(job);
		kwaitgroup_leave(&m);
	}
	return 0;
}
