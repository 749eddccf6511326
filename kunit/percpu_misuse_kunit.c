// SPDX-License-Identifier: GPL-2.0
/* Misuse of groups that scale: whoever gathers the counters finds it, and says so. */
#include <linux/kwaitgroup_percpu.h>
#include <linux/string.h>

#include "kwg_console.h"
#include "kwg_lists.h"

static struct kwaitgroup_percpu kwg_misused;

static int kwg_percpu_misuse_start(struct kunit *test)
{
	int err = kwaitgroup_percpu_init(&kwg_misused, KWAITGROUP_PERCPU_EXPEDITED);

	return err ?: kwg_console_watch(test);
}

static void kwg_percpu_misuse_end(struct kunit *test)
{
	kwg_console_unwatch(test);
	kwaitgroup_percpu_exit(&kwg_misused);
}

static noinline int kwg_finds_out(void)
{
	int err = kwaitgroup_percpu_wait(&kwg_misused);

	barrier();
	return err;
}

/* Reported once, with the group's name and the wait, and forgotten by a reinit. */
static void kwg_expect_found(struct kunit *test, const char *kind, long count)
{
	char stat[40], text[40];
	long before;

	snprintf(stat, sizeof(stat), "misuse_%s", kind);
	snprintf(text, sizeof(text), "%ld", count);
	before = kwg_stat(test, stat);
	KUNIT_EXPECT_EQ(test, kwg_finds_out(), -EBADFD);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, stat), before + 1);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 1);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, "group misused,"));
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, "kwg_finds_out"));
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, text));
}

static void kwg_percpu_done_twice(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, kwaitgroup_percpu_register(&kwg_misused, "misused"), 0);
	kwaitgroup_percpu_add(&kwg_misused, 1);
	kwaitgroup_percpu_add(&kwg_misused, -3);
	kwg_expect_found(test, "negative", -2);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_count(&kwg_misused), 0L);
	/* It stays so, and is not found again. */
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait(&kwg_misused), -EBADFD);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_reinit(&kwg_misused), 0);
	KUNIT_EXPECT_EQ(test, kwg_finds_out(), 0);
	kwaitgroup_percpu_unregister(&kwg_misused);
}

/* As many as there can be are left, and have to be done. */
static void kwg_percpu_too_many(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, kwaitgroup_percpu_register(&kwg_misused, "misused"), 0);
	kwaitgroup_percpu_add(&kwg_misused, KWAITGROUP_PERCPU_MAX);
	kwaitgroup_percpu_add(&kwg_misused, 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait_timeout(&kwg_misused, 1), -EBADFD);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 1);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, "group misused,"));
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_count(&kwg_misused), (long)KWAITGROUP_PERCPU_MAX);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_reinit(&kwg_misused), -EBUSY);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 2);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, "kwg_percpu_too_many"));
	kwaitgroup_percpu_add(&kwg_misused, -KWAITGROUP_PERCPU_MAX);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_reinit(&kwg_misused), 0);
	kwaitgroup_percpu_unregister(&kwg_misused);
}

static void kwg_percpu_unregistered(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, kwaitgroup_percpu_register(&kwg_misused, "misused"), 0);
	kwaitgroup_percpu_add(&kwg_misused, 2);
	kwaitgroup_percpu_unregister(&kwg_misused);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 1);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, "group misused,"));
	kwaitgroup_percpu_add(&kwg_misused, -2);
	KUNIT_EXPECT_EQ(test, kwaitgroup_percpu_wait(&kwg_misused), 0);
}

static struct kunit_case kwg_percpu_misuse_cases[] = {
	KUNIT_CASE(kwg_percpu_done_twice),
	KUNIT_CASE(kwg_percpu_too_many),
	KUNIT_CASE(kwg_percpu_unregistered),
	{}
};

struct kunit_suite kwg_percpu_misuse_suite = {
	.name = "kwaitgroup_percpu_misuse",
	.init = kwg_percpu_misuse_start,
	.exit = kwg_percpu_misuse_end,
	.test_cases = kwg_percpu_misuse_cases,
};
