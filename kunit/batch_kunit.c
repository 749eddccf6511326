// SPDX-License-Identifier: GPL-2.0
/* Batches: limit, first error, cancelling, reuse. */
#include <linux/kwaitgroup_batch.h>
#include <linux/string.h>

#include "kwg_kunit.h"

/* What the jobs of a case share. */
struct kwg_jobs {
	struct kwaitgroup_batch b;
	atomic_t called, inside, most;
	struct completion go;		/* for those that wait for it */
};

static void kwg_jobs_init(struct kwg_jobs *j, unsigned int limit,
			  unsigned int flags)
{
	kwaitgroup_batch_init_flags(&j->b, limit, flags);
	atomic_set(&j->called, 0);
	atomic_set(&j->inside, 0);
	atomic_set(&j->most, 0);
	init_completion(&j->go);
}

/* One after the other, all at a time, and how many at the most. */
static int kwg_job_counts(void *arg)
{
	struct kwg_jobs *j = arg;
	int inside = atomic_inc_return(&j->inside);
	int most = atomic_read(&j->most);

	atomic_inc(&j->called);
	while (inside > most && !atomic_try_cmpxchg(&j->most, &most, inside))
		;
	schedule();
	atomic_dec(&j->inside);
	return 0;
}

static int kwg_job_waits(void *arg)
{
	struct kwg_jobs *j = arg;

	atomic_inc(&j->called);
	wait_for_completion(&j->go);
	return 0;
}

static int kwg_job_fails(void *arg)
{
	struct kwg_jobs *j = arg;

	atomic_inc(&j->called);
	return -EIO;
}

/* Goes on until somebody cancels the batch. */
static int kwg_job_asks(void *arg)
{
	struct kwg_jobs *j = arg;

	atomic_inc(&j->called);
	if (!kwg_until(kwaitgroup_batch_cancelled(&j->b)))
		return -ETIME;
	return -ECANCELED;
}

static void kwg_expect_progress(struct kunit *test, struct kwg_jobs *j,
				unsigned long over, unsigned long total)
{
	struct kwaitgroup_batch_progress p;

	kwaitgroup_batch_progress(&j->b, &p);
	KUNIT_EXPECT_EQ(test, p.over, over);
	KUNIT_EXPECT_EQ(test, p.total, total);
}

static void kwg_batch_of_nothing(struct kunit *test)
{
	struct kwg_jobs j;

	kwg_jobs_init(&j, 0, 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait_killable(&j.b), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait_timeout(&j.b, 0), 0);
	kwg_expect_progress(test, &j, 0, 0);
}

static void kwg_batch_keeps_limit(struct kunit *test)
{
	/* A task takes a kernel that checks each access ten times as long. */
	const int many = IS_ENABLED(CONFIG_KASAN) ? 257 : 1025;
	struct kwg_jobs j;
	int i;

	kwg_jobs_init(&j, 3, 0);
	for (i = 0; i < many; i++)
		KUNIT_ASSERT_EQ(test,
				kwaitgroup_batch_run(&j.b, kwg_job_counts, &j,
						     "kwg_job/%d", i), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&j.called), many);
	KUNIT_EXPECT_LE(test, atomic_read(&j.most), 3);
	kwg_expect_progress(test, &j, many, many);
}

static void kwg_batch_tries(struct kunit *test)
{
	struct kwg_jobs j;
	int i;

	kwg_jobs_init(&j, 2, 0);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test,
				kwaitgroup_batch_try_run(&j.b, kwg_job_waits,
							 &j, "kwg_job"), 0);
	KUNIT_EXPECT_EQ(test,
			kwaitgroup_batch_try_run(&j.b, kwg_job_waits, &j,
						 "kwg_job"), -EAGAIN);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait_timeout(&j.b, 1),
			-ETIMEDOUT);
	kwg_expect_progress(test, &j, 0, 2);
	complete_all(&j.go);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b), 0);
	KUNIT_EXPECT_EQ(test,
			kwaitgroup_batch_try_run(&j.b, kwg_job_waits, &j,
						 "kwg_job"), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&j.called), 3);
}

/* The first error is the batch's, cancels it, and stays until it is renewed. */
static void kwg_batch_first_error(struct kunit *test)
{
	struct kwaitgroup_batch_progress p;
	struct kwg_jobs j;

	kwg_jobs_init(&j, 0, 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_run(&j.b, kwg_job_asks, &j,
						   "kwg_asks"), 0);
	KUNIT_EXPECT_TRUE(test, kwg_until(atomic_read(&j.called)));
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_run(&j.b, kwg_job_fails, &j,
						   "kwg_fails"), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b), -EIO);
	kwaitgroup_batch_progress(&j.b, &p);
	KUNIT_EXPECT_EQ(test, p.error, -EIO);
	KUNIT_EXPECT_STREQ(test, p.error_comm, "kwg_fails");
	KUNIT_EXPECT_GT(test, p.error_pid, 0);

	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_run(&j.b, kwg_job_counts, &j,
						   "kwg_job"), -ECANCELED);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_reinit(&j.b), 0);
	kwaitgroup_batch_progress(&j.b, &p);
	KUNIT_EXPECT_EQ(test, p.error, 0);
	KUNIT_EXPECT_EQ(test, p.error_pid, 0);
	KUNIT_EXPECT_STREQ(test, p.error_comm, "");
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_run(&j.b, kwg_job_counts, &j,
						   "kwg_job"), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&j.called), 3);
	kwg_expect_progress(test, &j, 1, 1);
}

static void kwg_batch_carries_on(struct kunit *test)
{
	struct kwg_jobs j;
	int i;

	kwg_jobs_init(&j, 1, KWAITGROUP_BATCH_CARRY_ON);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test,
				kwaitgroup_batch_run(&j.b, kwg_job_fails, &j,
						     "kwg_job"), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b), -EIO);
	KUNIT_EXPECT_EQ(test, atomic_read(&j.called), 10);
}

/* Who waits for room, and what becomes of it. */
static int kwg_runs_one_more(void *arg)
{
	struct kwg_jobs *j = arg;

	allow_signal(SIGKILL);
	return kwaitgroup_batch_run(&j->b, kwg_job_waits, j, "kwg_more");
}

/* One job is at work in a batch for one, and somebody waits to run another. */
static void kwg_fill_batch(struct kunit *test, struct kwg_jobs *j,
			   struct kwg_thread *more)
{
	kwg_jobs_init(j, 1, 0);
	KUNIT_ASSERT_EQ(test, kwaitgroup_batch_run(&j->b, kwg_job_waits, j,
						   "kwg_first"), 0);
	/* Not skipped, if the batch is cancelled. */
	KUNIT_EXPECT_TRUE(test, kwg_until(atomic_read(&j->called)));
	kwg_start(test, more, kwg_runs_one_more, j);
	KUNIT_EXPECT_TRUE(test, kwg_until(!list_empty_careful(&j->b.queue)));
	/* In turn: nobody comes before who waits. */
	KUNIT_EXPECT_EQ(test,
			kwaitgroup_batch_try_run(&j->b, kwg_job_waits, j,
						 "kwg_third"), -EAGAIN);
}

static void kwg_room_is_given(struct kunit *test)
{
	struct kwg_thread more;
	struct kwg_jobs j;

	kwg_fill_batch(test, &j, &more);
	complete(&j.go);
	KUNIT_EXPECT_EQ(test, kwg_join(&more), 0);
	complete(&j.go);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b), 0);
	kwg_expect_progress(test, &j, 2, 2);
}

static void kwg_room_by_limit(struct kunit *test)
{
	struct kwg_thread more;
	struct kwg_jobs j;

	kwg_fill_batch(test, &j, &more);
	kwaitgroup_batch_set_limit(&j.b, 2);
	KUNIT_EXPECT_EQ(test, kwg_join(&more), 0);
	/* Two are too many now: the first that ends makes no room. */
	kwaitgroup_batch_set_limit(&j.b, 1);
	complete(&j.go);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_count(&j.b.wg) == 1));
	KUNIT_EXPECT_EQ(test,
			kwaitgroup_batch_try_run(&j.b, kwg_job_waits, &j,
						 "kwg_third"), -EAGAIN);
	complete(&j.go);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b), 0);
}

static void kwg_room_is_refused(struct kunit *test)
{
	struct kwg_thread more;
	struct kwg_jobs j;

	kwg_fill_batch(test, &j, &more);
	kwaitgroup_batch_cancel(&j.b, -ENODEV);
	KUNIT_EXPECT_EQ(test, kwg_join(&more), -ECANCELED);
	complete_all(&j.go);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b), -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&j.called), 1);
}

static void kwg_room_killed(struct kunit *test)
{
	struct kwg_thread more;
	struct kwg_jobs j;

	kwg_fill_batch(test, &j, &more);
	send_sig(SIGKILL, more.task, 1);
	KUNIT_EXPECT_EQ(test, kwg_join(&more), -ERESTARTSYS);
	complete_all(&j.go);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&j.called), 1);
	kwg_expect_progress(test, &j, 1, 1);
}

static size_t kwg_in_queue(struct kwaitgroup_batch *b)
{
	struct list_head *pos;
	size_t n = 0;

	raw_spin_lock_irq(&b->lock);
	list_for_each(pos, &b->queue)
		n++;
	raw_spin_unlock_irq(&b->lock);
	return n;
}

/* More than are let in, or sent away, at once. */
static void kwg_room_for_many(struct kunit *test)
{
	static struct kwg_thread more[80];
	struct kwg_jobs j;
	int i, round;

	for (round = 0; round < 2; round++) {
		kwg_fill_batch(test, &j, &more[0]);
		for (i = 1; i < ARRAY_SIZE(more); i++)
			kwg_start(test, &more[i], kwg_runs_one_more, &j);
		KUNIT_EXPECT_TRUE(test,
				  kwg_until(kwg_in_queue(&j.b) == ARRAY_SIZE(more)));
		if (round)
			kwaitgroup_batch_cancel(&j.b, -ENODEV);
		else
			kwaitgroup_batch_set_limit(&j.b, 0);
		for (i = 0; i < ARRAY_SIZE(more); i++)
			KUNIT_EXPECT_EQ(test, kwg_join(&more[i]),
					round ? -ECANCELED : 0);
		complete_all(&j.go);
		KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b),
				round ? -ENODEV : 0);
	}
}

/* A thread that could not be created leaves its room, and is no job. */
static int kwg_batch_run_killed(void *arg)
{
	struct kwg_jobs *j = arg;
	int err;

	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	/* A thread that is there before its creator looks is one all the same. */
	KWG_TRY_UNTIL(err, kwaitgroup_batch_try_run(&j->b, kwg_job_counts, j,
						    "kwg_job"), -EINTR);
	return err;
}

static void kwg_batch_run_fails(struct kunit *test)
{
	struct kwg_thread t;
	struct kwg_jobs j;

	kwg_jobs_init(&j, 1, 0);
	kwg_start(test, &t, kwg_batch_run_killed, &j);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), -EINTR);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b), 0);
	KUNIT_EXPECT_EQ(test,
			kwaitgroup_batch_try_run(&j.b, kwg_job_counts, &j,
						 "kwg_job"), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b), 0);
	kwg_expect_progress(test, &j, atomic_read(&j.called),
			    atomic_read(&j.called));
}

/* A batch in each job of a batch. */
static int kwg_job_nests(void *arg)
{
	struct kwg_jobs *outer = arg, j;
	int i, err = 0;

	kwg_jobs_init(&j, 2, 0);
	for (i = 0; i < 4 && !err; i++)
		err = kwaitgroup_batch_run(&j.b, kwg_job_counts, &j, "kwg_in");
	err = kwaitgroup_batch_wait(&j.b) ?: err;
	atomic_add(atomic_read(&j.called), &outer->called);
	return err;
}

static void kwg_batches_nest(struct kunit *test)
{
	struct kwg_jobs j;
	int i;

	kwg_jobs_init(&j, 3, 0);
	for (i = 0; i < 6; i++)
		KUNIT_EXPECT_EQ(test,
				kwaitgroup_batch_run(&j.b, kwg_job_nests, &j,
						     "kwg_out"), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&j.b), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&j.called), 24);
}

static struct kunit_case kwg_batch_cases[] = {
	KUNIT_CASE(kwg_batch_of_nothing),
	KUNIT_CASE_SLOW(kwg_batch_keeps_limit),
	KUNIT_CASE(kwg_batch_tries),
	KUNIT_CASE(kwg_batch_first_error),
	KUNIT_CASE(kwg_batch_carries_on),
	KUNIT_CASE(kwg_room_is_given),
	KUNIT_CASE(kwg_room_by_limit),
	KUNIT_CASE(kwg_room_is_refused),
	KUNIT_CASE(kwg_room_killed),
	KUNIT_CASE(kwg_room_for_many),
	KUNIT_CASE(kwg_batch_run_fails),
	KUNIT_CASE(kwg_batches_nest),
	{}
};

struct kunit_suite kwg_batch_suite = {
	.name = "kwaitgroup_batch",
	.test_cases = kwg_batch_cases,
};
