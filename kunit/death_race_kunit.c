// SPDX-License-Identifier: GPL-2.0
/*
 * A death against what happens at the same time: the last done, a wait that
 * gives up. The windows are those of CONFIG_KWAITGROUP_DEBUG; the one who is
 * held in it may not sleep, as it may be dying already.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "../module/observe/registry.h"
#include "kwg_budget.h"
#include "kwg_dying.h"

static unsigned int race_ms = 5000;
module_param(race_ms, uint, 0444);
MODULE_PARM_DESC(race_ms, "Milliseconds for the race with a last done (0: a few rounds)");

static int kwg_wait_one_tick(void *wg)
{
	return kwaitgroup_wait_timeout(wg, 1);
}

/*
 * Two members, of whom one dies while the other finishes, under a waiter that
 * stays and one that gives up. Whoever comes first, the member that died was
 * not finished.
 */
static void kwg_death_against_done(struct kunit *test, int round)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_mortal mortal = {};
	struct kwg_thread hasty;
	struct kwg_sleeper s;
	int err;

	kwaitgroup_add(&wg, 1);
	kwg_raise(test, &mortal, &wg, KWG_DIES_RACING);
	kwg_put_to_sleep(test, &s, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_start(test, &hasty, kwg_wait_one_tick, &wg);
	kwg_let_die(&mortal);
	/* At another moment of the dying in each round. */
	ndelay(round % 64 * 1000);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), -EOWNERDEAD);
	err = kwg_join(&hasty);
	KUNIT_EXPECT_TRUE(test, err == -EOWNERDEAD || err == -ETIMEDOUT);
	KUNIT_EXPECT_TRUE(test, kwg_until(!kwaitgroup_count(&wg)));
	kwg_reap(test, &mortal);
	KUNIT_EXPECT_EQ(test, kwg_state(&wg), KWAITGROUP_OWNERDEAD);
}

static void kwg_death_races(struct kunit *test)
{
	struct kwg_budget budget = kwg_budget(race_ms, 10);
	long before = kwg_stat(test, "misuse_death");

	while (kwg_next_round(&budget)) {
		kwg_death_against_done(test, budget.round);
		cond_resched();
	}
	kwg_tell_rounds(test, &budget);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_stat(test, "misuse_death") ==
					  before + budget.round));
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), 0L);
}

#ifdef CONFIG_KWAITGROUP_DEBUG

/* Whoever breaks the group is held between breaking it and waking its waiters. */
static atomic_t kwg_held, kwg_let_go;

static void kwg_hold_hook(enum kwg_window window)
{
	if (window != KWG_WINDOW_BROKEN)
		return;
	atomic_inc(&kwg_held);
	while (!atomic_read(&kwg_let_go))
		cpu_relax();
}

static void kwg_hold_undertaker(struct kunit *test, struct kwg_mortal *mortal)
{
	atomic_set(&kwg_held, 0);
	atomic_set(&kwg_let_go, 0);
	WRITE_ONCE(kwg_window_hook, kwg_hold_hook);
	kwg_let_die(mortal);
	KUNIT_EXPECT_TRUE(test, kwg_until(atomic_read(&kwg_held)));
}

static void kwg_release_undertaker(struct kunit *test,
				   struct kwg_mortal *mortal, long deaths)
{
	atomic_set(&kwg_let_go, 1);
	kwg_reap(test, mortal);
	/* Where deaths are polled for, it is not the mortal who was held. */
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_stat(test, "misuse_death") ==
					  deaths));
	WRITE_ONCE(kwg_window_hook, NULL);
}

/* The last done comes into the window: it wakes, and tells of the death. */
static void kwg_done_under_death(struct kunit *test)
{
	long before = kwg_stat(test, "misuse_death");
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_mortal mortal = {};
	struct kwg_sleeper s;

	kwaitgroup_add(&wg, 1);
	kwg_raise(test, &mortal, &wg, KWG_DIES_RACING);
	kwg_put_to_sleep(test, &s, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_hold_undertaker(test, &mortal);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), -EOWNERDEAD);
	/* What is at the address now, must not be touched any more. */
	memset(&wg, 0xff, sizeof(wg));
	kwg_release_undertaker(test, &mortal, before + 1);
	KUNIT_EXPECT_FALSE(test, memchr_inv(&wg, 0xff, sizeof(wg)));
}

/* A waiter that is killed in the window learns of the death by itself. */
static void kwg_killed_under_death(struct kunit *test)
{
	long before = kwg_stat(test, "misuse_death");
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_mortal mortal = {};
	struct kwg_sleeper s;

	kwg_raise(test, &mortal, &wg, KWG_DIES_RACING);
	kwg_put_to_sleep(test, &s, &wg, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT);
	kwg_hold_undertaker(test, &mortal);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 0);
	send_sig(SIGKILL, s.thread.task, 1);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), -EOWNERDEAD);
	kwg_release_undertaker(test, &mortal, before + 1);
	KUNIT_EXPECT_EQ(test, kwg_state(&wg), KWAITGROUP_OWNERDEAD);
}

/* The group is repaired in the window: its new waiter is not woken for the old. */
static void kwg_reinit_under_death(struct kunit *test)
{
	long before = kwg_stat(test, "misuse_death");
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_mortal mortal = {};
	struct kwg_sleeper old, new;

	kwg_raise(test, &mortal, &wg, KWG_DIES_RACING);
	kwg_put_to_sleep(test, &old, &wg, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT);
	kwg_hold_undertaker(test, &mortal);
	send_sig(SIGKILL, old.thread.task, 1);
	KUNIT_EXPECT_EQ(test, kwg_join(&old.thread), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, kwaitgroup_reinit(&wg), 0);
	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &new, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_release_undertaker(test, &mortal, before + 1);
	KUNIT_EXPECT_EQ(test, kwg_ticket(&wg), new.ticket);
	KUNIT_EXPECT_FALSE(test, completion_done(&new.thread.exited));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&new.thread), 0);
}

/*
 * Two members die at once: one is off the count and not yet off its slot when
 * the other looks whether there are as many members as names. Nobody can be
 * held there by somebody else: it is under a lock, with interrupts off.
 */
static struct kwg_meeting {
	struct task_struct *first;	/* who is held */
	bool looked, decided;		/* the other one */
} kwg_meeting;

static void kwg_hold_first(void)
{
	int i;

	for (i = 0; i < 1000 && !READ_ONCE(kwg_meeting.looked); i++)
		mdelay(1);
	/* That it does not decide before this one is off, is what is tested. */
	for (i = 0; i < 200 && !READ_ONCE(kwg_meeting.decided); i++)
		mdelay(1);
}

static void kwg_meeting_hook(enum kwg_window window)
{
	struct task_struct *first = READ_ONCE(kwg_meeting.first);

	if (window == KWG_WINDOW_OFF_COUNT && !first &&
	    !cmpxchg(&kwg_meeting.first, NULL, current))
		kwg_hold_first();
	else if (window == KWG_WINDOW_CENSUS && first && first != current)
		WRITE_ONCE(kwg_meeting.looked, true);
	else if (window == KWG_WINDOW_BURY && READ_ONCE(kwg_meeting.looked))
		WRITE_ONCE(kwg_meeting.decided, true);
}

static void kwg_die_together(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_mortal mortals[2] = {};
	int i;

	for (i = 0; i < ARRAY_SIZE(mortals); i++)
		kwg_raise(test, &mortals[i], &wg, KWG_DIES_RACING);
	kwg_meeting = (struct kwg_meeting) {};
	WRITE_ONCE(kwg_window_hook, kwg_meeting_hook);
	kwg_let_die(&mortals[0]);
	/* The other one looks when this one is off the count. */
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_state(&wg) &
					  KWAITGROUP_OWNERDEAD));
	kwg_let_die(&mortals[1]);
	for (i = 0; i < ARRAY_SIZE(mortals); i++)
		kwg_reap(test, &mortals[i]);
	WRITE_ONCE(kwg_window_hook, NULL);
	/* Where they are polled for, they are dead before anybody knows. */
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_state(&wg) ==
					  KWAITGROUP_OWNERDEAD));
}

static void kwg_death_under_death(struct kunit *test)
{
	long before = kwg_stat(test, "misuse_plain_done");
	int round, met = 0;
	bool held = true;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	for (round = 0; held && met < 3 && round < 50; round++) {
		kwg_die_together(test);
		held = kwg_meeting.first;
		met += kwg_meeting.looked;
	}
	/* Who is polled for has no slot, and nobody is held. */
	KUNIT_EXPECT_TRUE(test, met || !held);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "misuse_plain_done"), before);
}

/* First the one that cannot hang when a death is mishandled. */
static struct kunit_case kwg_death_race_cases[] = {
	KUNIT_CASE(kwg_killed_under_death),
	KUNIT_CASE(kwg_done_under_death),
	KUNIT_CASE(kwg_reinit_under_death),
	KUNIT_CASE(kwg_death_under_death),
	KUNIT_CASE_SLOW(kwg_death_races),
	{}
};

#else

static void kwg_windows_need_hooks(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_KWAITGROUP_DEBUG");
}

static struct kunit_case kwg_death_race_cases[] = {
	KUNIT_CASE(kwg_windows_need_hooks),
	KUNIT_CASE_SLOW(kwg_death_races),
	{}
};

#endif

struct kunit_suite kwg_death_race_suite = {
	.name = "kwaitgroup_death_race",
	.init = kwg_console_watch,
	.exit = kwg_console_unwatch,
	.test_cases = kwg_death_race_cases,
};
