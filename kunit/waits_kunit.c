// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks that really sleep: who is woken, by what, and who must not be. A
 * waiter is known to sleep when its ticket is in the state word; nothing here
 * waits for time to pass.
 */
#include <linux/slab.h>

#include "kwg_kunit.h"

/* One way to end a wait before its time. */
static const struct kwg_abort_case {
	const char *desc;
	unsigned int state;
	long timeout;
	int signal;
	int result;
} kwg_abort_cases[] = {
	{ "signal", TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT, SIGUSR1,
	  -ERESTARTSYS },
	{ "kill", TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT, SIGKILL, -ERESTARTSYS },
	{ "kill_interruptible", TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT,
	  SIGKILL, -ERESTARTSYS },
	{ "kill_freezable", TASK_KILLABLE | TASK_FREEZABLE,
	  MAX_SCHEDULE_TIMEOUT, SIGKILL, -ERESTARTSYS },
	{ "kill_io", TASK_KILLABLE | KWAITGROUP_WAIT_IO, MAX_SCHEDULE_TIMEOUT,
	  SIGKILL, -ERESTARTSYS },
	{ "timeout", TASK_UNINTERRUPTIBLE, HZ, 0, -ETIMEDOUT },
	{ "timeout_io", TASK_UNINTERRUPTIBLE | KWAITGROUP_WAIT_IO, HZ, 0,
	  -ETIMEDOUT },
};

static void kwg_abort_desc(const struct kwg_abort_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_abort, kwg_abort_cases, kwg_abort_desc);

static int kwg_abort_sleeper(struct kwg_sleeper *s,
			     const struct kwg_abort_case *c)
{
	if (c->signal)
		send_sig(c->signal, s->thread.task, 1);
	return kwg_join(&s->thread);
}

static void kwg_abort_alone(struct kunit *test)
{
	const struct kwg_abort_case *c = test->param_value;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper s;

	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &s, &wg, c->state, c->timeout);
	KUNIT_EXPECT_EQ(test, kwg_abort_sleeper(&s, c), c->result);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_has_waiters(&wg));
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
}

/*
 * The waiter with the newest ticket gives up while one with an older ticket
 * sleeps. If it left the word without a ticket, the done would wake nobody.
 */
static void kwg_abort_keeps_older(struct kunit *test)
{
	const struct kwg_abort_case *c = test->param_value;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper older, newer;

	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &older, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_put_to_sleep(test, &newer, &wg, c->state, c->timeout);
	KUNIT_EXPECT_EQ(test, kwg_abort_sleeper(&newer, c), c->result);
	/* It covers the older one, too. */
	KUNIT_EXPECT_EQ(test, kwg_ticket(&wg), newer.ticket);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&older.thread), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&wg.state), 0LL);
}

/* The one with the older ticket gives up: the newer one's must stay. */
static void kwg_abort_keeps_newer(struct kunit *test)
{
	const struct kwg_abort_case *c = test->param_value;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper older, newer;

	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &older, &wg, c->state, c->timeout);
	kwg_put_to_sleep(test, &newer, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, kwg_abort_sleeper(&older, c), c->result);
	KUNIT_EXPECT_EQ(test, kwg_ticket(&wg), newer.ticket);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&newer.thread), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&wg.state), 0LL);
}

/* Three waiters; the middle one and then the newest give up. */
static void kwg_abort_in_turn(struct kunit *test)
{
	const struct kwg_abort_case *c = test->param_value;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper a, b, d;

	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &a, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_put_to_sleep(test, &b, &wg, c->state, c->timeout);
	kwg_put_to_sleep(test, &d, &wg, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, kwg_abort_sleeper(&b, c), c->result);
	KUNIT_EXPECT_EQ(test, kwg_ticket(&wg), d.ticket);
	send_sig(SIGKILL, d.thread.task, 1);
	KUNIT_EXPECT_EQ(test, kwg_join(&d.thread), -ERESTARTSYS);
	KUNIT_EXPECT_EQ(test, kwg_ticket(&wg), d.ticket);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&a.thread), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&wg.state), 0LL);
}

/* Signals that a state does not let in. */
static void kwg_killable_ignores_signal(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper s;

	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &s, &wg, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT);
	send_sig(SIGUSR1, s.thread.task, 1);
	KUNIT_EXPECT_EQ(test, kwg_ticket(&wg), s.ticket);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
}

static void kwg_uninterruptible_ignores_kill(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper s;

	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &s, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	send_sig(SIGKILL, s.thread.task, 1);
	KUNIT_EXPECT_EQ(test, kwg_ticket(&wg), s.ticket);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
}

struct kwg_signalled {
	struct kwaitgroup *wg;
	bool killable;
};

static int kwg_signalled_main(void *arg)
{
	struct kwg_signalled *s = arg;

	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	return s->killable ? kwaitgroup_wait_killable(s->wg) :
			     kwaitgroup_wait_interruptible(s->wg);
}

/* A signal that is pending before the wait: no sleep, unless all is done. */
static void kwg_pending_signal(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_signalled s = { .wg = &wg };
	struct kwg_thread t;
	int i;

	for (i = 0; i < 2; i++) {
		s.killable = i;
		kwaitgroup_add(&wg, 1);
		kwg_start(test, &t, kwg_signalled_main, &s);
		KUNIT_EXPECT_EQ(test, kwg_join(&t), -ERESTARTSYS);
		KUNIT_EXPECT_FALSE(test, kwaitgroup_has_waiters(&wg));
		kwaitgroup_done(&wg);
		kwg_start(test, &t, kwg_signalled_main, &s);
		KUNIT_EXPECT_EQ(test, kwg_join(&t), 0);
	}
}

/* More than are woken at a time. */
#define KWG_CROWD	100

static void kwg_wakes_all(struct kunit *test)
{
	struct kwg_sleeper *crowd = kcalloc(KWG_CROWD, sizeof(*crowd),
					    GFP_KERNEL);
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, crowd);
	kwaitgroup_add(&wg, 1);
	for (i = 0; i < KWG_CROWD; i++)
		kwg_put_to_sleep(test, &crowd[i], &wg, TASK_UNINTERRUPTIBLE,
				 MAX_SCHEDULE_TIMEOUT);
	kwaitgroup_done(&wg);
	for (i = 0; i < KWG_CROWD; i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&crowd[i].thread), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&wg.state), 0LL);
	kfree(crowd);
}

/*
 * S2: the group is armed again before the woken waiter can run, and stays
 * armed until it has returned. A wait for the condition "count is zero" would
 * sleep for ever here. The add follows the done at once, so on most rounds the
 * waiter has not run yet.
 */
static void kwg_rearmed_at_once(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper s;
	int i;

	for (i = 0; i < 100; i++) {
		kwaitgroup_add(&wg, 1);
		kwg_put_to_sleep(test, &s, &wg, TASK_UNINTERRUPTIBLE,
				 MAX_SCHEDULE_TIMEOUT);
		kwaitgroup_done(&wg);
		kwaitgroup_add(&wg, 1);
		KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
		kwaitgroup_done(&wg);
	}
}

/* A waiter for the second zero is not woken by the first. */
static void kwg_not_woken_by_old_zero(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper first, second;

	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &first, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwaitgroup_done(&wg);
	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &second, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, kwg_join(&first.thread), 0);
	KUNIT_EXPECT_FALSE(test, completion_done(&second.thread.exited));
	KUNIT_EXPECT_EQ(test, kwg_ticket(&wg), second.ticket);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&second.thread), 0);
}

#define KWG_NEIGHBOURS	600	/* more than buckets: some share one */

/* Groups that share a bucket do not wake each other's waiters. */
static void kwg_neighbours(struct kunit *test)
{
	struct kwaitgroup *wg = kcalloc(KWG_NEIGHBOURS, sizeof(*wg),
					GFP_KERNEL);
	struct kwg_sleeper s;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, wg);
	for (i = 0; i < KWG_NEIGHBOURS; i++)
		kwaitgroup_init(&wg[i]);
	kwaitgroup_add(&wg[0], 1);
	kwg_put_to_sleep(test, &s, &wg[0], TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	for (i = 1; i < KWG_NEIGHBOURS; i++) {
		kwaitgroup_add(&wg[i], 1);
		/* A ticket makes the done visit its bucket: any will do. */
		atomic64_or(s.ticket, &wg[i].state);
		kwaitgroup_done(&wg[i]);
	}
	KUNIT_EXPECT_FALSE(test, completion_done(&s.thread.exited));
	KUNIT_EXPECT_EQ(test, kwg_ticket(&wg[0]), s.ticket);
	kwaitgroup_done(&wg[0]);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
	kfree(wg);
}

static int kwg_drain_thread(void *wg)
{
	return kwaitgroup_drain(wg);
}

static void kwg_drain_waits(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread t;

	KUNIT_EXPECT_TRUE(test, kwaitgroup_try_add(&wg));
	kwg_start(test, &t, kwg_drain_thread, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&wg)));
	KUNIT_EXPECT_FALSE(test, kwaitgroup_try_add(&wg));
	KUNIT_EXPECT_FALSE(test, completion_done(&t.exited));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), 0);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_try_add(&wg));
}

static struct kunit_case kwg_waits_cases[] = {
	KUNIT_CASE_PARAM(kwg_abort_alone, kwg_abort_gen_params),
	KUNIT_CASE_PARAM(kwg_abort_keeps_older, kwg_abort_gen_params),
	KUNIT_CASE_PARAM(kwg_abort_keeps_newer, kwg_abort_gen_params),
	KUNIT_CASE_PARAM(kwg_abort_in_turn, kwg_abort_gen_params),
	KUNIT_CASE(kwg_killable_ignores_signal),
	KUNIT_CASE(kwg_uninterruptible_ignores_kill),
	KUNIT_CASE(kwg_pending_signal),
	KUNIT_CASE(kwg_wakes_all),
	KUNIT_CASE(kwg_rearmed_at_once),
	KUNIT_CASE(kwg_not_woken_by_old_zero),
	KUNIT_CASE(kwg_neighbours),
	KUNIT_CASE(kwg_drain_waits),
	{}
};

struct kunit_suite kwg_waits_suite = {
	.name = "kwaitgroup_waits",
	.test_cases = kwg_waits_cases,
};
