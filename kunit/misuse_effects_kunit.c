// SPDX-License-Identifier: GPL-2.0
/*
 * What misuse leads to: the group is named and shown as broken, a flood is
 * limited, and lockdep reports a wait that can deadlock.
 */
#include <linux/mutex.h>
#include <linux/string.h>

#include "kwg_console.h"
#include "kwg_lists.h"

/* A registered group is called by its name. */
static void kwg_report_names_group(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "orders"), 0);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, "group orders,"));
	KUNIT_EXPECT_EQ(test, kwaitgroup_reinit(&wg), 0);
	kwaitgroup_unregister(&wg);
}

static bool kwg_has_row(const char *listed, const char *name, int count,
			const char *waiters, const char *flags)
{
	char row[80];

	snprintf(row, sizeof(row), " %-31s %11d %-7s %-5s ", name, count,
		 waiters, flags);
	return strstr(listed, row);
}

/* debugfs shows that a group is broken, and that somebody waits for one. */
static void kwg_broken_is_listed(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(broken);
	DECLARE_KWAITGROUP_ONSTACK(awaited);
	struct kwg_thread t;
	char *listed;

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&broken, "b"), 0);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&awaited, "w"), 0);
	kwaitgroup_done(&broken);
	kwaitgroup_add(&awaited, 1);
	kwg_start(test, &t, kwg_wait_thread, &awaited);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&awaited)));
	listed = kwg_read_file(test, KWG_DEBUGFS "groups");
	KUNIT_EXPECT_TRUE(test, kwg_has_row(listed, "b", 0, "no", "B"));
	KUNIT_EXPECT_TRUE(test, kwg_has_row(listed, "w", 1, "yes", "-"));
	kvfree(listed);
	kwaitgroup_done(&awaited);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), 0);
	kwaitgroup_unregister(&awaited);
	kwaitgroup_unregister(&broken);
}

/* One call site in a loop: all are counted, only a few are reported. */
static void kwg_flood_is_limited(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	long before = kwg_stat(test, "misuse_negative");
	int i;

	for (i = 0; i < 1000; i++)
		kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "misuse_negative"), before + 1000);
	KUNIT_EXPECT_GE(test, kwg_log.reports, 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 0);
}

/*
 * A wait under a lock that a guarded section takes. No deadlock happens here,
 * as the group is empty by then; lockdep knows that one could. It reports once
 * and then falls silent for good, so this is the last case that needs it.
 */
static DEFINE_MUTEX(kwg_mutex);

static void kwg_guarded_section(struct kwaitgroup *wg)
{
	guard(kwaitgroup_done)(wg);

	mutex_lock(&kwg_mutex);
	mutex_unlock(&kwg_mutex);
}

/* By a task that is itself a member of a group of that class. */
static void kwg_wait_under_lock(struct kunit *test)
{
	struct kwaitgroup wg[2];
	int i;

	if (!IS_ENABLED(CONFIG_PROVE_LOCKING))
		kunit_skip(test, "needs CONFIG_PROVE_LOCKING");
	for (i = 0; i < ARRAY_SIZE(wg); i++) {
		kwaitgroup_init(&wg[i]);
		kwaitgroup_add(&wg[i], 1);
	}
	kwg_guarded_section(&wg[0]);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg[0]), 0);
	{
		guard(kwaitgroup_done)(&wg[1]);

		KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg[0]), 0);
		KUNIT_EXPECT_EQ(test, kwg_log.cycles, 0);
		mutex_lock(&kwg_mutex);
		KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg[0]), 0);
		mutex_unlock(&kwg_mutex);
	}
	KUNIT_EXPECT_EQ(test, kwg_log.cycles, 1);
}

static struct kunit_case kwg_misuse_effects_cases[] = {
	KUNIT_CASE(kwg_report_names_group),
	KUNIT_CASE(kwg_broken_is_listed),
	KUNIT_CASE(kwg_flood_is_limited),
	KUNIT_CASE(kwg_wait_under_lock),
	{}
};

struct kunit_suite kwg_misuse_effects_suite = {
	.name = "kwaitgroup_misuse_effects",
	.init = kwg_console_watch,
	.exit = kwg_console_unwatch,
	.test_cases = kwg_misuse_effects_cases,
};
