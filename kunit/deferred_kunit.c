// SPDX-License-Identifier: GPL-2.0
/*
 * A last done where the bucket lock must not be taken: it is reported, and the
 * wake-up made from an irq_work, see sweep.c.
 */
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "kwg_console.h"

static void kwg_done_irqs_off(struct kwaitgroup *wg)
{
	unsigned long flags;

	local_irq_save(flags);
	kwaitgroup_done(wg);
	local_irq_restore(flags);
}

/* As the entry of an NMI leaves the context for its handlers. */
static void kwg_done_in_nmi(struct kwaitgroup *wg)
{
	unsigned long flags;

	local_irq_save(flags);
	__preempt_count_add(NMI_OFFSET + HARDIRQ_OFFSET);
	kwaitgroup_done(wg);
	__preempt_count_sub(NMI_OFFSET + HARDIRQ_OFFSET);
	local_irq_restore(flags);
}

static const struct kwg_deferred_case {
	const char *desc;
	void (*done)(struct kwaitgroup *wg);
	bool only_on_rt;
} kwg_deferred_cases[] = {
	{ "irqs_disabled", kwg_done_irqs_off, .only_on_rt = true },
	{ "nmi", kwg_done_in_nmi },
};

static void kwg_deferred_desc(const struct kwg_deferred_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_deferred, kwg_deferred_cases, kwg_deferred_desc);

/* It is reported, and the wake-up made later, of those who are to be woken. */
static void kwg_wake_deferred(struct kunit *test)
{
	const struct kwg_deferred_case *c = test->param_value;
	DECLARE_KWAITGROUP_ONSTACK(other);
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper sleeper;
	struct kwg_thread t;

	if (c->only_on_rt && !IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "allowed without PREEMPT_RT");
	kwaitgroup_add(&other, 1);
	kwg_put_to_sleep(test, &sleeper, &other, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwaitgroup_add(&wg, 1);
	kwg_start(test, &t, kwg_wait_thread, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&wg)));
	c->done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), 0);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, "context that cannot"));
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, "kwg_done_i"));

	KUNIT_EXPECT_FALSE(test, completion_done(&sleeper.thread.exited));
	KUNIT_EXPECT_EQ(test, kwg_ticket(&other), sleeper.ticket);
	kwaitgroup_done(&other);
	KUNIT_EXPECT_EQ(test, kwg_join(&sleeper.thread), 0);
}

static struct kunit_case kwg_deferred_case_list[] = {
	KUNIT_CASE_PARAM(kwg_wake_deferred, kwg_deferred_gen_params),
	{}
};

struct kunit_suite kwg_deferred_suite = {
	.name = "kwaitgroup_deferred",
	.init = kwg_console_watch,
	.exit = kwg_console_unwatch,
	.test_cases = kwg_deferred_case_list,
};
