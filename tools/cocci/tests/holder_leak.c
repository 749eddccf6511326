// SPDX-License-Identifier: GPL-2.0
/* What holder_leak.cocci finds, and what it does not. */
#include <linux/slab.h>
#include "fixture.h"

static int bad_return(struct job *job, struct request *rq)
{
	int err;

	err = kwaitgroup_hold(&job->wg, &rq->holder);
	if (err)
		return err;
	if (job->idle)
		return -EAGAIN; /* expect: holder_leak */
	return queue_request(rq);
}

static int bad_error(struct job *job, struct request *rq)
{
	int err;

	err = kwaitgroup_hold(&job->wg, &rq->holder);
	if (err)
		return err;
	err = queue_request(rq);
	if (err) {
		pr_err("not queued\n");
		return err; /* expect: holder_leak */
	}
	return 0;
}

static void bad_free(struct job *job, struct request *rq)
{
	if (kwaitgroup_hold(&job->wg, &rq->holder))
		return;
	if (queue_request(rq))
		kfree(rq); /* expect: holder_leak */
}

static int good_released(struct job *job, struct request *rq)
{
	int err;

	err = kwaitgroup_hold(&job->wg, &rq->holder);
	if (err)
		return err;
	err = queue_request(rq);
	if (err) {
		kwaitgroup_release(&rq->holder);
		return err;
	}
	return 0;
}

static void end_request(struct request *rq)
{
	kwaitgroup_release(&rq->holder);
	kfree(rq);
}

static int good_completed(struct job *job, struct request *rq)
{
	int err;

	err = kwaitgroup_hold(&job->wg, &rq->holder);
	if (err)
		return err;
	if (job->idle) {
		end_request(rq);
		return -EAGAIN;
	}
	return queue_request(rq);
}

static int good_not_held(struct job *job, struct request *rq)
{
	int err;

	err = kwaitgroup_hold(&job->wg, &rq->holder);
	if (err) {
		kfree(rq);
		return err;
	}
	return queue_request(rq);
}
