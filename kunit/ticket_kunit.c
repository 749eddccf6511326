// SPDX-License-Identifier: GPL-2.0
/*
 * Tickets that wrap, and wake-ups that are made in batches: module/core/ticket.c and
 * module/core/queue.c. Needs the hooks of CONFIG_KWAITGROUP_DEBUG.
 */
#include <linux/slab.h>

#include "../module/core/bucket.h"
#include "kwg_trap.h"

#ifdef CONFIG_KWAITGROUP_DEBUG

#define KWG_TICKETS	((u64)KWAITGROUP_TICKET_MASK + 1)

static int kwg_wait_one_jiffy(void *wg)
{
	return kwaitgroup_wait_timeout(wg, 1);
}

/* Somebody is queued: one who comes and goes does not find itself the last. */
static bool kwg_is_waited_for(struct kunit *test, struct kwaitgroup *wg)
{
	struct kwg_thread t;

	kwg_start(test, &t, kwg_wait_one_jiffy, wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), -ETIMEDOUT);
	return kwaitgroup_has_waiters(wg);
}

/*
 * A ticket that is as old as there are tickets, and a waker that is late by a
 * few: the waiter for the next zero, who came in between, is not woken.
 */
static void kwg_old_ticket_late_waker(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper first, second;
	struct kwg_thread waker;

	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &first, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_skip_tickets(&wg, KWG_TICKETS - 5);
	kwg_start_late_waker(test, &waker, &wg);
	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &second, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_skip_tickets(&wg, 10);
	kwg_join_trapped(&waker);
	KUNIT_EXPECT_EQ(test, kwg_join(&first.thread), 0);
	KUNIT_EXPECT_TRUE(test, kwg_is_waited_for(test, &wg));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&second.thread), 0);
}

/*
 * The ticket in the word is that of a waiter that was woken and has not left.
 * It grows old, too: a late waker that has it wakes nobody else.
 */
static int kwg_slow_to_leave(void *wg)
{
	WRITE_ONCE(kwg_trap.victim, current);
	return kwaitgroup_wait(wg);
}

static void kwg_woken_ticket_grows_old(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread slow;
	struct kwg_sleeper next;
	s64 word;

	kwaitgroup_add(&wg, 1);
	kwg_start_trapped(test, &slow, kwg_slow_to_leave, &wg,
			  KWG_WINDOW_LEAVE);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&wg)));
	kwaitgroup_done(&wg);
	kwg_await_trapped();
	kwaitgroup_add(&wg, 1);
	word = kwg_ticket(&wg);
	kwg_skip_tickets(&wg, KWG_TICKETS / 2);
	KUNIT_EXPECT_TRUE(test, kwg_ticket(&wg) != word);
	kwg_put_to_sleep(test, &next, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, kwg_join_trapped(&slow), 0);
	KUNIT_EXPECT_EQ(test, kwg_ticket(&wg), next.ticket);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&next.thread), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&wg.state), 0LL);
}

/* Whatever is drawn while one sleeps, it is found. */
static void kwg_sleeps_through_tickets(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper s;
	int i;

	for (i = 0; i < 9; i++) {
		kwaitgroup_add(&wg, 1);
		kwg_put_to_sleep(test, &s, &wg, TASK_UNINTERRUPTIBLE,
				 MAX_SCHEDULE_TIMEOUT);
		kwg_skip_tickets(&wg, KWG_TICKETS / 4 * i + i);
		kwaitgroup_done(&wg);
		KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
		KUNIT_EXPECT_EQ(test, atomic64_read(&wg.state), 0LL);
	}
}

/*
 * A waker is held between its decrement and its lock, without sleeping, as one
 * is that is preempted. Meanwhile somebody draws all tickets there are.
 */
static struct task_struct *kwg_spinner;
static bool kwg_spins, kwg_spun;

static void kwg_spin_hook(enum kwg_window window)
{
	if (window != KWG_WINDOW_FINISHED || current != kwg_spinner)
		return;
	WRITE_ONCE(kwg_spins, true);
	while (!READ_ONCE(kwg_spun))
		cpu_relax();
}

static int kwg_spinning_done(void *wg)
{
	WRITE_ONCE(kwg_spinner, current);
	kwaitgroup_done(wg);
	return 0;
}

static bool kwg_skipped;

static int kwg_skip_all(void *wg)
{
	kwg_skip_tickets(wg, KWG_TICKETS);
	WRITE_ONCE(kwg_skipped, true);
	return 0;
}

/* It has drawn them, or sleeps before it does. */
static bool kwg_skipped_or_waits(const struct kwg_thread *t)
{
	return READ_ONCE(kwg_skipped) ||
	       READ_ONCE(t->task->__state) & TASK_UNINTERRUPTIBLE;
}

static void kwg_tickets_wait_for_waker(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper first, second;
	struct kwg_thread waker, skipper;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	if (IS_ENABLED(CONFIG_PREEMPTION) && !IS_ENABLED(CONFIG_TASKS_RCU))
		kunit_skip(test, "needs CONFIG_TASKS_RCU");
	kwg_spins = false;
	kwg_spun = false;
	kwg_skipped = false;
	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &first, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	WRITE_ONCE(kwg_window_hook, kwg_spin_hook);
	kwg_start(test, &waker, kwg_spinning_done, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(READ_ONCE(kwg_spins)));
	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &second, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_start(test, &skipper, kwg_skip_all, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_skipped_or_waits(&skipper)));
	WRITE_ONCE(kwg_spun, true);
	kwg_join(&waker);
	kwg_join(&skipper);
	KUNIT_EXPECT_EQ(test, kwg_join(&first.thread), 0);
	KUNIT_EXPECT_TRUE(test, kwg_is_waited_for(test, &wg));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&second.thread), 0);
}

#define KWG_CROWD	(3 * KWG_BATCH)

/* Whoever goes on with a wake-up that was too long is held before it does. */
static struct completion kwg_goes_on, kwg_may_go_on;
static atomic_t kwg_batches;

static void kwg_unfinished_hook(enum kwg_window window)
{
	if (window != KWG_WINDOW_UNFINISHED ||
	    atomic_inc_return(&kwg_batches) > 1)
		return;
	complete(&kwg_goes_on);
	wait_for_completion(&kwg_may_go_on);
}

static struct kwg_sleeper *kwg_crowd(struct kunit *test, struct kwaitgroup *wg,
				     unsigned int state)
{
	struct kwg_sleeper *crowd = kcalloc(KWG_CROWD, sizeof(*crowd),
					    GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, crowd);
	for (i = 0; i < KWG_CROWD; i++)
		kwg_put_to_sleep(test, &crowd[i], wg, state,
				 MAX_SCHEDULE_TIMEOUT);
	return crowd;
}

/*
 * A crowd is woken in batches, and the first of those who are left, where the
 * wake-up is to go on, leaves by itself: the others are woken all the same,
 * although the group was armed again. And it has had its zero, and says so.
 */
static void kwg_leaves_amid_wake(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper *crowd;
	int i;

	atomic_set(&kwg_batches, 0);
	init_completion(&kwg_goes_on);
	init_completion(&kwg_may_go_on);
	kwaitgroup_add(&wg, 1);
	crowd = kwg_crowd(test, &wg, TASK_KILLABLE);
	WRITE_ONCE(kwg_window_hook, kwg_unfinished_hook);
	kwaitgroup_done(&wg);
	kwaitgroup_add(&wg, 1);
	/* Before it hangs, this says so. */
	KUNIT_EXPECT_TRUE(test, kwg_until(completion_done(&kwg_goes_on)));
	wait_for_completion(&kwg_goes_on);
	for (i = 0; i < KWG_BATCH; i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&crowd[i].thread), 0);
	send_sig(SIGKILL, crowd[i].thread.task, 1);
	KUNIT_EXPECT_EQ(test, kwg_join(&crowd[i].thread), 0);
	complete(&kwg_may_go_on);
	while (++i < KWG_CROWD) {
		KUNIT_EXPECT_TRUE(test,
				  kwg_until(completion_done(&crowd[i].thread.exited)));
		if (!completion_done(&crowd[i].thread.exited))
			break;
		KUNIT_EXPECT_EQ(test, crowd[i].thread.ret, 0);
	}
	/* If they were lost, they are not now. */
	kwaitgroup_done(&wg);
	for (; i < KWG_CROWD; i++)
		kwg_join(&crowd[i].thread);
	kfree(crowd);
}

/* One who is done keeps the lock, and its CPU, for a batch. */
static void kwg_count_woken_hook(enum kwg_window window)
{
	if (window == KWG_WINDOW_WOKEN && current == kwg_spinner)
		atomic_inc(&kwg_batches);
}

static int kwg_counted_done(void *wg)
{
	WRITE_ONCE(kwg_spinner, current);
	kwaitgroup_done(wg);
	return 0;
}

static void kwg_done_wakes_a_batch(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper *crowd;
	struct kwg_thread t;
	int i;

	atomic_set(&kwg_batches, 0);
	kwaitgroup_add(&wg, 1);
	crowd = kwg_crowd(test, &wg, TASK_UNINTERRUPTIBLE);
	WRITE_ONCE(kwg_window_hook, kwg_count_woken_hook);
	kwg_start(test, &t, kwg_counted_done, &wg);
	kwg_join(&t);
	for (i = 0; i < KWG_CROWD; i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&crowd[i].thread), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&kwg_batches), KWG_BATCH);
	KUNIT_EXPECT_EQ(test, atomic64_read(&wg.state), 0LL);
	kfree(crowd);
}

static struct kunit_case kwg_ticket_cases[] = {
	KUNIT_CASE(kwg_old_ticket_late_waker),
	KUNIT_CASE(kwg_woken_ticket_grows_old),
	KUNIT_CASE(kwg_sleeps_through_tickets),
	KUNIT_CASE(kwg_tickets_wait_for_waker),
	KUNIT_CASE(kwg_leaves_amid_wake),
	KUNIT_CASE(kwg_done_wakes_a_batch),
	{}
};

#else

static void kwg_ticket_needs_hooks(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_KWAITGROUP_DEBUG");
}

static struct kunit_case kwg_ticket_cases[] = {
	KUNIT_CASE(kwg_ticket_needs_hooks),
	{}
};

#endif

struct kunit_suite kwg_ticket_suite = {
	.name = "kwaitgroup_ticket",
	.exit = kwg_windows_exit,
	.test_cases = kwg_ticket_cases,
};
