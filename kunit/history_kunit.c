// SPDX-License-Identifier: GPL-2.0
/*
 * What a wait is accounted as: its length in debugfs' "waits", in the counters
 * of "stats", and as a wait for I/O or not.
 */
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "kwg_lists.h"

enum { WAITS_ID, WAITS_NAME, WAITS_WAITS, WAITS_ABORTED, WAITS_TOTAL,
	WAITS_MAX, WAITS_HISTOGRAM };

/* From this on a wait has no upper bound in the histogram. */
#define KWG_UNBOUND_US	BIT(23)

/* A wait of a group of its own, so that each line is of one wait. */
struct kwg_measured {
	struct kwg_thread thread;
	struct kwaitgroup wg;
	long timeout;
	u64 ns;			/* how long it took, and a little more */
};

static int kwg_measured_main(void *arg)
{
	struct kwg_measured *m = arg;
	u64 begin = ktime_get_ns();
	int err = kwaitgroup_wait_timeout(&m->wg, m->timeout);

	m->ns = ktime_get_ns() - begin;
	return err;
}

/* The bucket of the one wait of a line: below the bound, and above its half. */
static void kwg_expect_bucket(struct kunit *test, const char *row, long us)
{
	char text[KWG_COLUMN_MAX];
	long bound, n;

	kwg_column(row, WAITS_HISTOGRAM, text);
	if (us >= (long)KWG_UNBOUND_US) {
		KUNIT_EXPECT_STREQ(test, text, "inf:1");
		return;
	}
	KUNIT_EXPECT_EQ(test, sscanf(text, "%ld:%ld", &bound, &n), 2);
	KUNIT_EXPECT_FALSE(test, strchr(text, ','));
	KUNIT_EXPECT_EQ(test, n, 1L);
	KUNIT_EXPECT_GT(test, bound, us);
	KUNIT_EXPECT_LE(test, bound / 2, us);
}

static void kwg_expect_measured(struct kunit *test, struct kwg_measured *m,
				const char *name)
{
	char *row = kwg_file_line(test, KWG_DEBUGFS "waits", name);
	long us = kwg_number(row, WAITS_TOTAL);

	KUNIT_EXPECT_EQ(test, kwg_number(row, WAITS_WAITS), 1L);
	KUNIT_EXPECT_EQ(test, kwg_number(row, WAITS_ABORTED), 1L);
	KUNIT_EXPECT_EQ(test, kwg_number(row, WAITS_MAX), us);
	KUNIT_EXPECT_LE(test, us, (long)div_u64(m->ns, NSEC_PER_USEC));
	/* The tick that has begun is not whole. */
	KUNIT_EXPECT_GE(test, us, (long)jiffies_to_usecs(m->timeout - 1));
	kwg_expect_bucket(test, row, us);
	kfree(row);
}

/* Waits from two ticks to more than the histogram has bounds for. */
static void kwg_waits_are_measured(struct kunit *test)
{
	static const int ticks_ms[] = { 0, 20, 100, 500, 2500, 8600 };
	struct kwg_measured m[ARRAY_SIZE(ticks_ms)];
	char name[16];
	int i;

	kwg_need_files(test);
	for (i = 0; i < ARRAY_SIZE(m); i++) {
		kwaitgroup_init(&m[i].wg);
		kwaitgroup_add(&m[i].wg, 1);
		m[i].timeout = 2 + msecs_to_jiffies(ticks_ms[i]);
		KUNIT_EXPECT_EQ(test, kwaitgroup_register(&m[i].wg, "took-%d",
							  i), 0);
		kwg_start(test, &m[i].thread, kwg_measured_main, &m[i]);
	}
	for (i = 0; i < ARRAY_SIZE(m); i++) {
		KUNIT_EXPECT_EQ(test, kwg_join(&m[i].thread), -ETIMEDOUT);
		snprintf(name, sizeof(name), " took-%d ", i);
		kwg_expect_measured(test, &m[i], name);
		kwaitgroup_done(&m[i].wg);
		kwaitgroup_unregister(&m[i].wg);
	}
}

static void kwg_expect_age(struct kunit *test, const char *path, int nr,
			   long least, u64 begin_ns)
{
	char *row = kwg_file_line(test, path, " aged ");
	u64 most = div_u64(ktime_get_ns() - begin_ns, NSEC_PER_SEC);

	KUNIT_EXPECT_GE(test, kwg_age(row, nr), least);
	KUNIT_EXPECT_LE(test, kwg_age(row, nr), (long)most);
	kfree(row);
}

/* The age of a group and of who waits for it, after two seconds of it. */
static void kwg_ages_are_seconds(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(never);
	u64 begin_ns = ktime_get_ns();
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper s;

	kwg_need_files(test);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "aged"), 0);
	kwaitgroup_add(&wg, 1);
	kwaitgroup_add(&never, 1);
	kwg_put_to_sleep(test, &s, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&never, 2 * HZ + 2),
			-ETIMEDOUT);
	kwg_expect_age(test, KWG_DEBUGFS "waiters", WAITER_AGE, 2, begin_ns);
	kwg_expect_age(test, KWG_DEBUGFS "groups", GROUP_AGE, 2, begin_ns);
	kwaitgroup_done(&never);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
	kwaitgroup_unregister(&wg);
}

/* What sleeps, is woken and gives up is counted, and nothing else is. */
static void kwg_waits_are_counted(struct kunit *test)
{
	long slept, woken, aborted, groups;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper s[3];
	int i;

	kwg_need_files(test);
	slept = kwg_stat(test, "waits_slept");
	woken = kwg_stat(test, "waiters_woken");
	aborted = kwg_stat(test, "waits_aborted");
	groups = kwg_stat(test, "groups_registered");
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "counted"), 0);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "groups_registered"), groups + 1);
	kwaitgroup_add(&wg, 1);
	for (i = 0; i < ARRAY_SIZE(s); i++)
		kwg_put_to_sleep(test, &s[i], &wg, TASK_INTERRUPTIBLE,
				 MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "waits_slept"), slept + 3);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "waiters_woken"), woken);
	send_sig(SIGUSR1, s[1].thread.task, 1);
	KUNIT_EXPECT_EQ(test, kwg_join(&s[1].thread), -ERESTARTSYS);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "waits_aborted"), aborted + 1);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&s[0].thread), 0);
	KUNIT_EXPECT_EQ(test, kwg_join(&s[2].thread), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "waits_slept"), slept + 3);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "waiters_woken"), woken + 2);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "waits_aborted"), aborted + 1);
	kwaitgroup_unregister(&wg);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "groups_registered"), groups);
}

static bool kwg_is_in_io(const struct kwg_sleeper *s)
{
	/* It changes a moment later: it is looked at until it has. */
	return data_race(!!s->thread.task->in_iowait);
}

/* A task that sleeps for I/O counts as that, and no other does. */
static void kwg_wait_is_for_io(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper io, other;

	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &io, &wg,
			 TASK_UNINTERRUPTIBLE | KWAITGROUP_WAIT_IO,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_put_to_sleep(test, &other, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	/* Set before it sleeps, and a little after its ticket is known. */
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_is_in_io(&io)));
	KUNIT_EXPECT_TRUE(test, kwg_until(READ_ONCE(other.thread.task->__state) ==
					  TASK_UNINTERRUPTIBLE));
	KUNIT_EXPECT_FALSE(test, kwg_is_in_io(&other));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&io.thread), 0);
	KUNIT_EXPECT_EQ(test, kwg_join(&other.thread), 0);
}

static struct kunit_case kwg_history_cases[] = {
	KUNIT_CASE_SLOW(kwg_waits_are_measured),
	KUNIT_CASE_SLOW(kwg_ages_are_seconds),
	KUNIT_CASE(kwg_waits_are_counted),
	KUNIT_CASE(kwg_wait_is_for_io),
	{}
};

struct kunit_suite kwg_history_suite = {
	.name = "kwaitgroup_history",
	.test_cases = kwg_history_cases,
};
