// SPDX-License-Identifier: GPL-2.0
/*
 * add and the last done from every context that the table in the header
 * allows. On PREEMPT_RT the "interrupts" below are threads, as they are for a
 * driver there.
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kwaitgroup_holder.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "../module/compat.h"
#include "kwg_kunit.h"

/* One group and everything that can finish it. */
static struct kwg_context {
	struct kwaitgroup wg;
	struct kwaitgroup_holder holder;
	struct work_struct work;
	struct tasklet_struct tasklet;
	struct timer_list timer;
	struct irq_work irq_work;
	struct hrtimer hrtimer;
	bool was_expected;	/* the context was the one that was meant */
} kwg_ctx;

/* What all of them do: be a member for a moment more, and finish. */
static void kwg_finish(bool expected)
{
	kwg_ctx.was_expected = expected;
	kwaitgroup_add(&kwg_ctx.wg, 1);
	kwaitgroup_done(&kwg_ctx.wg);
	if (kwaitgroup_try_add(&kwg_ctx.wg))
		kwaitgroup_done(&kwg_ctx.wg);
	if (!kwaitgroup_hold(&kwg_ctx.wg, &kwg_ctx.holder))
		kwaitgroup_release(&kwg_ctx.holder);
	kwaitgroup_done(&kwg_ctx.wg);
}

static bool kwg_in_hardirq(void)
{
	return IS_ENABLED(CONFIG_PREEMPT_RT) ? in_task() : in_hardirq();
}

static void kwg_work_fn(struct work_struct *work)
{
	kwg_finish(in_task());
}

static void kwg_tasklet_fn(struct tasklet_struct *tasklet)
{
	kwg_finish(in_serving_softirq());
}

static void kwg_timer_fn(struct timer_list *timer)
{
	kwg_finish(in_serving_softirq());
}

static void kwg_irq_work_fn(struct irq_work *work)
{
	kwg_finish(kwg_in_hardirq());
}

static enum hrtimer_restart kwg_hrtimer_fn(struct hrtimer *timer)
{
	kwg_finish(IS_ENABLED(CONFIG_PREEMPT_RT) ? in_serving_softirq() :
						   in_hardirq());
	return HRTIMER_NORESTART;
}

static void kwg_start_work(void)
{
	schedule_work(&kwg_ctx.work);
}

static void kwg_start_tasklet(void)
{
	tasklet_schedule(&kwg_ctx.tasklet);
}

static void kwg_start_timer(void)
{
	mod_timer(&kwg_ctx.timer, jiffies);
}

static void kwg_start_irq_work(void)
{
	irq_work_queue(&kwg_ctx.irq_work);
}

static void kwg_start_hrtimer(void)
{
	hrtimer_start(&kwg_ctx.hrtimer, 0, HRTIMER_MODE_REL);
}

static void kwg_finish_bh_off(void)
{
	local_bh_disable();
	kwg_finish(in_softirq());
	local_bh_enable();
}

/* Not on PREEMPT_RT, where a waker must be preemptible. */
static void kwg_finish_irqs_off(void)
{
	unsigned long flags;

	local_irq_save(flags);
	kwg_finish(irqs_disabled());
	local_irq_restore(flags);
}

static const struct kwg_context_case {
	const char *desc;
	void (*start)(void);
	bool not_on_rt;
} kwg_context_cases[] = {
	{ "workqueue", kwg_start_work },
	{ "tasklet", kwg_start_tasklet },
	{ "timer", kwg_start_timer },
	{ "irq_work", kwg_start_irq_work },
	{ "hrtimer", kwg_start_hrtimer },
	{ "bh_disabled", kwg_finish_bh_off },
	{ "irqs_disabled", kwg_finish_irqs_off, .not_on_rt = true },
};

static void kwg_context_desc(const struct kwg_context_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_context, kwg_context_cases, kwg_context_desc);

static const struct kwg_context_case *kwg_context_get(struct kunit *test)
{
	const struct kwg_context_case *c = test->param_value;

	if (c->not_on_rt && IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "misuse on PREEMPT_RT");
	kwaitgroup_init(&kwg_ctx.wg);
	kwg_ctx.was_expected = false;
	return c;
}

/* The last done finds nobody asleep. */
static void kwg_done_unwatched(struct kunit *test)
{
	const struct kwg_context_case *c = kwg_context_get(test);

	kwaitgroup_add(&kwg_ctx.wg, 1);
	c->start();
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_try_wait(&kwg_ctx.wg)));
	KUNIT_EXPECT_TRUE(test, kwg_ctx.was_expected);
}

/* The last done has a sleeper to wake. */
static void kwg_done_wakes(struct kunit *test)
{
	const struct kwg_context_case *c = kwg_context_get(test);
	struct kwg_thread t;

	kwaitgroup_add(&kwg_ctx.wg, 1);
	kwg_start(test, &t, kwg_wait_thread, &kwg_ctx.wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&kwg_ctx.wg)));
	c->start();
	KUNIT_EXPECT_EQ(test, kwg_join(&t), 0);
	KUNIT_EXPECT_TRUE(test, kwg_ctx.was_expected);
}

static int kwg_context_init(struct kunit *test)
{
	INIT_WORK(&kwg_ctx.work, kwg_work_fn);
	tasklet_setup(&kwg_ctx.tasklet, kwg_tasklet_fn);
	timer_setup(&kwg_ctx.timer, kwg_timer_fn, 0);
	init_irq_work(&kwg_ctx.irq_work, kwg_irq_work_fn);
	hrtimer_setup(&kwg_ctx.hrtimer, kwg_hrtimer_fn, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
	return 0;
}

/* A callback may still be in its last instructions: wait for them. */
static void kwg_context_exit(struct kunit *test)
{
	flush_work(&kwg_ctx.work);
	tasklet_kill(&kwg_ctx.tasklet);
	timer_delete_sync(&kwg_ctx.timer);
	irq_work_sync(&kwg_ctx.irq_work);
	hrtimer_cancel(&kwg_ctx.hrtimer);
}

static struct kunit_case kwg_context_case_list[] = {
	KUNIT_CASE_PARAM(kwg_done_unwatched, kwg_context_gen_params),
	KUNIT_CASE_PARAM(kwg_done_wakes, kwg_context_gen_params),
	{}
};

struct kunit_suite kwg_context_suite = {
	.name = "kwaitgroup_context",
	.init = kwg_context_init,
	.exit = kwg_context_exit,
	.test_cases = kwg_context_case_list,
};
