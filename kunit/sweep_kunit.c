// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation and creation of a thread fails in turn, in the middle of a batch
 * that others still work for: an errno, and nothing is left of what was begun.
 */
#include <linux/kwaitgroup_batch.h>
#include <linux/kwaitgroup_holder.h>
#include <linux/pid.h>
#include <linux/sched/task.h>

#include "kwg_files.h"

#ifdef CONFIG_FAILSLAB

/* By default allocations that may wait do not fail. */
#define KWG_FAILSLAB	"/sys/kernel/debug/failslab/ignore-gfp-wait"

struct kwg_sweep {
	struct kwaitgroup_batch b;
	struct kwaitgroup_work work;
	struct kwaitgroup_holder h[3];
	atomic_t called;
	int held;
	bool registered;
};

static int kwg_sweep_job(void *arg)
{
	struct kwg_sweep *s = arg;

	atomic_inc(&s->called);
	return 0;
}

static int kwg_sweep_work(struct kwaitgroup_work *w)
{
	return kwg_sweep_job(container_of(w, struct kwg_sweep, work));
}

/* As far as it comes. */
static int kwg_sweep_begin(struct kwg_sweep *s, unsigned int flags)
{
	int i, err = 0;

	kwaitgroup_batch_init_flags(&s->b, 2, flags);
	kwaitgroup_work_init(&s->work, kwg_sweep_work);
	err = kwaitgroup_batch_register(&s->b, "swept");
	s->registered = !err;
	err = err ?: kwaitgroup_batch_queue(&s->b, system_wq, &s->work);
	for (i = 0; i < ARRAY_SIZE(s->h) && !err; i++) {
		err = kwaitgroup_hold(&s->b.wg, &s->h[i]);
		s->held += !err;
	}
	for (i = 0; i < 3 && !err; i++)
		err = kwaitgroup_batch_run(&s->b, kwg_sweep_job, s, "kwg_swept");
	return err;
}

/* And back again. */
static void kwg_sweep_end(struct kunit *test, struct kwg_sweep *s, int err)
{
	struct kwaitgroup_batch_progress p;
	int i;

	/* -ENOMEM, or what it is called by who makes threads. */
	KUNIT_EXPECT_LE(test, err, 0);
	for (i = 0; i < s->held; i++)
		kwaitgroup_release(&s->h[i]);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&s->b), 0);
	kwaitgroup_batch_progress(&s->b, &p);
	KUNIT_EXPECT_EQ(test, p.total, p.over);
	KUNIT_EXPECT_EQ(test, p.running, 0U);
	KUNIT_EXPECT_EQ(test, p.total, (unsigned long)atomic_read(&s->called));
	KUNIT_EXPECT_TRUE(test, err || p.total == 4);
	if (s->registered)
		kwaitgroup_unregister(&s->b.wg);
}

/* @task: whose @nth allocation fails. Returns whether there were so many. */
static bool kwg_sweep_once(struct kunit *test, struct task_struct *task,
			   unsigned int nth, unsigned int flags, int *failures)
{
	struct kwg_sweep *s = kzalloc(sizeof(*s), GFP_KERNEL);
	unsigned int left;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, s);
	WRITE_ONCE(task->fail_nth, nth);
	err = kwg_sweep_begin(s, flags);
	left = READ_ONCE(task->fail_nth);
	WRITE_ONCE(task->fail_nth, 0);
	kwg_sweep_end(test, s, err);
	kfree(s);
	*failures += err != 0;
	return !left;
}

static void kwg_sweep(struct kunit *test, struct task_struct *task,
		      unsigned int flags)
{
	long holders = kwg_stat(test, "holders");
	unsigned int nth = 1;
	int failures = 0;

	KUNIT_EXPECT_EQ(test, kwg_shell("echo N >" KWG_FAILSLAB), 0);
	while (kwg_sweep_once(test, task, nth, flags, &failures))
		nth++;
	KUNIT_EXPECT_EQ(test, kwg_shell("echo Y >" KWG_FAILSLAB), 0);
	kunit_info(test, "%u allocations, %d failures", nth - 1, failures);
	KUNIT_EXPECT_GT(test, failures, 0);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "holders"), holders);
}

/* What the caller allocates, also with threads that are kept. */
static void kwg_sweep_allocations(struct kunit *test)
{
	kwg_sweep(test, current, 0);
	kwg_sweep(test, current, KWAITGROUP_BATCH_KEEP_THREADS);
}

/* What a new thread needs: whoever makes all kernel threads has none. */
static void kwg_sweep_creations(struct kunit *test)
{
	struct pid *pid = find_get_pid(2);
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);

	KUNIT_ASSERT_NOT_NULL(test, task);
	KUNIT_ASSERT_STREQ(test, task->comm, "kthreadd");
	kwg_sweep(test, task, 0);
	put_task_struct(task);
	put_pid(pid);
}

#else

static void kwg_sweep_allocations(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAILSLAB");
}

static void kwg_sweep_creations(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAILSLAB");
}

#endif

static struct kunit_case kwg_sweep_cases[] = {
	KUNIT_CASE_SLOW(kwg_sweep_allocations),
	KUNIT_CASE_SLOW(kwg_sweep_creations),
	{}
};

static int kwg_sweep_init(struct kunit *test)
{
	kwg_need_files(test);
	return 0;
}

struct kunit_suite kwg_sweep_suite = {
	.name = "kwaitgroup_sweep",
	.init = kwg_sweep_init,
	.test_cases = kwg_sweep_cases,
};
