// SPDX-License-Identifier: GPL-2.0
/*
 * Correct code of which lockdep must not say a word: guards in interrupts,
 * members that wait for groups of their own, groups that are unregistered where
 * memory is reclaimed. What it must report is in misuse_kunit.c. Needs
 * CONFIG_PROVE_LOCKING, and that nothing was reported before.
 */
#include <linux/debug_locks.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>

#include "kwg_files.h"

static void kwg_need_lockdep(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_PROVE_LOCKING))
		kunit_skip(test, "needs CONFIG_PROVE_LOCKING");
	/* It reports one thing, and nothing any more afterwards. */
	KUNIT_EXPECT_TRUE(test, debug_locks);
}

static void kwg_lockdep_exit(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, debug_locks ||
			  !IS_ENABLED(CONFIG_PROVE_LOCKING));
}

static bool kwg_is_held(const struct kwaitgroup *wg)
{
#ifdef CONFIG_LOCKDEP
	return lock_is_held(&wg->dep_map);
#else
	return false;
#endif
}

/* One group, of one class, in all contexts. */
static struct kwg_everywhere {
	struct kwaitgroup wg;
	struct tasklet_struct tasklet;
	struct irq_work irq_work;
} kwg_everywhere;

/* Taken in guarded sections in interrupts, as a driver's would be. */
static DEFINE_RAW_SPINLOCK(kwg_irq_lock);

static void kwg_guarded_in_irq(void)
{
	unsigned long flags;

	guard(kwaitgroup_done)(&kwg_everywhere.wg);

	raw_spin_lock_irqsave(&kwg_irq_lock, flags);
	raw_spin_unlock_irqrestore(&kwg_irq_lock, flags);
}

static void kwg_guarded_tasklet(struct tasklet_struct *unused)
{
	kwg_guarded_in_irq();
}

static void kwg_guarded_hardirq(struct irq_work *unused)
{
	kwg_guarded_in_irq();
}

static void kwg_guarded_task(void)
{
	kwaitgroup_add(&kwg_everywhere.wg, 1);
	kwg_guarded_in_irq();
}

/* Under a lock that interrupts take; it is no matter that a wait sleeps. */
static void kwg_guarded_under_irq_lock(void)
{
	unsigned long flags;

	kwaitgroup_add(&kwg_everywhere.wg, 1);
	raw_spin_lock_irqsave(&kwg_irq_lock, flags);
	{
		guard(kwaitgroup_done)(&kwg_everywhere.wg);
	}
	raw_spin_unlock_irqrestore(&kwg_irq_lock, flags);
}

/* Waited for in a task, before and after each context has had its guard. */
static void kwg_guards_in_interrupts(struct kunit *test)
{
	struct kwg_everywhere *e = &kwg_everywhere;

	kwg_need_lockdep(test);
	kwaitgroup_init(&e->wg);
	tasklet_setup(&e->tasklet, kwg_guarded_tasklet);
	e->irq_work = IRQ_WORK_INIT_HARD(kwg_guarded_hardirq);
	kwg_guarded_task();
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&e->wg), 0);
	kwaitgroup_add(&e->wg, 1);
	tasklet_schedule(&e->tasklet);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&e->wg), 0);
	kwaitgroup_add(&e->wg, 1);
	irq_work_queue(&e->irq_work);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&e->wg), 0);
	kwg_guarded_under_irq_lock();
	kwg_guarded_task();
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&e->wg), 0);
	tasklet_kill(&e->tasklet);
	irq_work_sync(&e->irq_work);
}

#define KWG_TREE_DEPTH	3

struct kwg_branch {
	struct kunit *test;
	struct kwaitgroup *above;
	int depth;
	bool by_name;
};

static void kwg_grow(struct kwg_branch *branch);

static int kwg_branch_main(void *arg)
{
	struct kwg_branch *branch = arg;

	if (branch->by_name) {
		CLASS(kwaitgroup_member, m)(branch->above);

		kwaitgroup_done(branch->above);
		kwg_grow(branch);
	} else {
		guard(kwaitgroup_done)(branch->above);

		kwg_grow(branch);
	}
	return 0;
}

/* Every group of the tree is initialised here: all are of one class. */
static void kwg_grow(struct kwg_branch *branch)
{
	struct kwg_branch below = *branch;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread t;

	if (!branch->depth)
		return;
	below.above = &wg;
	below.depth--;
	kwaitgroup_add(&wg, 1);
	kwg_start(branch->test, &t, kwg_branch_main, &below);
	KUNIT_EXPECT_EQ(branch->test, kwaitgroup_wait(&wg), 0);
	kwg_join(&t);
}

/* A member waits for its own children, which do the same. */
static void kwg_fork_join(struct kunit *test)
{
	struct kwg_branch trunk = { .test = test, .depth = KWG_TREE_DEPTH };

	kwg_need_lockdep(test);
	kwg_grow(&trunk);
	trunk.by_name = true;
	kwg_grow(&trunk);
}

/* Both of groups of one class at the same time, and waits for a third. */
static void kwg_member_of_two(struct kunit *test)
{
	struct kwaitgroup wg[3];
	int i;

	kwg_need_lockdep(test);
	for (i = 0; i < ARRAY_SIZE(wg); i++) {
		kwaitgroup_init(&wg[i]);
		kwaitgroup_add(&wg[i], 1);
	}
	kwaitgroup_done(&wg[2]);
	{
		guard(kwaitgroup_done)(&wg[0]);
		guard(kwaitgroup_done)(&wg[1]);

		KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg[2]), 0);
		KUNIT_EXPECT_TRUE(test, kwg_is_held(&wg[0]));
		KUNIT_EXPECT_TRUE(test, kwg_is_held(&wg[1]));
	}
	KUNIT_EXPECT_FALSE(test, kwg_is_held(&wg[0]));
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg[0]), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg[1]), 0);
}

/* A function that initialises groups for others: each use has its own class. */
static void kwg_make_group(struct kwaitgroup *wg, struct lock_class_key *key)
{
	kwaitgroup_init_key(wg, "kwg_made", key);
	kwaitgroup_add(wg, 1);
}

static void kwg_groups_by_key(struct kunit *test)
{
	static struct lock_class_key key[2];
	static DEFINE_MUTEX(mutex);
	struct kwaitgroup wg[2];

	kwg_need_lockdep(test);
	kwg_make_group(&wg[0], &key[0]);
	kwg_make_group(&wg[1], &key[1]);
	kwaitgroup_done(&wg[1]);
	{
		guard(kwaitgroup_done)(&wg[0]);

		mutex_lock(&mutex);
		mutex_unlock(&mutex);
	}
	/* Members of the other group take it, and not of this one. */
	mutex_lock(&mutex);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg[1]), 0);
	/* And of this one it only asks. */
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&wg[0], 0), 0);
	mutex_unlock(&mutex);
}

/* As a shrinker or the end of a device would. */
static void kwg_unregister_in_reclaim(struct kunit *test, struct kwaitgroup *wg)
{
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(wg, "reclaimed"), 0);
	fs_reclaim_acquire(GFP_KERNEL);
	kwaitgroup_unregister(wg);
	fs_reclaim_release(GFP_KERNEL);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(wg, "reclaimed"), 0);
	kwaitgroup_unregister(wg);
}

static void kwg_reclaim_unregisters(struct kunit *test)
{
	const char *accounting = "/sys/module/kwaitgroup/parameters/accounting";
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwg_need_lockdep(test);
	kwg_need_files(test);
	kwg_unregister_in_reclaim(test, &wg);
#ifdef MODULE
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "counted"), 0);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, accounting, "1"), 1);
	kwaitgroup_unregister(&wg);
	kwg_unregister_in_reclaim(test, &wg);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, accounting, "0"), 1);
#endif
}

static struct kunit_case kwg_lockdep_cases[] = {
	KUNIT_CASE(kwg_guards_in_interrupts),
	KUNIT_CASE(kwg_fork_join),
	KUNIT_CASE(kwg_member_of_two),
	KUNIT_CASE(kwg_groups_by_key),
	KUNIT_CASE(kwg_reclaim_unregisters),
	{}
};

struct kunit_suite kwg_lockdep_suite = {
	.name = "kwaitgroup_lockdep",
	.exit = kwg_lockdep_exit,
	.test_cases = kwg_lockdep_cases,
};
