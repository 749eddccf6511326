// SPDX-License-Identifier: GPL-2.0
/*
 * Last dones where no lock can be taken, or none that sleeps: nothing is lost,
 * and nothing reported, but more of them in one NMI than are remembered.
 */
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "kwg_console.h"

/* The group is armed again before anybody can have been woken. */
static void kwg_done_irqs_off(struct kwaitgroup *wg, int groups)
{
	unsigned long flags;
	int i;

	local_irq_save(flags);
	for (i = 0; i < groups; i++)
		kwaitgroup_done(&wg[i]);
	kwaitgroup_add(&wg[0], 1);
	local_irq_restore(flags);
}

/* As the entry of an NMI leaves the context for its handlers. */
static void kwg_done_in_nmi(struct kwaitgroup *wg, int groups)
{
	unsigned long flags;
	int i;

	local_irq_save(flags);
	__preempt_count_add(NMI_OFFSET + HARDIRQ_OFFSET);
	for (i = 0; i < groups; i++)
		kwaitgroup_done(&wg[i]);
	__preempt_count_sub(NMI_OFFSET + HARDIRQ_OFFSET);
	kwaitgroup_add(&wg[0], 1);
	local_irq_restore(flags);
}

static const struct kwg_deferred_case {
	const char *desc;
	void (*done)(struct kwaitgroup *wg, int groups);
} kwg_deferred_cases[] = {
	{ "irqs_disabled", kwg_done_irqs_off },
	{ "nmi", kwg_done_in_nmi },
};

static void kwg_deferred_desc(const struct kwg_deferred_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_deferred, kwg_deferred_cases, kwg_deferred_desc);

/* Groups that each have a waiter. */
#define KWG_GROUPS	12

static struct kwaitgroup kwg_group[KWG_GROUPS];
static struct kwg_sleeper kwg_sleeper[KWG_GROUPS];

static void kwg_arm_groups(struct kunit *test, int groups)
{
	int i;

	for (i = 0; i < groups; i++) {
		kwaitgroup_init(&kwg_group[i]);
		kwaitgroup_add(&kwg_group[i], 1);
		kwg_put_to_sleep(test, &kwg_sleeper[i], &kwg_group[i],
				 TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
	}
}

/* Each had its zero, also the one that was armed again; nobody else had. */
static void kwg_wake_in_any_context(struct kunit *test)
{
	const struct kwg_deferred_case *c = test->param_value;
	DECLARE_KWAITGROUP_ONSTACK(other);
	struct kwg_sleeper sleeper;
	int i;

	kwaitgroup_add(&other, 1);
	kwg_put_to_sleep(test, &sleeper, &other, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_arm_groups(test, 8);
	c->done(kwg_group, 8);
	for (i = 0; i < 8; i++) {
		KUNIT_EXPECT_TRUE(test,
				  kwg_until(completion_done(&kwg_sleeper[i].thread.exited)));
		KUNIT_EXPECT_EQ(test, kwg_sleeper[i].thread.ret, 0);
	}
	kwaitgroup_done(&kwg_group[0]);
	for (i = 0; i < 8; i++)
		kwg_join(&kwg_sleeper[i].thread);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 0);
	KUNIT_EXPECT_EQ(test, kwg_ticket(&other), sleeper.ticket);
	kwaitgroup_done(&other);
	KUNIT_EXPECT_EQ(test, kwg_join(&sleeper.thread), 0);
}

/* More than there are places: reported, and looked for. */
static void kwg_nmi_overflows(struct kunit *test)
{
	int i;

	kwg_arm_groups(test, KWG_GROUPS);
	kwg_done_in_nmi(&kwg_group[0], KWG_GROUPS);
	for (i = 0; i < KWG_GROUPS; i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&kwg_sleeper[i].thread), 0);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_log.reports));
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, "in one NMI"));
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, "kwg_done_in_nmi"));
	kwaitgroup_done(&kwg_group[0]);
}

static struct kunit_case kwg_deferred_case_list[] = {
	KUNIT_CASE_PARAM(kwg_wake_in_any_context, kwg_deferred_gen_params),
	KUNIT_CASE(kwg_nmi_overflows),
	{}
};

struct kunit_suite kwg_deferred_suite = {
	.name = "kwaitgroup_deferred",
	.init = kwg_console_watch,
	.exit = kwg_console_unwatch,
	.test_cases = kwg_deferred_case_list,
};
