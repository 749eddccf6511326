// SPDX-License-Identifier: GPL-2.0
/*
 * A member dies and another lives: early waits end at once, waits for the rest
 * when the other is done.
 */
#include <linux/kwaitgroup_notify.h>
#include <linux/kwaitgroup_percpu.h>

#include "kwg_dying.h"

/* How to wait for the rest. */
static int kwg_rest_by_wait(void *wg)
{
	return kwaitgroup_wait(wg);
}

static int kwg_rest_by_drain(void *wg)
{
	return kwaitgroup_drain(wg);
}

static int kwg_rest_by_state(void *wg)
{
	return kwaitgroup_wait_state(wg, TASK_UNINTERRUPTIBLE,
				     MAX_SCHEDULE_TIMEOUT);
}

static int kwg_rest_idly(void *wg)
{
	return kwaitgroup_wait_state(wg, TASK_IDLE | TASK_FREEZABLE,
				     MAX_SCHEDULE_TIMEOUT);
}

static int kwg_rest_for_io(void *wg)
{
	return kwaitgroup_wait_state(wg, TASK_UNINTERRUPTIBLE |
				     KWAITGROUP_WAIT_IO, MAX_SCHEDULE_TIMEOUT);
}

static const struct kwg_rest_case {
	const char *desc;
	int (*wait)(void *wg);
} kwg_rest_cases[] = {
	{ "wait", kwg_rest_by_wait },
	{ "drain", kwg_rest_by_drain },
	{ "state", kwg_rest_by_state },
	{ "idle", kwg_rest_idly },
	{ "io", kwg_rest_for_io },
};

static void kwg_rest_desc(const struct kwg_rest_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_rest, kwg_rest_cases, kwg_rest_desc);

/* Who waits already, and who comes when the group is broken. */
static void kwg_rest_outlives_death(struct kunit *test)
{
	const struct kwg_rest_case *c = test->param_value;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_mortal mortal = {};
	struct kwg_thread before, after;
	struct kwg_sleeper early;
	s64 ticket;

	kwaitgroup_add(&wg, 1);
	kwg_raise(test, &mortal, &wg, KWG_DIES_RETURNING);
	kwg_start(test, &before, c->wait, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&wg)));
	kwg_put_to_sleep(test, &early, &wg, TASK_KILLABLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_let_die(&mortal);
	KUNIT_EXPECT_EQ(test, kwg_join(&early.thread), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	/* Who left looked whether somebody remains: one who was woken does not. */
	KUNIT_EXPECT_TRUE(test, kwaitgroup_has_waiters(&wg));
	ticket = kwg_ticket(&wg);
	kwg_start(test, &after, c->wait, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_ticket(&wg) != ticket));
	KUNIT_EXPECT_FALSE(test, completion_done(&before.exited));
	KUNIT_EXPECT_FALSE(test, completion_done(&after.exited));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&before), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, kwg_join(&after), -EOWNERDEAD);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_has_waiters(&wg));
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 0);
	kwg_reap(test, &mortal);
}

/* It does not wait for the dead. */
static void kwg_rest_all_dead(struct kunit *test)
{
	const struct kwg_rest_case *c = test->param_value;
	struct kwg_mortal mortals[2] = {};
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread t;
	int i;

	for (i = 0; i < ARRAY_SIZE(mortals); i++)
		kwg_raise(test, &mortals[i], &wg, KWG_DIES_EXITING);
	kwg_start(test, &t, c->wait, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&wg)));
	for (i = 0; i < ARRAY_SIZE(mortals); i++)
		kwg_let_die(&mortals[i]);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), -EOWNERDEAD);
	for (i = 0; i < ARRAY_SIZE(mortals); i++)
		kwg_reap(test, &mortals[i]);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), -EOWNERDEAD);
}

/* All that can end early, asleep when the member dies. */
static const struct kwg_early_case {
	const char *desc;
	unsigned int state;
	long timeout;
} kwg_early_cases[] = {
	{ "killable", TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT },
	{ "interruptible", TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT },
	{ "timeout", TASK_UNINTERRUPTIBLE, KWG_PATIENCE },
	{ "idle_timeout", TASK_IDLE, KWG_PATIENCE },
	{ "freezable", TASK_INTERRUPTIBLE | TASK_FREEZABLE,
	  MAX_SCHEDULE_TIMEOUT },
	{ "killable_io", TASK_KILLABLE | KWAITGROUP_WAIT_IO,
	  MAX_SCHEDULE_TIMEOUT },
};

static void kwg_early_desc(const struct kwg_early_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_early, kwg_early_cases, kwg_early_desc);

static void kwg_early_ends_with_death(struct kunit *test)
{
	const struct kwg_early_case *c = test->param_value;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_mortal mortal = {};
	struct kwg_sleeper s;

	kwaitgroup_add(&wg, 1);
	kwg_raise(test, &mortal, &wg, KWG_DIES_RETURNING);
	kwg_put_to_sleep(test, &s, &wg, c->state, c->timeout);
	kwg_let_die(&mortal);
	KUNIT_EXPECT_TRUE(test, kwg_until(completion_done(&s.thread.exited)));
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), -EOWNERDEAD);
	kwg_reap(test, &mortal);
}

/* A notifier is one for the rest: a break does not bring it forward. */
static struct kwaitgroup_notifier kwg_notifier;
static DECLARE_COMPLETION(kwg_notified);

static void kwg_notified_fn(struct kwaitgroup_notifier *n)
{
	complete(&kwg_notified);
}

static void kwg_death_is_notified_at_zero(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_mortal mortal = {};

	reinit_completion(&kwg_notified);
	kwaitgroup_notifier_init(&kwg_notifier, kwg_notified_fn);
	kwaitgroup_add(&wg, 1);
	kwg_raise(test, &mortal, &wg, KWG_DIES_RETURNING);
	KUNIT_EXPECT_EQ(test, kwaitgroup_notify(&wg, &kwg_notifier), 0);
	kwg_let_die(&mortal);
	kwg_reap(test, &mortal);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_count(&wg) == 1));
	/* Brought forward, it would be queued by now. */
	flush_work(&kwg_notifier.work);
	KUNIT_EXPECT_FALSE(test, completion_done(&kwg_notified));
	kwaitgroup_done(&wg);
	wait_for_completion(&kwg_notified);
	KUNIT_EXPECT_EQ(test, kwg_notifier.result, -EOWNERDEAD);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_notify_cancel(&kwg_notifier));
}

static int kwg_rest_of_percpu(void *g)
{
	return kwaitgroup_percpu_wait(g);
}

static int kwg_early_of_percpu(void *g)
{
	return kwaitgroup_percpu_wait_killable(g);
}

/* The dead was in the word, who lives in a CPU's counter when they came to wait. */
static void kwg_percpu_member_dies(struct kunit *test)
{
	struct kwg_thread rest, early;
	struct kwg_mortal mortal = {};
	struct kwaitgroup_percpu g;

	KUNIT_ASSERT_EQ(test, kwaitgroup_percpu_init(&g, 0), 0);
	kwaitgroup_percpu_add(&g, 1);
	kwg_raise(test, &mortal, &g.wg, KWG_DIES_EXITING);
	kwg_start(test, &rest, kwg_rest_of_percpu, &g);
	kwg_start(test, &early, kwg_early_of_percpu, &g);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&g.wg)));
	kwg_let_die(&mortal);
	KUNIT_EXPECT_EQ(test, kwg_join(&early), -EOWNERDEAD);
	KUNIT_EXPECT_FALSE(test, completion_done(&rest.exited));
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_count(&g), 1L);
	kwaitgroup_percpu_done(&g);
	KUNIT_EXPECT_EQ(test, kwg_join(&rest), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_reinit(&g), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait(&g), 0);
	kwaitgroup_percpu_exit(&g);
	kwg_reap(test, &mortal);
}

static struct kunit_case kwg_rest_suite_cases[] = {
	KUNIT_CASE_PARAM(kwg_rest_outlives_death, kwg_rest_gen_params),
	KUNIT_CASE_PARAM(kwg_rest_all_dead, kwg_rest_gen_params),
	KUNIT_CASE_PARAM(kwg_early_ends_with_death, kwg_early_gen_params),
	KUNIT_CASE(kwg_death_is_notified_at_zero),
	KUNIT_CASE(kwg_percpu_member_dies),
	{}
};

struct kunit_suite kwg_rest_suite = {
	.name = "kwaitgroup_rest",
	.init = kwg_console_watch,
	.exit = kwg_console_unwatch,
	.test_cases = kwg_rest_suite_cases,
};
