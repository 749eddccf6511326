// SPDX-License-Identifier: GPL-2.0
/*
 * Thousands of deaths in a row: each is noticed, each ends a wait, and nothing
 * is left of any of them. And a member that is left behind by its module.
 */
#include <linux/kwaitgroup_holder.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "kwg_dying.h"
#include "kwg_lists.h"

#define KWG_SLOW	(IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KCSAN))

static int exits = KWG_SLOW ? 500 : 9000;
module_param(exits, int, 0444);
MODULE_PARM_DESC(exits, "Threads that return without having left");

static int oopses = KWG_SLOW ? 20 : 1000;
module_param(oopses, int, 0444);
MODULE_PARM_DESC(oopses, "Threads that oops as members");

static int batch = 100;
module_param(batch, int, 0444);
MODULE_PARM_DESC(batch, "How many of them die at a time");

/* A group, who dies in it, and who waits for it. */
struct kwg_household {
	struct kwaitgroup wg;
	struct kwg_mortal mortal;
	struct kwg_thread waiter;
};

static void kwg_batch_dies(struct kunit *test, struct kwg_household *house,
			   int nr, int way)
{
	int i;

	for (i = 0; i < nr; i++) {
		kwaitgroup_init(&house[i].wg);
		kwg_raise(test, &house[i].mortal, &house[i].wg, way);
		kwg_start(test, &house[i].waiter, kwg_wait_thread,
			  &house[i].wg);
	}
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_TRUE(test,
				  kwg_until(kwaitgroup_has_waiters(&house[i].wg)));
	for (i = 0; i < nr; i++)
		kwg_let_die(&house[i].mortal);
	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_EQ(test, kwg_join(&house[i].waiter), -EOWNERDEAD);
		kwg_reap(test, &house[i].mortal);
		KUNIT_EXPECT_EQ(test, kwaitgroup_count(&house[i].wg), 0);
	}
}

static void kwg_many_die(struct kunit *test, int total, int way)
{
	long before = kwg_stat(test, "misuse_death");
	struct kwg_household *house;
	int nr, left;

	house = kvcalloc(batch, sizeof(*house), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, house);
	for (left = total; left > 0; left -= nr) {
		nr = min(left, batch);
		kwg_batch_dies(test, house, nr, way);
		cond_resched();
	}
	kvfree(house);
	/* A waiter is woken before its member is counted. */
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_stat(test, "misuse_death") ==
					  before + total));
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), 0L);
}

static void kwg_many_return(struct kunit *test)
{
	kwg_many_die(test, exits, KWG_DIES_RETURNING);
}

#define KWG_PRINTK	"/proc/sys/kernel/printk"

/*
 * Each prints a page. The log has them all; a console of 115,200 baud would
 * take most of the time. At any level but 0 an oops turns it on again.
 */
static void kwg_many_oops(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_PRINTK, "0"), 1);
	kwg_many_die(test, oopses, KWG_DIES_BY_OOPS);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_PRINTK, "7"), 1);
}

/* More than an exit buries itself. */
#define KWG_HATS	50

/* One thread, and all that it is a member by. */
struct kwg_hats {
	struct kwaitgroup *wg;
	struct kwaitgroup_member m[KWG_HATS];
};

static int kwg_dies_with_many_hats(void *arg)
{
	struct kwg_hats *hats = arg;
	int i, err = 0;

	for (i = 0; i < KWG_HATS && !err; i++)
		err = kwaitgroup_join(hats->wg, &hats->m[i]);
	return err;
}

/* Of one who dies with so many memberships none stays in the count. */
static void kwg_all_hats_are_buried(struct kunit *test)
{
	struct kwg_hats *hats = kzalloc(sizeof(*hats), GFP_KERNEL);
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread t;

	KUNIT_ASSERT_NOT_NULL(test, hats);
	hats->wg = &wg;
	kwg_start(test, &t, kwg_dies_with_many_hats, hats);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), 0);
	KUNIT_EXPECT_TRUE(test, kwg_until(!kwaitgroup_count(&wg)));
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), 0L);
	kfree(hats);
}

/*
 * Members that do not die, the first process and a worker, but whose module
 * goes away: unloading this module must report them. The boot's script looks.
 */
static DEFINE_KWAITGROUP(kwg_abandoned);
static struct kwaitgroup_member kwg_abandoned_member = { .cookie = 0xabad };
static struct kwaitgroup_member kwg_forgotten_member = { .cookie = 0xabae };
static int kwg_forgotten_err;

static void kwg_forgets_to_leave(struct work_struct *work)
{
	kwg_forgotten_err = kwaitgroup_join(&kwg_abandoned,
					    &kwg_forgotten_member);
}

static DECLARE_WORK(kwg_forgetful_work, kwg_forgets_to_leave);

static void kwg_leave_member_behind(struct kunit *test)
{
	struct pid *pid = find_get_pid(1);
	struct task_struct *init = get_pid_task(pid, PIDTYPE_PID);

	KUNIT_ASSERT_NOT_NULL(test, init);
	KUNIT_EXPECT_EQ(test, kwaitgroup_join_task(&kwg_abandoned,
						   &kwg_abandoned_member,
						   init), 0);
	schedule_work(&kwg_forgetful_work);
	flush_work(&kwg_forgetful_work);
	KUNIT_EXPECT_EQ(test, kwg_forgotten_err, 0);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), 2L);
	put_task_struct(init);
	put_pid(pid);
}

/* And what it has taken and not released. */
static struct kwaitgroup_holder kwg_forgotten_holder = { .cookie = 0xabaf };

static void kwg_leave_holder_behind(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kwaitgroup_hold(&kwg_abandoned,
					      &kwg_forgotten_holder), 0);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "holders"), 1L);
}

static struct kunit_case kwg_many_deaths_cases[] = {
	KUNIT_CASE_SLOW(kwg_many_return),
	KUNIT_CASE_SLOW(kwg_many_oops),
	KUNIT_CASE(kwg_all_hats_are_buried),
	KUNIT_CASE(kwg_leave_member_behind),
	KUNIT_CASE(kwg_leave_holder_behind),
	{}
};

struct kunit_suite kwg_many_deaths_suite = {
	.name = "kwaitgroup_many_deaths",
	.init = kwg_console_watch,
	.exit = kwg_console_unwatch,
	.test_cases = kwg_many_deaths_cases,
};
