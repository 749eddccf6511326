// SPDX-License-Identifier: GPL-2.0
/* What plain_done.cocci finds, and what it does not. */
#include "fixture.h"

static int bad_adopted(struct job *job)
{
	struct kwaitgroup_member m;

	if (kwaitgroup_adopt(job->group, &m)) {
		kwaitgroup_done(job->group);
		return -EINVAL;
	}
	work_on(job);
	kwaitgroup_done(job->group); /* expect: plain_done */
	return 0;
}

static int bad_joined(struct job *job)
{
	struct kwaitgroup_member m;
	int err;

	err = kwaitgroup_join(&job->wg, &m);
	if (err)
		return err;
	err = work_on(job);
	kwaitgroup_done(&job->wg); /* expect: plain_done */
	return err;
}

static int bad_never(struct job *job)
{
	struct kwaitgroup_member m;
	int err;

	err = kwaitgroup_join(&job->wg, &m); /* expect: plain_done */
	if (err)
		return err;
	return work_on(job);
}

static int bad_field(struct job *job)
{
	int err = kwaitgroup_adopt(&job->wg, &job->member);

	if (err)
		return err;
	err = work_on(job);
	kwaitgroup_done(&job->wg); /* expect: plain_done */
	return err;
}

static int good_adopted(struct job *job)
{
	struct kwaitgroup_member m;

	if (kwaitgroup_adopt(job->group, &m)) {
		kwaitgroup_done(job->group);
		return -EINVAL;
	}
	work_on(job);
	kwaitgroup_leave(&m);
	return 0;
}

/* If it could not be adopted, the starter's add is there still. */
static int good_either(struct job *job)
{
	struct kwaitgroup_member m;
	int err = kwaitgroup_adopt(job->group, &m);

	work_on(job);
	if (err)
		kwaitgroup_done(job->group);
	else
		kwaitgroup_leave(&m);
	return err;
}

static int good_joined(struct job *job)
{
	struct kwaitgroup_member m;
	int err;

	err = kwaitgroup_join(&job->wg, &m);
	if (err)
		return err;
	err = work_on(job);
	kwaitgroup_leave(&m);
	/* Another group. */
	kwaitgroup_done(job->group);
	return err;
}

/* Left elsewhere, as it is kept elsewhere. */
static int good_field(struct job *job)
{
	return kwaitgroup_join(&job->wg, &job->member);
}
