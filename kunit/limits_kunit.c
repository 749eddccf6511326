// SPDX-License-Identifier: GPL-2.0
/*
 * What is limited: the count, however many add or finish at the same time, and
 * how often a call site of misuse is reported.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "../module/observe/registry.h"
#include "kwg_console.h"
#include "kwg_lists.h"

#ifdef CONFIG_KWAITGROUP_DEBUG

/* Two more calls before the first one is undone: together they wrap. */
static struct kwg_meanwhile {
	struct kwaitgroup wg;
	int n;
	int calls;
} kwg_meanwhile;

static void kwg_call_meanwhile(enum kwg_window window)
{
	struct kwg_meanwhile *m = &kwg_meanwhile;

	if (window != KWG_WINDOW_UNDO || m->calls == 2)
		return;
	m->calls++;
	kwaitgroup_add(&m->wg, m->n);
}

static void kwg_calls_overlap(struct kunit *test, int before, int n)
{
	struct kwg_meanwhile *m = &kwg_meanwhile;

	kwaitgroup_init(&m->wg);
	kwaitgroup_add(&m->wg, before);
	m->n = n;
	m->calls = 0;
	WRITE_ONCE(kwg_window_hook, kwg_call_meanwhile);
	kwaitgroup_add(&m->wg, n);
	WRITE_ONCE(kwg_window_hook, NULL);
	KUNIT_EXPECT_EQ(test, m->calls, 2);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 3);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&m->wg), before);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&m->wg, 0), -EBADFD);
}

#else

static void kwg_calls_overlap(struct kunit *test, int before, int n)
{
	kunit_skip(test, "needs CONFIG_KWAITGROUP_DEBUG");
}

#endif

static void kwg_adds_overlap(struct kunit *test)
{
	kwg_calls_overlap(test, KWAITGROUP_COUNT_MAX, KWAITGROUP_COUNT_MAX);
}

static void kwg_few_adds_overlap(struct kunit *test)
{
	kwg_calls_overlap(test, KWAITGROUP_COUNT_MAX, KWAITGROUP_ADD_MAX);
}

static void kwg_finishes_overlap(struct kunit *test)
{
	kwg_calls_overlap(test, 0, -KWAITGROUP_COUNT_MAX);
}

/* What fits is added, to the last one, by whichever way it goes. */
static void kwg_fills_to_the_brim(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int n, left = KWAITGROUP_COUNT_MAX;

	for (n = 1; n <= 1024; n += 31) {
		kwaitgroup_add(&wg, n);
		left -= n;
	}
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg),
			KWAITGROUP_COUNT_MAX - left);
	kwaitgroup_add(&wg, left);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), KWAITGROUP_COUNT_MAX);
	kwaitgroup_add(&wg, -KWAITGROUP_COUNT_MAX);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 0);
}

/* Members are left behind also by a group that is broken. */
static void kwg_unregister_broken(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "broken"), 0);
	kwaitgroup_add(&wg, 1);
	kwaitgroup_add(&wg, -2);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 1);
	kwaitgroup_unregister(&wg);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 2);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line,
				       "with members or waiters left, count 1"));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 2);
}

/* The reports of a call site in an interval, and the intervals. */
#define KWG_LIMIT	10
#define KWG_INTERVAL	(5 * HZ)
/* Call sites that there is room for. */
#define KWG_SITES	64

static DEFINE_KWAITGROUP(kwg_misused);

/* Misuse, as if by a call at @ip. */
static void kwg_misuse_at(unsigned long ip)
{
	__kwaitgroup_add(&kwg_misused, INT_MAX, ip);
}

/*
 * A WARN has many lines, and a console is slow. What is logged is seen all the
 * same by who looks at the log.
 */
static int kwg_console_level;

static void kwg_console_off(void)
{
	kwg_console_level = console_loglevel;
	console_loglevel = CONSOLE_LOGLEVEL_SILENT;
}

static void kwg_console_on(void)
{
	console_loglevel = kwg_console_level;
}

/* By as many call sites as there is room for. */
static unsigned long kwg_misuse_at_sites(void)
{
	unsigned long site = (unsigned long)kwg_unregister_broken;
	int i;

	/* Known, it is taken for a call to there. */
	OPTIMIZER_HIDE_VAR(site);
	kwg_console_off();
	for (i = 0; i < KWG_SITES; i++)
		kwg_misuse_at(site + i);
	kwg_console_on();
	return site;
}

/* As many as are allowed are reported of one call site. */
static void kwg_expect_limited(struct kunit *test, unsigned long site)
{
	unsigned long begin = jiffies, intervals;
	int i, before = kwg_log.reports;

	kwg_console_off();
	for (i = 0; i < 10 * KWG_LIMIT; i++)
		kwg_misuse_at(site);
	kwg_console_on();
	/* One that has begun, those that are over, and one that was begun. */
	intervals = (jiffies - begin) / KWG_INTERVAL + 1;
	KUNIT_EXPECT_GE(test, kwg_log.reports - before, KWG_LIMIT);
	KUNIT_EXPECT_LE(test, kwg_log.reports - before,
			(int)(KWG_LIMIT * intervals));
}

static void kwg_site_is_limited(struct kunit *test)
{
	kwg_expect_limited(test, _THIS_IP_);
}

/* debugfs has the last reports, in the order in which they came. */
#define KWG_REPORTS	64

static void kwg_expect_full_ring(struct kunit *test)
{
	char *listed, *line, *next;
	long seq = 0, last = 0;
	int lines = 0;

	listed = kwg_read_file(test, KWG_DEBUGFS "misuse");
	next = listed;
	/* The first one is the header. */
	strsep(&next, "\n");
	while ((line = strsep(&next, "\n")) && *line) {
		seq = kwg_number(line, MISUSE_SEQ);
		KUNIT_EXPECT_TRUE(test, !lines || seq == last + 1);
		KWG_EXPECT_COLUMN(test, line, MISUSE_KIND, "overflow");
		last = seq;
		lines++;
	}
	KUNIT_EXPECT_EQ(test, lines, KWG_REPORTS);
	kvfree(listed);
}

/*
 * More call sites than there is room for. Those that were not seen for a while
 * make room, so the misuse of two others is told apart. They would meet in the
 * same place if there was none.
 */
static void kwg_sites_make_room(struct kunit *test)
{
	unsigned long site = kwg_misuse_at_sites(), other, end;
	int i;

	/* This is how long a place is kept. */
	end = jiffies + KWG_INTERVAL + 1;
	KUNIT_EXPECT_TRUE(test, kwg_until(time_after(jiffies, end)));
	/* One that is known still has an interval of its own by now. */
	kwg_expect_limited(test, site);
	site += KWG_SITES;
	other = site + 1;
	/* By the address and the kind, which is 1 for an overflow. */
	while (hash_long(other + 1, 6) != hash_long(site + 1, 6))
		other++;
	kwg_console_off();
	for (i = 0; i < 2 * KWG_LIMIT; i++)
		kwg_misuse_at(site);
	i = kwg_log.reports;
	kwg_misuse_at(other);
	kwg_console_on();
	KUNIT_EXPECT_EQ(test, kwg_log.reports, i + 1);
	kwg_expect_full_ring(test);
}

static struct kunit_case kwg_limits_cases[] = {
	KUNIT_CASE(kwg_fills_to_the_brim),
	KUNIT_CASE(kwg_unregister_broken),
	KUNIT_CASE(kwg_adds_overlap),
	KUNIT_CASE(kwg_few_adds_overlap),
	KUNIT_CASE(kwg_finishes_overlap),
	KUNIT_CASE_SLOW(kwg_site_is_limited),
	KUNIT_CASE_SLOW(kwg_sites_make_room),
	{}
};

struct kunit_suite kwg_limits_suite = {
	.name = "kwaitgroup_limits",
	.init = kwg_console_watch,
	.exit = kwg_console_unwatch,
	.test_cases = kwg_limits_cases,
};
