// SPDX-License-Identifier: GPL-2.0
/* Groups that scale: the small group's promises, with a counter on each CPU. */
#include <linux/cpu.h>
#include <linux/kwaitgroup_percpu.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "../module/core/core.h"
#include "kwg_budget.h"
#include "kwg_lists.h"
#include "kwg_trap.h"

static struct kwaitgroup_percpu kwg_scaling;

static int kwg_percpu_start(struct kunit *test)
{
	return kwaitgroup_percpu_init(&kwg_scaling, KWAITGROUP_PERCPU_EXPEDITED);
}

static void kwg_percpu_end(struct kunit *test)
{
#ifdef CONFIG_KWAITGROUP_DEBUG
	kwg_windows_exit(test);
#endif
	kwaitgroup_percpu_exit(&kwg_scaling);
}

/* Whether each CPU has its own. */
static bool kwg_is_spread(void)
{
	return READ_ONCE(kwg_scaling.count);
}

static void kwg_percpu_empty(struct kunit *test)
{
	struct kwaitgroup_percpu g;

	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait(&kwg_scaling), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait_timeout(&kwg_scaling, 0), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_count(&kwg_scaling), 0L);
	KUNIT_EXPECT_TRUE(test, kwg_is_spread());
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_init(&g, BIT(7)), -EINVAL);
	kwaitgroup_percpu_exit(&g);
	KUNIT_ASSERT_EQ(test, kwaitgroup_percpu_init(&g, 0), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait(&g), 0);
	kwaitgroup_percpu_exit(&g);
	/* Who comes too late does not write where others have their counters by now. */
	KUNIT_EXPECT_TRUE(test, !g.count && !g.counters);
	kwaitgroup_percpu_exit(&g);
}

static void kwg_percpu_add_here(void *unused)
{
	kwaitgroup_percpu_add(&kwg_scaling, 1);
}

static void kwg_percpu_done_here(void *unused)
{
	kwaitgroup_percpu_done(&kwg_scaling);
}

static int kwg_percpu_wait_main(void *g)
{
	return kwaitgroup_percpu_wait(g);
}

/* Added in the interrupts of all CPUs, done on one: its counter goes below zero. */
static void kwg_percpu_wanders(struct kunit *test)
{
	long n = num_online_cpus();
	struct kwg_thread t;

	on_each_cpu(kwg_percpu_add_here, NULL, 1);
	kwaitgroup_percpu_add(&kwg_scaling, 2);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_count(&kwg_scaling), n + 2);
	kwaitgroup_percpu_add(&kwg_scaling, -2);
	while (--n)
		kwaitgroup_percpu_done(&kwg_scaling);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait_timeout(&kwg_scaling, 1), -ETIMEDOUT);
	KUNIT_EXPECT_TRUE(test, kwg_is_spread());
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_count(&kwg_scaling), 1L);
	kwg_start(test, &t, kwg_percpu_wait_main, &kwg_scaling);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&kwg_scaling.wg)));
	smp_call_function_single(0, kwg_percpu_done_here, NULL, 1);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_count(&kwg_scaling), 0L);
}

static int kwg_percpu_killable_main(void *g)
{
	allow_signal(SIGKILL);
	return kwaitgroup_percpu_wait_killable(g);
}

/* Early waits leave members behind, which count on where they did. */
static void kwg_percpu_early(struct kunit *test)
{
	struct kwg_thread t;

	kwaitgroup_percpu_add(&kwg_scaling, 3);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait_timeout(&kwg_scaling, 1), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait_timeout(&kwg_scaling, -1), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait_state(&kwg_scaling, TASK_DEAD, 1), -EINVAL);
	kwg_start(test, &t, kwg_percpu_killable_main, &kwg_scaling);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&kwg_scaling.wg)));
	send_sig(SIGKILL, t.task, 1);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), -ERESTARTSYS);
	KUNIT_EXPECT_TRUE(test, kwg_is_spread());
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_count(&kwg_scaling), 3L);
	kwaitgroup_percpu_add(&kwg_scaling, -3);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait(&kwg_scaling), 0);
}

/* Closed, it stays gathered, and nobody gets in until it is opened. */
static void kwg_percpu_closed(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, kwaitgroup_percpu_try_add(&kwg_scaling));
	kwaitgroup_percpu_close(&kwg_scaling);
	kwaitgroup_percpu_close(&kwg_scaling);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_percpu_try_add(&kwg_scaling));
	KUNIT_EXPECT_FALSE(test, kwg_is_spread());
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_count(&kwg_scaling), 1L);
	kwaitgroup_percpu_done(&kwg_scaling);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_drain(&kwg_scaling), 0);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_percpu_try_add(&kwg_scaling));
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_reinit(&kwg_scaling), 0);
	KUNIT_EXPECT_TRUE(test, kwg_is_spread());
	KUNIT_EXPECT_TRUE(test, kwaitgroup_percpu_try_add(&kwg_scaling));
	kwaitgroup_percpu_done(&kwg_scaling);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_reinit(&kwg_scaling), 0);
}

/* Of those who wait one returns, and the owner takes the group away. */
static void kwg_percpu_freed(struct kunit *test)
{
	struct kwg_thread t[4];
	int i, round;

	for (round = 0; round < 20; round++) {
		struct kwaitgroup_percpu *g = kmalloc(sizeof(*g), GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, g);
		KUNIT_ASSERT_EQ(test, kwaitgroup_percpu_init(g, KWAITGROUP_PERCPU_EXPEDITED), 0);
		kwaitgroup_percpu_add(g, 1);
		for (i = 0; i < ARRAY_SIZE(t); i++)
			kwg_start(test, &t[i], kwg_percpu_wait_main, g);
		/* All of them are inside of it: who is not yet may not come then. */
		KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_count(&g->inside) ==
						  ARRAY_SIZE(t)));
		kwaitgroup_percpu_done(g);
		KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait(g), 0);
		kwaitgroup_percpu_exit(g);
		kfree(g);
		for (i = 0; i < ARRAY_SIZE(t); i++)
			KUNIT_EXPECT_EQ(test, kwg_join(&t[i]), 0);
	}
}

static struct kwaitgroup_percpu *kwg_left;

static int kwg_percpu_last(void *done)
{
	wait_for_completion(done);
	kwaitgroup_percpu_done(kwg_left);
	return 0;
}

static int kwg_percpu_exit_main(void *g)
{
	kwaitgroup_percpu_exit(g);
	kfree(g);
	return 0;
}

/* Taken away too early: who is in is waited for, and has not lost its memory. */
static void kwg_percpu_exits_early(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct kwg_thread member, owner;

	kwg_left = kmalloc(sizeof(*kwg_left), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, kwg_left);
	KUNIT_ASSERT_EQ(test, kwaitgroup_percpu_init(kwg_left, KWAITGROUP_PERCPU_EXPEDITED), 0);
	kwaitgroup_percpu_add(kwg_left, 1);
	kwg_start(test, &member, kwg_percpu_last, &done);
	kwg_start(test, &owner, kwg_percpu_exit_main, kwg_left);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&kwg_left->wg)));
	KUNIT_EXPECT_FALSE(test, completion_done(&owner.exited));
	complete(&done);
	KUNIT_EXPECT_EQ(test, kwg_join(&member), 0);
	KUNIT_EXPECT_EQ(test, kwg_join(&owner), 0);
}

#define KWG_USERS	6

static struct {
	unsigned long end;
	atomic_t in;
	bool shut;
	unsigned long entered;
} kwg_door;

/* Gets in and out, wherever the scheduler has it. */
static int kwg_percpu_user(void *unused)
{
	unsigned long entered = 0, wrong = 0;

	do {
		if (!kwaitgroup_percpu_try_add(&kwg_scaling)) {
			schedule_timeout_idle(1);
			continue;
		}
		atomic_inc(&kwg_door.in);
		wrong += READ_ONCE(kwg_door.shut);
		if (++entered % 16 == 0)
			cond_resched();
		atomic_dec(&kwg_door.in);
		kwaitgroup_percpu_done(&kwg_scaling);
	} while (time_before(jiffies, READ_ONCE(kwg_door.end)));
	return wrong ? -1 : entered > 0;
}

/* Behind a drain nobody is in, however often it is opened again. */
static void kwg_percpu_drained(struct kunit *test)
{
	struct kwg_thread t[KWG_USERS];
	int i, inside = 0, rounds = 0;

	kwg_door.end = jiffies + msecs_to_jiffies(min(kwg_race_ms, 5000U));
	for (i = 0; i < KWG_USERS; i++)
		kwg_start(test, &t[i], kwg_percpu_user, NULL);
	do {
		KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_drain(&kwg_scaling), 0);
		WRITE_ONCE(kwg_door.shut, true);
		inside += atomic_read(&kwg_door.in);
		WRITE_ONCE(kwg_door.shut, false);
		KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_reinit(&kwg_scaling), 0);
		rounds++;
		schedule_timeout_idle(1);
	} while (time_before(jiffies, kwg_door.end));
	for (i = 0; i < KWG_USERS; i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&t[i]), 1);
	KUNIT_EXPECT_EQ(test, inside, 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait(&kwg_scaling), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_count(&kwg_scaling), 0L);
	kunit_info(test, "%d rounds\n", rounds);
}

static int kwg_percpu_come_and_go(void *g)
{
	long n = 0;

	do {
		kwaitgroup_percpu_add(g, 1);
		if (++n % 16 == 0)
			cond_resched();
		kwaitgroup_percpu_done(g);
	} while (time_before(jiffies, READ_ONCE(kwg_door.end)));
	return 0;
}

static int kwg_percpu_waits(void *g)
{
	int failed = 0;

	do {
		failed += kwaitgroup_percpu_wait(g) != 0;
		failed += kwaitgroup_percpu_wait_timeout(g, 1) == -EBADFD;
	} while (time_before(jiffies, READ_ONCE(kwg_door.end)));
	return failed;
}

/* Back and forth while they add and are done: no member is lost on the way. */
static void kwg_percpu_back_and_forth(struct kunit *test)
{
	struct kwg_thread t[KWG_USERS];
	int i;

	kwg_door.end = jiffies + msecs_to_jiffies(min(kwg_race_ms, 5000U));
	for (i = 0; i < KWG_USERS; i++)
		kwg_start(test, &t[i], i < 2 ? kwg_percpu_waits : kwg_percpu_come_and_go,
			  &kwg_scaling);
	for (i = 0; i < KWG_USERS; i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&t[i]), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_count(&kwg_scaling), 0L);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait(&kwg_scaling), 0);
	KUNIT_EXPECT_TRUE(test, kwg_is_spread());
}

#ifdef CONFIG_KWAITGROUP_DEBUG
static int kwg_percpu_trapped(void *wg)
{
	WRITE_ONCE(kwg_trap.victim, current);
	return kwaitgroup_percpu_wait(container_of(wg, struct kwaitgroup_percpu, wg));
}

/* All that were added in counters are done in the word, before it knows of them. */
static void kwg_percpu_half_way(struct kunit *test)
{
	struct kwg_thread t;

	on_each_cpu(kwg_percpu_add_here, NULL, 1);
	kwg_start_trapped(test, &t, kwg_percpu_trapped, &kwg_scaling.wg, KWG_WINDOW_GATHER);
	kwg_await_trapped();
	on_each_cpu(kwg_percpu_done_here, NULL, 1);
	/* One more is in: it keeps the wait. */
	kwaitgroup_percpu_add(&kwg_scaling, 1);
	complete(&kwg_trap.release);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&kwg_scaling.wg)));
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_count(&kwg_scaling), 1L);
	kwaitgroup_percpu_done(&kwg_scaling);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), 0);
}
#endif

static void kwg_expect_count(struct kunit *test, unsigned int wanted)
{
	char *row = kwg_file_line(test, KWG_DEBUGFS "groups", " scaling ");
	char text[KWG_COLUMN_MAX];

	KUNIT_ASSERT_NOT_NULL(test, row);
	snprintf(text, sizeof(text), "%u", wanted);
	KWG_EXPECT_COLUMN(test, row, GROUP_COUNT, text);
	kfree(row);
}

/* A member by name, and a holder, count in the word; the CPUs' are listed with it. */
static void kwg_percpu_listed(struct kunit *test)
{
	struct kwaitgroup_holder h = {};
	struct kwaitgroup_member m = {};

	KUNIT_ASSERT_EQ(test, kwaitgroup_percpu_register(&kwg_scaling, "scaling"), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_join(&kwg_scaling, &m), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_hold(&kwg_scaling, &h), 0);
	on_each_cpu(kwg_percpu_add_here, NULL, 1);
	kwg_expect_count(test, num_online_cpus() + 2);
	on_each_cpu(kwg_percpu_done_here, NULL, 1);
	kwaitgroup_release(&h);
	kwaitgroup_leave(&m);
	kwg_expect_count(test, 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait(&kwg_scaling), 0);
	kwaitgroup_percpu_unregister(&kwg_scaling);
}

/* Its counters are where there is no memory any more, and who looks is not hurt. */
static void kwg_percpu_gone(struct kunit *test)
{
	unsigned long offset = (unsigned long)per_cpu_ptr((long __percpu *)0,
							  cpumask_first(cpu_possible_mask));
	long __percpu *count = kwg_scaling.count;
	char *row;

	KUNIT_ASSERT_EQ(test, kwaitgroup_percpu_register(&kwg_scaling, "scaling"), 0);
	/* Where errors are that pointers carry. */
	WRITE_ONCE(kwg_scaling.count, (long __percpu *)(-sizeof(long) - offset));
	row = kwg_file_line(test, KWG_DEBUGFS "groups", " scaling ");
	WRITE_ONCE(kwg_scaling.count, count);
	kwaitgroup_percpu_unregister(&kwg_scaling);
	KUNIT_ASSERT_NOT_NULL(test, row);
	KWG_EXPECT_COLUMN(test, row, GROUP_FLAGS, "G");
	kfree(row);
}

static struct kunit_case kwg_percpu_cases[] = {
	KUNIT_CASE(kwg_percpu_empty),
	KUNIT_CASE(kwg_percpu_wanders),
	KUNIT_CASE(kwg_percpu_early),
	KUNIT_CASE(kwg_percpu_closed),
	KUNIT_CASE(kwg_percpu_freed),
	KUNIT_CASE(kwg_percpu_exits_early),
	KUNIT_CASE_SLOW(kwg_percpu_drained),
	KUNIT_CASE_SLOW(kwg_percpu_back_and_forth),
#ifdef CONFIG_KWAITGROUP_DEBUG
	KUNIT_CASE(kwg_percpu_half_way),
#endif
	KUNIT_CASE(kwg_percpu_listed),
	KUNIT_CASE(kwg_percpu_gone),
	{}
};

struct kunit_suite kwg_percpu_suite = {
	.name = "kwaitgroup_percpu",
	.init = kwg_percpu_start,
	.exit = kwg_percpu_end,
	.test_cases = kwg_percpu_cases,
};
