// SPDX-License-Identifier: GPL-2.0
/*
 * One task with very many memberships: neither its joins nor its exit take
 * longer by that, and nothing is left of them when it is dead. No figure here
 * depends on how fast the machine is.
 */
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "../module/compat.h"
#include "../module/member/shard.h"
#include "kwg_lists.h"

/* One task with so many memberships. */
#define KWG_OWN		40000
#define KWG_OWN_FEW	100
#define KWG_MEASURED	1000

/* Join with @nr members more; how long the fastest join took, and @worst: the slowest. */
static u64 kwg_join_ns(struct kunit *test, struct kwaitgroup *wg,
		       struct kwaitgroup_member *m, int nr, u64 *worst)
{
	u64 least = U64_MAX, before, ns;
	int i, failed = 0;

	for (i = 0; i < nr; i++) {
		before = ktime_get_ns();
		failed += !!kwaitgroup_join(wg, &m[i]);
		ns = ktime_get_ns() - before;
		*worst = max(*worst, ns);
		least = min(least, ns);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, failed, 0);
	return least;
}

/* A join does not get slower by what the task has joined before. */
static void kwg_many_of_one_task(struct kunit *test)
{
	int i, measured = KWG_MEASURED;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwaitgroup_member *m;
	u64 few, many, worst = 0, ignored = 0;

	m = kvcalloc(KWG_OWN, sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	kwg_join_ns(test, &wg, m, KWG_OWN_FEW, &ignored);
	few = kwg_join_ns(test, &wg, &m[KWG_OWN_FEW], measured, &ignored);
	kwg_join_ns(test, &wg, &m[KWG_OWN_FEW + measured],
		    KWG_OWN - KWG_OWN_FEW - 2 * measured, &ignored);
	many = kwg_join_ns(test, &wg, &m[KWG_OWN - measured], measured,
			   &worst);
	kunit_info(test, "a join: %llu ns as number %d, %llu ns as number %d, there at worst %llu ns",
		   few, KWG_OWN_FEW, many, KWG_OWN, worst);
	/* Logarithmic; and the caches hold less of it. */
	KUNIT_EXPECT_LE(test, many, 10 * few);
	for (i = 0; i < KWG_OWN; i++) {
		kwaitgroup_leave(&m[i]);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	kvfree(m);
}

/*
 * A task that exits with many memberships: how long that takes, from where it is
 * announced until the task gives its CPU away for good.
 */
static struct {
	struct tracepoint *exit, *schedule;
	struct task_struct *task;
	u64 before, after;
	bool passed;			/* both are known */
} kwg_watched;

static void kwg_exit_begins(void *unused, KWG_EXIT_PROBE_ARGS)
{
	if (task == READ_ONCE(kwg_watched.task))
		kwg_watched.before = ktime_get_mono_fast_ns();
}

static void kwg_exit_ends(void *unused, bool preempted,
			  struct task_struct *task, struct task_struct *next,
			  unsigned int state)
{
	if (task != READ_ONCE(kwg_watched.task) || !(state & TASK_DEAD))
		return;
	kwg_watched.after = ktime_get_mono_fast_ns();
	/* Pairs with the load in kwg_exit_ns(). */
	smp_store_release(&kwg_watched.passed, true);
}

static void kwg_find_exit(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "sched_process_exit"))
		kwg_watched.exit = tp;
	if (!strcmp(tp->name, "sched_switch"))
		kwg_watched.schedule = tp;
}

static void kwg_watch_exits(struct kunit *test)
{
	int err;

	for_each_kernel_tracepoint(kwg_find_exit, NULL);
	KUNIT_ASSERT_NOT_NULL(test, kwg_watched.exit);
	KUNIT_ASSERT_NOT_NULL(test, kwg_watched.schedule);
	/* Before the probe that looks for members. */
	err = tracepoint_probe_register_prio(kwg_watched.exit, kwg_exit_begins,
					     NULL, TRACEPOINT_DEFAULT_PRIO + 1);
	KUNIT_EXPECT_EQ(test, err, 0);
	err = tracepoint_probe_register(kwg_watched.schedule, kwg_exit_ends,
					NULL);
	KUNIT_EXPECT_EQ(test, err, 0);
}

static void kwg_unwatch_exits(void)
{
	tracepoint_probe_unregister(kwg_watched.exit, kwg_exit_begins, NULL);
	tracepoint_probe_unregister(kwg_watched.schedule, kwg_exit_ends, NULL);
	tracepoint_synchronize_unregister();
}

struct kwg_leaving_much {
	struct kwg_thread thread;
	struct kwaitgroup *wg;
	struct kwaitgroup_member *m;
	int nr;
};

static int kwg_leaves_much(void *arg)
{
	struct kwg_leaving_much *l = arg;
	int i, failed = 0;

	for (i = 0; i < l->nr; i++) {
		failed += !!kwaitgroup_join(l->wg, &l->m[i]);
		cond_resched();
	}
	return failed;
}

/* How long the exit of a task with @nr memberships took. All are taken off. */
static u64 kwg_exit_ns(struct kunit *test, struct kwaitgroup_member *m, int nr)
{
	long deaths = kwg_stat(test, "misuse_death");
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_leaving_much l = { .wg = &wg, .m = m, .nr = nr };
	struct kwg_sleeper s;
	bool passed;

	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &s, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_watched.passed = false;
	l.thread = (struct kwg_thread) { .fn = kwg_leaves_much, .arg = &l };
	init_completion(&l.thread.exited);
	l.thread.task = kthread_create(kwg_thread_main, &l.thread, "kwg_much");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, l.thread.task);
	WRITE_ONCE(kwg_watched.task, l.thread.task);
	wake_up_process(l.thread.task);
	KUNIT_EXPECT_EQ(test, kwg_join(&l.thread), 0);
	/* Pairs with the store in kwg_exit_ends(). */
	passed = kwg_until(smp_load_acquire(&kwg_watched.passed));
	KUNIT_EXPECT_TRUE(test, passed);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_count(&wg) == 1));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), -EOWNERDEAD);
	/* Counted after its member was taken off. */
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_stat(test, "misuse_death") ==
					  deaths + nr));
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), 0L);
	return kwg_watched.after - kwg_watched.before;
}

static u64 kwg_least_exit_ns(struct kunit *test, struct kwaitgroup_member *m,
			     int nr)
{
	u64 least = U64_MAX;
	int i;

	for (i = 0; i < 5; i++)
		least = min(least, kwg_exit_ns(test, m, nr));
	return least;
}

/* An exit does not take longer by what the task has joined, but for a few. */
static void kwg_exit_with_many(struct kunit *test)
{
	struct kwaitgroup_member *m;
	u64 few, many;

	kwg_need_files(test);
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "needs CONFIG_TRACEPOINTS");
	m = kvcalloc(KWG_OWN, sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	kwg_watch_exits(test);
	few = kwg_least_exit_ns(test, m, KWG_OWN_FEW);
	many = kwg_least_exit_ns(test, m, KWG_OWN);
	kwg_unwatch_exits();
	kunit_info(test, "an exit with %d members: %llu us, with %d: %llu us",
		   KWG_OWN_FEW, div_u64(few, NSEC_PER_USEC), KWG_OWN,
		   div_u64(many, NSEC_PER_USEC));
	KUNIT_EXPECT_LE(test, many, 10 * few);
	kvfree(m);
}

/* The memory of the dead is given back. */
static void kwg_dead_cost_nothing(struct kunit *test)
{
	long before, kib = KWG_OWN * sizeof(struct kwg_record) / SZ_1K;
	struct kwaitgroup_member *m;

	kwg_need_files(test);
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "needs CONFIG_TRACEPOINTS");
	if (IS_ENABLED(CONFIG_KASAN))
		kunit_skip(test, "KASAN keeps what is freed for a while");
	m = kvcalloc(KWG_OWN, sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	kwg_watch_exits(test);
	before = kwg_slab_kib(test);
	kwg_exit_ns(test, m, KWG_OWN);
	kwg_unwatch_exits();
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_slab_kib(test) <
					  before + kib / 2));
	kvfree(m);
}

static struct kunit_case kwg_one_task_cases[] = {
	KUNIT_CASE_SLOW(kwg_many_of_one_task),
	KUNIT_CASE_SLOW(kwg_dead_cost_nothing),
	KUNIT_CASE_SLOW(kwg_exit_with_many),
	{}
};

struct kunit_suite kwg_one_task_suite = {
	.name = "kwaitgroup_one_task",
	.test_cases = kwg_one_task_cases,
};
