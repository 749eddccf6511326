// SPDX-License-Identifier: GPL-2.0
/* Jobs that die: their batch ends, and whoever waits for room gets theirs. */
#include <linux/kwaitgroup_batch.h>
#include <linux/string.h>

#include "kwg_dying.h"

struct kwg_doomed {
	struct kwaitgroup_batch b;
	struct kwaitgroup other;	/* joined by the job, too */
	struct kwaitgroup_work w;
	struct completion die;
	atomic_t called;
};

static void kwg_doomed_init(struct kwg_doomed *d, unsigned int limit,
			    unsigned int flags)
{
	kwaitgroup_batch_init_flags(&d->b, limit, flags);
	kwaitgroup_init(&d->other);
	init_completion(&d->die);
	atomic_set(&d->called, 0);
}

static int kwg_job_dies_oopsing(void *arg)
{
	struct kwg_doomed *d = arg;

	wait_for_completion(&d->die);
	kwg_oops();
	return 0;
}

/* As a member of two groups, of which the batch's is not the last. */
static int kwg_job_dies_of_two(void *arg)
{
	struct kwaitgroup_member m = {};
	struct kwg_doomed *d = arg;
	int err = kwaitgroup_join(&d->other, &m);

	wait_for_completion(&d->die);
	kthread_complete_and_exit(NULL, err);
}

static int kwg_item_dies(struct kwaitgroup_work *w)
{
	struct kwg_doomed *d = container_of(w, struct kwg_doomed, w);

	wait_for_completion(&d->die);
	kwg_oops();
	return 0;
}

static int kwg_job_lives(void *arg)
{
	struct kwg_doomed *d = arg;

	atomic_inc(&d->called);
	return 0;
}

static void kwg_expect_dead(struct kunit *test, struct kwg_doomed *d)
{
	struct kwaitgroup_batch_progress p;

	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&d->b), -EOWNERDEAD);
	kwaitgroup_batch_progress(&d->b, &p);
	KUNIT_EXPECT_EQ(test, p.error, -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, p.over, p.total);
	KUNIT_EXPECT_EQ(test, p.running, 0u);
	KUNIT_EXPECT_TRUE(test, kwaitgroup_batch_cancelled(&d->b));
}

static int (*const kwg_deadly_jobs[])(void *) = {
	kwg_job_dies_oopsing, kwg_job_dies_of_two,
};

static void kwg_batch_job_dies(struct kunit *test)
{
	static struct kwg_doomed d;
	int i;

	for (i = 0; i < ARRAY_SIZE(kwg_deadly_jobs); i++) {
		kwg_doomed_init(&d, 1, 0);
		KUNIT_ASSERT_EQ(test,
				kwaitgroup_batch_run(&d.b, kwg_deadly_jobs[i],
						     &d, "kwg_doomed"), 0);
		complete(&d.die);
		kwg_expect_dead(test, &d);
		kwaitgroup_wait(&d.other);
		/* Nobody touches it any more, and it is good for the next. */
		KUNIT_EXPECT_EQ(test, kwaitgroup_batch_reinit(&d.b), 0);
		KUNIT_EXPECT_EQ(test,
				kwaitgroup_batch_try_run(&d.b, kwg_job_lives,
							 &d, "kwg_job"), 0);
		KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&d.b), 0);
	}
}

static void kwg_batch_item_dies(struct kunit *test)
{
	struct workqueue_struct *wq = alloc_workqueue("kwg_doomed", WQ_UNBOUND,
						      0);
	static struct kwg_doomed d;

	KUNIT_ASSERT_NOT_NULL(test, wq);
	kwg_doomed_init(&d, 1, 0);
	kwaitgroup_work_init(&d.w, kwg_item_dies);
	KUNIT_ASSERT_EQ(test, kwaitgroup_batch_queue(&d.b, wq, &d.w), 0);
	complete(&d.die);
	kwg_expect_dead(test, &d);
	/* The workqueue never gets over it: it stays. */
}

/* A batch that carries on gives the room of the dead to who waits for it. */
static int kwg_run_after_death(void *arg)
{
	struct kwg_doomed *d = arg;

	return kwaitgroup_batch_run(&d->b, kwg_job_lives, d, "kwg_next");
}

static void kwg_batch_death_makes_room(struct kunit *test)
{
	struct kwg_thread next;
	static struct kwg_doomed d;

	kwg_doomed_init(&d, 1, KWAITGROUP_BATCH_CARRY_ON);
	KUNIT_ASSERT_EQ(test, kwaitgroup_batch_run(&d.b, kwg_job_dies_oopsing,
						   &d, "kwg_doomed"), 0);
	kwg_start(test, &next, kwg_run_after_death, &d);
	KUNIT_EXPECT_TRUE(test, kwg_until(!list_empty_careful(&d.b.queue)));
	complete(&d.die);
	KUNIT_EXPECT_EQ(test, kwg_join(&next), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&d.b), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, atomic_read(&d.called), 1);
}

/* A thread of kwaitgroup_run() is a member by name. */
static void kwg_run_dies(struct kunit *test)
{
	static struct kwg_doomed d;

	kwg_doomed_init(&d, 0, 0);
	KUNIT_ASSERT_EQ(test, kwaitgroup_run(&d.b.wg, kwg_job_dies_oopsing, &d,
					     "kwg_doomed"), 0);
	complete(&d.die);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&d.b.wg), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&d.b.wg), 0);
}

static struct kunit_case kwg_batch_death_cases[] = {
	KUNIT_CASE(kwg_run_dies),
	KUNIT_CASE(kwg_batch_job_dies),
	KUNIT_CASE(kwg_batch_death_makes_room),
	KUNIT_CASE(kwg_batch_item_dies),
	{}
};

struct kunit_suite kwg_batch_death_suite = {
	.name = "kwaitgroup_batch_death",
	.init = kwg_console_watch,
	.exit = kwg_console_unwatch,
	.test_cases = kwg_batch_death_cases,
};
