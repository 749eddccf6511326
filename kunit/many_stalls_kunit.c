// SPDX-License-Identifier: GPL-2.0
/*
 * Which waits are told of, and how often: very many at the same time, those
 * that a signal ends, those whose limit changes meanwhile; and the warning of a
 * wait that takes longer than its group's do.
 */
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kwg_dying.h"
#include "kwg_stall.h"

/* So many waits are a crowd. */
#define KWG_CROWD	500

/* A group each. */
struct kwg_alone {
	struct kwaitgroup wg;
	struct kwg_sleeper s;
};

static struct kwg_alone *kwg_crowd_sleeps(struct kunit *test,
					  unsigned int state)
{
	struct kwg_alone *crowd = kvcalloc(KWG_CROWD, sizeof(*crowd),
					   GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, crowd);
	for (i = 0; i < KWG_CROWD; i++) {
		kwaitgroup_init(&crowd[i].wg);
		kwaitgroup_add(&crowd[i].wg, 1);
		kwg_put_to_sleep(test, &crowd[i].s, &crowd[i].wg, state,
				 MAX_SCHEDULE_TIMEOUT);
	}
	return crowd;
}

static void kwg_crowd_ends(struct kunit *test, struct kwg_alone *crowd)
{
	int i;

	for (i = 0; i < KWG_CROWD; i++)
		kwaitgroup_done(&crowd[i].wg);
	for (i = 0; i < KWG_CROWD; i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&crowd[i].s.thread), 0);
	kvfree(crowd);
}

/* Ten of them are told of, and all of them are counted. */
static void kwg_stalls_are_limited(struct kunit *test)
{
	struct kwg_alone *crowd;
	long before;
	u64 end;

	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "0"), 1);
	before = kwg_stat(test, "stalls");
	crowd = kwg_crowd_sleeps(test, TASK_UNINTERRUPTIBLE);
	/* This is what stalls: all have been asleep for the time. */
	end = ktime_get_ns() + NSEC_PER_SEC;
	KUNIT_EXPECT_TRUE(test, kwg_until(ktime_get_ns() >= end));
	kwg_log_look_for(0, "stall: and 490 more waits have stalled");
	kwg_log_look_for(1, "stall: group ?: kwg_test[");
	kwg_log_look_for(2, "stall: and 1 members that have not joined by name");
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "stalls"), before);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "1"), 1);
	KUNIT_EXPECT_TRUE(test, kwg_reported(1));
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "0"), 1);
	/* By then: the next look may have begun. */
	KUNIT_EXPECT_EQ(test, kwg_log.then[1], 10);
	KUNIT_EXPECT_EQ(test, kwg_log.then[2], 10);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_stat(test, "stalls") >=
					  before + KWG_CROWD));
	kwg_crowd_ends(test, crowd);
}

/* What user space has asked a driver for may take any time. */
static void kwg_patient(struct kunit *test, unsigned int state)
{
	struct kwg_alone *crowd = kwg_crowd_sleeps(test, state);
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper s;

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "impatient"), 0);
	kwg_log_look_for(0, "stall: group impatient:");
	kwg_log_look_for(1, "stall: group ");
	kwg_log_look_for(2, " more waits have stalled");
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "1"), 1);
	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &s, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_TRUE(test, kwg_reported(3));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
	/* Each line is of the impatient one; the last may just be written. */
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_log_seen(1) == kwg_log_seen(0)));
	KUNIT_EXPECT_EQ(test, kwg_log_seen(2), 0);
	kwaitgroup_unregister(&wg);
	kwg_crowd_ends(test, crowd);
}

static void kwg_interruptible_is_patient(struct kunit *test)
{
	kwg_patient(test, TASK_INTERRUPTIBLE);
}

static void kwg_killable_is_patient(struct kunit *test)
{
	kwg_patient(test, TASK_KILLABLE);
}

/* Unless the owner of the group says how long they may take, at any time. */
static void kwg_stall_when_asked(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper s;

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "asked"), 0);
	kwg_log_look_for(0, "stall: group asked:");
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "3600"), 4);
	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &s, &wg, TASK_INTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, kwaitgroup_set_stall_secs(&wg, 1), 0);
	KUNIT_EXPECT_TRUE(test, kwg_reported(2));
	KUNIT_EXPECT_EQ(test, kwaitgroup_set_stall_secs(&wg, 0), 0);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
	kwaitgroup_unregister(&wg);
}

/* A limit that becomes shorter is for who waits already, too. */
static void kwg_limit_changes(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper s;

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "changed"), 0);
	kwg_log_look_for(0, "stall: group changed:");
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "3600"), 4);
	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &s, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "1"), 1);
	KUNIT_EXPECT_TRUE(test, kwg_reported(2));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
	kwaitgroup_unregister(&wg);
}

/* So many waits are a history. */
#define KWG_HISTORY	110

static void kwg_make_history(struct kunit *test, struct kwaitgroup *wg)
{
	struct kwg_sleeper s;
	int i;

	for (i = 0; i < KWG_HISTORY; i++) {
		kwaitgroup_add(wg, 1);
		kwg_put_to_sleep(test, &s, wg, TASK_UNINTERRUPTIBLE,
				 MAX_SCHEDULE_TIMEOUT);
		kwaitgroup_done(wg);
		KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
	}
}

/*
 * The bound below which 99 of 100 waits are, from the column "2:1,8:30": the
 * first one above which there is no more than one in a hundred.
 */
static long kwg_listed_p99(struct kunit *test, const char *name)
{
	char *row = kwg_file_line(test, KWG_DEBUGFS "waits", name);
	long bound, n, all = kwg_number(row, 2), below = 0, found = -1;
	char text[KWG_COLUMN_MAX], *p = text, *pair;

	kwg_column(row, 6, text);
	while (found < 0 && (pair = strsep(&p, ",")))
		if (sscanf(pair, "%ld:%ld", &bound, &n) == 2) {
			below += n;
			if (all - below <= all / 100)
				found = bound;
		}
	kfree(row);
	return found;
}

/* Told once, of the group that has a history; its stalls are counted on. */
static void kwg_early_warning(struct kunit *test)
{
	long before = kwg_stat(test, "early_warnings");
	DECLARE_KWAITGROUP_ONSTACK(young);
	DECLARE_KWAITGROUP_ONSTACK(old);
	u64 begin_ns = ktime_get_ns();
	struct kwg_thread t[2];

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&young, "young"), 0);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&old, "old"), 0);
	kwg_make_history(test, &old);
	kwaitgroup_add(&young, 1);
	kwaitgroup_add(&old, 1);
	kwg_log_look_for(0, "slow: group old: kwg_test[");
	kwg_log_look_for(1, "slow: group young:");
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "0"), 1);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_WARN_FACTOR, "2"), 1);
	kwg_start(test, &t[0], kwg_wait_thread, &young);
	kwg_start(test, &t[1], kwg_wait_thread, &old);
	KUNIT_EXPECT_TRUE(test, kwg_reported(1));
	KUNIT_EXPECT_EQ(test, kwg_log_number(0, "old: kwg_test["),
			(long)t[1].task->pid);
	KUNIT_EXPECT_EQ(test, kwg_log_number(0, " waits took less than "),
			kwg_listed_p99(test, " old "));
	KUNIT_EXPECT_GE(test, kwg_log_number(0, " waits for "), 1L);
	KUNIT_EXPECT_LE(test, kwg_log_number(0, " waits for "),
			(long)div_u64(ktime_get_ns() - begin_ns, NSEC_PER_SEC));

	/* Two further looks of the watch. */
	kwg_log_look_for(2, "stall: group old: kwg_test[");
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "1"), 1);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_log_seen(2) >= 2));
	KUNIT_EXPECT_EQ(test, kwg_log_seen(0), 1);
	KUNIT_EXPECT_EQ(test, kwg_log_seen(1), 0);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "early_warnings"), before + 1);
	kwaitgroup_done(&young);
	kwaitgroup_done(&old);
	KUNIT_EXPECT_EQ(test, kwg_join(&t[0]), 0);
	KUNIT_EXPECT_EQ(test, kwg_join(&t[1]), 0);
	kwaitgroup_unregister(&young);
	kwaitgroup_unregister(&old);
}

/* More groups than are warned of in one look. */
#define KWG_SLOW_GROUPS	12

/* With a history, and now with a waiter; returns the history's percentile. */
static u64 kwg_start_slow(struct kunit *test, struct kwg_alone *slow, int nr)
{
	char name[16];

	snprintf(name, sizeof(name), " slow-%d ", nr);
	kwaitgroup_init(&slow->wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_register(&slow->wg, "slow-%d", nr), 0);
	kwg_make_history(test, &slow->wg);
	kwaitgroup_add(&slow->wg, 1);
	kwg_put_to_sleep(test, &slow->s, &slow->wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	return kwg_listed_p99(test, name) * NSEC_PER_USEC;
}

static void kwg_end_slow(struct kunit *test, struct kwg_alone *slow)
{
	kwaitgroup_done(&slow->wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&slow->s.thread), 0);
	kwaitgroup_unregister(&slow->wg);
}

static void kwg_warnings_are_limited(struct kunit *test)
{
	struct kwg_alone *slow = kvcalloc(KWG_SLOW_GROUPS, sizeof(*slow),
					  GFP_KERNEL);
	u64 end, late = NSEC_PER_SEC;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, slow);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "0"), 1);
	for (i = 0; i < KWG_SLOW_GROUPS; i++)
		late = max(late, kwg_start_slow(test, &slow[i], i));
	/* This is what is slow: all have been asleep for the time. */
	end = ktime_get_ns() + late;
	KUNIT_EXPECT_TRUE(test, kwg_until(ktime_get_ns() >= end));
	kwg_log_look_for(0, "slow: and 2 more waits");
	kwg_log_look_for(1, "slow: group slow-");
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_WARN_FACTOR, "1"), 1);
	KUNIT_EXPECT_TRUE(test, kwg_reported(1));
	KUNIT_EXPECT_EQ(test, kwg_log.then[1], 10);
	for (i = 0; i < KWG_SLOW_GROUPS; i++)
		kwg_end_slow(test, &slow[i]);
	kvfree(slow);
}

/* The 99th percentile of waits that took from 2^22 us to 2^23. */
#define KWG_LONG_P99_US	BIT_ULL(23)

/* As many as a history needs, at the same time: each takes five seconds. */
static void kwg_make_long_history(struct kunit *test, struct kwaitgroup *wg)
{
	struct kwg_sleeper *s = kvcalloc(KWG_HISTORY, sizeof(*s), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	kwaitgroup_add(wg, 1);
	for (i = 0; i < KWG_HISTORY; i++)
		kwg_put_to_sleep(test, &s[i], wg, TASK_UNINTERRUPTIBLE, 5 * HZ);
	for (i = 0; i < KWG_HISTORY; i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&s[i].thread), -ETIMEDOUT);
	kwaitgroup_done(wg);
	kvfree(s);
}

/* So many times it that it is a few seconds again, with the upper bits lost. */
static void kwg_warn_factor_overflows(struct kunit *test)
{
	u64 factor = div64_u64(U64_MAX, KWG_LONG_P99_US * NSEC_PER_USEC) + 1;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread t;
	char text[24];
	long p99_us;

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "long"), 0);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "0"), 1);
	kwg_make_long_history(test, &wg);
	p99_us = kwg_listed_p99(test, " long ");
	if (p99_us != (long)KWG_LONG_P99_US) {
		kwaitgroup_unregister(&wg);
		kunit_skip(test, "so slow that it took %ld us", p99_us);
	}
	snprintf(text, sizeof(text), "%llu", factor);
	kwg_log_look_for(0, "stall: group long:");
	kwg_log_look_for(1, "slow: group long:");
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_WARN_FACTOR, text),
			(ssize_t)strlen(text));
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "6"), 1);
	kwaitgroup_add(&wg, 1);
	kwg_start(test, &t, kwg_wait_thread, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_reported(1));
	KUNIT_EXPECT_EQ(test, kwg_log_seen(1), 0);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), 0);
	kwaitgroup_unregister(&wg);
}

static struct kunit_case kwg_many_stalls_cases[] = {
	KUNIT_CASE_SLOW(kwg_stalls_are_limited),
	KUNIT_CASE_SLOW(kwg_interruptible_is_patient),
	KUNIT_CASE_SLOW(kwg_killable_is_patient),
	KUNIT_CASE_SLOW(kwg_stall_when_asked),
	KUNIT_CASE_SLOW(kwg_limit_changes),
	KUNIT_CASE_SLOW(kwg_early_warning),
	KUNIT_CASE_SLOW(kwg_warnings_are_limited),
	KUNIT_CASE_SLOW(kwg_warn_factor_overflows),
	{}
};

struct kunit_suite kwg_many_stalls_suite = {
	.name = "kwaitgroup_many_stalls",
	.init = kwg_console_watch,
	.exit = kwg_stall_exit,
	.test_cases = kwg_many_stalls_cases,
};
