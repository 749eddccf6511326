// SPDX-License-Identifier: GPL-2.0
/* Threads that are started for a group. */
#include <linux/kwaitgroup_batch.h>

#include "kwg_kunit.h"

static int kwg_run_writes(void *arg)
{
	*(int *)arg = task_cpu(current) + 1;
	return -EIO;		/* is nobody's */
}

static void kwg_run_waits(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int seen = 0;

	KUNIT_EXPECT_EQ(test, kwaitgroup_run(&wg, kwg_run_writes, &seen,
					     "kwg_run/%d", 1), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_GT(test, seen, 0);
	seen = 0;
	KUNIT_EXPECT_EQ(test, kwaitgroup_run_on_node(&wg, NUMA_NO_NODE,
						     kwg_run_writes, &seen,
						     "kwg_run/%d", 2), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_GT(test, seen, 0);
}

static void kwg_run_on_cpus(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	unsigned int cpu;
	int seen;

	for_each_online_cpu(cpu) {
		KUNIT_EXPECT_EQ(test,
				kwaitgroup_run_on_cpu(&wg, cpu, kwg_run_writes,
						      &seen, "kwg_cpu"), 0);
		KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
		KUNIT_EXPECT_EQ(test, seen, (int)cpu + 1);
	}
	KUNIT_EXPECT_EQ(test,
			kwaitgroup_run_on_cpu(&wg, nr_cpu_ids, kwg_run_writes,
					      &seen, "kwg_cpu"), -EINVAL);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 0);
}

static void kwg_run_refused(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int seen = 0;

	kwaitgroup_close(&wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_run(&wg, kwg_run_writes, &seen,
					     "kwg_run"), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, kwaitgroup_drain(&wg), 0);
	KUNIT_EXPECT_EQ(test, seen, 0);
}

/* Who is being killed cannot create a thread. */
static int kwg_run_killed(void *wg)
{
	static int seen;	/* by those that were created all the same */
	int err;

	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	KWG_TRY_UNTIL(err, kwaitgroup_run(wg, kwg_run_writes, &seen, "kwg_run"),
		      -EINTR);
	return err;
}

static void kwg_run_fails(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread t;

	kwg_start(test, &t, kwg_run_killed, &wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), -EINTR);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
}

static int kwg_ends_itself(void *wg)
{
	kwaitgroup_done_and_exit(wg, 0);
	return 0;
}

static void kwg_done_and_exits(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct task_struct *task;

	kwaitgroup_add(&wg, 1);
	task = kthread_run(kwg_ends_itself, &wg, "kwg_end");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
}

static struct kunit_case kwg_run_cases[] = {
	KUNIT_CASE(kwg_run_waits),
	KUNIT_CASE(kwg_run_on_cpus),
	KUNIT_CASE(kwg_run_refused),
	KUNIT_CASE(kwg_run_fails),
	KUNIT_CASE(kwg_done_and_exits),
	{}
};

struct kunit_suite kwg_run_suite = {
	.name = "kwaitgroup_run",
	.test_cases = kwg_run_cases,
};
