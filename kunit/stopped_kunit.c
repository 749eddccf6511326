// SPDX-License-Identifier: GPL-2.0
/*
 * kthread_stop() on members that return without having left: it may return
 * before their deaths are counted. The wait is what waits for these.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "../module/compat.h"
#include "kwg_budget.h"
#include "kwg_dying.h"

#define KWG_STOPPED	8

static unsigned int stop_ms = 5000;
module_param(stop_ms, uint, 0444);
MODULE_PARM_DESC(stop_ms, "Milliseconds for stopping members and freeing their group (0: a few rounds)");

struct kwg_staff {
	struct kwaitgroup *wg;
	struct task_struct *task[KWG_STOPPED];
	atomic_t adopted;
};

static int kwg_staff_main(void *arg)
{
	struct kwg_staff *staff = arg;
	struct kwaitgroup_member m = {};
	int err = kwaitgroup_adopt(staff->wg, &m);

	atomic_inc(&staff->adopted);
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return err;
}

static void kwg_start_staff(struct kunit *test, struct kwg_staff *staff)
{
	int i;

	atomic_set(&staff->adopted, 0);
	kwaitgroup_add(staff->wg, KWG_STOPPED);
	for (i = 0; i < KWG_STOPPED; i++) {
		staff->task[i] = kthread_create(kwg_staff_main, staff,
						"kwg_staff");
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, staff->task[i]);
		get_task_struct(staff->task[i]);
		wake_up_process(staff->task[i]);
	}
	KUNIT_EXPECT_TRUE(test, kwg_until(atomic_read(&staff->adopted) ==
					  KWG_STOPPED));
}

/* All of them have died, and whatever they did to the group is done. */
static void kwg_bury_staff(struct kunit *test, struct kwg_staff *staff)
{
	int i;

	for (i = 0; i < KWG_STOPPED; i++) {
		struct task_struct *task = staff->task[i];

		KUNIT_EXPECT_TRUE(test, kwg_until(READ_ONCE(task->exit_state)));
		put_task_struct(task);
	}
}

static void kwg_stop_and_free(struct kunit *test)
{
	struct kwg_staff staff;
	int i;

	staff.wg = kmalloc(sizeof(*staff.wg), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, staff.wg);
	kwaitgroup_init(staff.wg);
	kwg_start_staff(test, &staff);
	for (i = 0; i < KWG_STOPPED; i++)
		KUNIT_EXPECT_EQ(test, kthread_stop(staff.task[i]), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(staff.wg), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(staff.wg), 0);
	/* Free, where KASAN sees who still writes to it; or else overwritten. */
	if (IS_ENABLED(CONFIG_KASAN)) {
		kfree(staff.wg);
		kwg_bury_staff(test, &staff);
		return;
	}
	memset(staff.wg, 0xff, sizeof(*staff.wg));
	kwg_bury_staff(test, &staff);
	KUNIT_EXPECT_FALSE(test, memchr_inv(staff.wg, 0xff,
					    sizeof(*staff.wg)));
	kfree(staff.wg);
}

static void kwg_stopped_then_freed(struct kunit *test)
{
	struct kwg_budget budget = kwg_budget(stop_ms, 5);

	while (kwg_next_round(&budget))
		kwg_stop_and_free(test);
	kwg_tell_rounds(test, &budget);
}

/* The same while somebody traces exits who takes his time. */

static void kwg_slow_tracer(void *unused, KWG_EXIT_PROBE_ARGS)
{
	/* It may not sleep. */
	if (!strcmp(task->comm, "kwg_staff"))
		mdelay(1);
}

static void kwg_find_exit(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "sched_process_exit"))
		*(struct tracepoint **)found = tp;
}

static void kwg_stopped_while_traced(struct kunit *test)
{
	struct tracepoint *tp = NULL;
	struct kwg_budget budget;
	int err;

	for_each_kernel_tracepoint(kwg_find_exit, &tp);
	if (!tp)
		kunit_skip(test, "needs CONFIG_TRACEPOINTS");
	/* Before the probe that looks for members. */
	err = tracepoint_probe_register_prio(tp, kwg_slow_tracer, NULL,
					     TRACEPOINT_DEFAULT_PRIO + 1);
	KUNIT_ASSERT_EQ(test, err, 0);
	budget = kwg_budget(stop_ms, 5);
	while (kwg_next_round(&budget))
		kwg_stop_and_free(test);
	kwg_tell_rounds(test, &budget);
	tracepoint_probe_unregister(tp, kwg_slow_tracer, NULL);
	tracepoint_synchronize_unregister();
}

static struct kunit_case kwg_stopped_cases[] = {
	KUNIT_CASE_SLOW(kwg_stopped_then_freed),
	KUNIT_CASE_SLOW(kwg_stopped_while_traced),
	{}
};

struct kunit_suite kwg_stopped_suite = {
	.name = "kwaitgroup_stopped",
	.init = kwg_console_watch,
	.exit = kwg_console_unwatch,
	.test_cases = kwg_stopped_cases,
};
