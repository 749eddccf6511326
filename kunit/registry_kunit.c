// SPDX-License-Identifier: GPL-2.0
/*
 * Registering, and what debugfs shows of it, read page by page by user space.
 */
#include <linux/bitmap.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../module/observe/registry.h"
#include "kwg_budget.h"
#include "kwg_files.h"

#define KWG_GROUPS_FILE	KWG_DEBUGFS "groups"

/* A name and what registering it returns. */
static const struct kwg_name_case {
	const char *desc, *name;
	int result;
} kwg_name_cases[] = {
	{ "one_character", "x", 0 },
	{ "longest", "0123456789012345678901234567890", 0 },
	{ "punctuation", "net/eth0:rx-1[2]", 0 },
	{ "percent", "100%", 0 },
	{ "empty", "", -EINVAL },
	{ "space", "two words", -EINVAL },
	{ "newline", "line\n", -EINVAL },
	{ "escape", "\033[2J", -EINVAL },
	{ "not_ascii", "gr\xc3\xbcn", -EINVAL },
	{ "frame_separator", "a;b", -EINVAL },
	{ "too_long", "01234567890123456789012345678901", -ENAMETOOLONG },
	{ "far_too_long", "01234567890123456789012345678901234567890123456789",
	  -ENAMETOOLONG },
};

static void kwg_name_desc(const struct kwg_name_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_name, kwg_name_cases, kwg_name_desc);

static void kwg_register_name(struct kunit *test)
{
	const struct kwg_name_case *c = test->param_value;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int err = kwaitgroup_register(&wg, "%s", c->name);

	KUNIT_EXPECT_EQ(test, err, c->result);
	if (!err)
		kwaitgroup_unregister(&wg);
}

static void kwg_register_twice(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	KUNIT_EXPECT_EQ(test, kwaitgroup_register(&wg, "twice"), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_register(&wg, "other"), -EEXIST);
	kwaitgroup_unregister(&wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_register(&wg, "again"), 0);
	kwaitgroup_unregister(&wg);
}

/* How often @name stands in the name column. */
static int kwg_listed(const char *buf, const char *name)
{
	char word[KWAITGROUP_NAME_LEN + 2];
	int n = 0;

	snprintf(word, sizeof(word), " %s ", name);
	while ((buf = strstr(buf, word))) {
		buf++;
		n++;
	}
	return n;
}

static void kwg_lists_a_group(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	char *buf, *line;

	kwg_need_files(test);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "kunit-%d", 42), 0);
	kwaitgroup_add(&wg, 7);
	kwaitgroup_close(&wg);
	buf = kwg_read_file(test, KWG_GROUPS_FILE);
	KUNIT_EXPECT_EQ(test, kwg_listed(buf, "NAME"), 1);
	KUNIT_EXPECT_EQ(test, kwg_listed(buf, "kunit-42"), 1);
	line = strstr(buf, " kunit-42 ");
	if (line) {
		char *p = skip_spaces(line + sizeof("kunit-42"));

		KUNIT_EXPECT_TRUE(test, strstarts(p, "7 no "));
		KUNIT_EXPECT_TRUE(test, strstarts(skip_spaces(p + 5), "C "));
		KUNIT_EXPECT_TRUE(test, strstr(p, "kwg_lists_a_group"));
	}
	kvfree(buf);
	kwaitgroup_add(&wg, -7);
	kwaitgroup_unregister(&wg);
	buf = kwg_read_file(test, KWG_GROUPS_FILE);
	KUNIT_EXPECT_EQ(test, kwg_listed(buf, "kunit-42"), 0);
	kvfree(buf);
}

/* A line takes a kernel that checks each access a hundred times as long. */
#define KWG_MANY	(IS_ENABLED(CONFIG_KASAN) ? 2000 : 10000)

static struct kwaitgroup *kwg_alloc_groups(struct kunit *test, int n)
{
	struct kwaitgroup *wg = kvcalloc(n, sizeof(*wg), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, wg);
	for (i = 0; i < n; i++)
		kwaitgroup_init(&wg[i]);
	return wg;
}

struct kwg_churn {
	struct kwaitgroup *wg;
	atomic_t stop;
	atomic_t rounds;
};

/* Register and unregister as fast as possible, before and after the others. */
static int kwg_churn_main(void *arg)
{
	struct kwg_churn *churn = arg;
	int failed = 0;

	for (; !atomic_read(&churn->stop); atomic_inc(&churn->rounds)) {
		if (kwaitgroup_register(churn->wg, "churn"))
			failed++;
		else
			kwaitgroup_unregister(churn->wg);
		cond_resched();
	}
	return failed;
}

/* It has been at work once, and goes on until it is stopped. */
static void kwg_churn_start(struct kunit *test, struct kwg_thread *t,
			    int (*fn)(void *arg), struct kwg_churn *churn)
{
	kwg_start(test, t, fn, churn);
	KUNIT_EXPECT_TRUE(test, kwg_until(atomic_read(&churn->rounds)));
}

static void kwg_churn_stop(struct kunit *test, struct kwg_thread *t,
			   struct kwg_churn *churn)
{
	atomic_set(&churn->stop, 1);
	KUNIT_EXPECT_EQ(test, kwg_join(t), 0);
}

/* Note the number of a line "many-..."; false if it was seen before. */
static bool kwg_note_many(const char *line, unsigned long *seen)
{
	unsigned int nr;

	if (sscanf(skip_spaces(line), "%*u many-%u", &nr) != 1)
		return true;	/* some other group */
	return nr < KWG_MANY && !test_and_set_bit(nr, seen);
}

/* How many lines "many-..." there are; each must stand there once. */
static int kwg_count_many(struct kunit *test, char *buf, unsigned long *seen)
{
	char *line;

	bitmap_zero(seen, KWG_MANY);
	while ((line = strsep(&buf, "\n")))
		KUNIT_EXPECT_TRUE(test, kwg_note_many(line, seen));
	return bitmap_weight(seen, KWG_MANY);
}

/* Thousands of groups are listed once each while others come and go. */
static void kwg_lists_many(struct kunit *test)
{
	struct kwg_churn churn = {};
	struct kwaitgroup *many;
	unsigned long *seen;
	struct kwg_thread t;
	char *buf;
	int i, round;

	kwg_need_files(test);
	many = kwg_alloc_groups(test, KWG_MANY + 1);
	churn.wg = &many[KWG_MANY];
	seen = bitmap_zalloc(KWG_MANY, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, seen);
	for (i = 0; i < KWG_MANY; i++)
		KUNIT_EXPECT_EQ(test, kwaitgroup_register(&many[i], "many-%d",
							  i), 0);
	kwg_churn_start(test, &t, kwg_churn_main, &churn);
	for (round = 0; round < 3; round++) {
		buf = kwg_read_file(test, KWG_GROUPS_FILE);
		KUNIT_EXPECT_EQ(test, kwg_count_many(test, buf, seen),
				KWG_MANY);
		kvfree(buf);
	}
	kwg_churn_stop(test, &t, &churn);
	for (i = 0; i < KWG_MANY; i++)
		kwaitgroup_unregister(&many[i]);
	bitmap_free(seen);
	kvfree(many);
}

static int kwg_reader_main(void *arg)
{
	struct kwg_churn *churn = arg;
	int failed = 0;

	for (; !atomic_read(&churn->stop); atomic_inc(&churn->rounds))
		failed += kwg_shell("cat " KWG_GROUPS_FILE " >/dev/null") != 0;
	return failed;
}

/* A group is unregistered and freed while a reader may be showing it. */
static void kwg_short_lived(struct kunit *test)
{
	struct kwaitgroup *wg = kmalloc(sizeof(*wg), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, wg);
	kwaitgroup_init(wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_register(wg, "short-lived"), 0);
	cond_resched();
	kwaitgroup_unregister(wg);
	memset(wg, 0xff, sizeof(*wg));
	kfree(wg);
}

static void kwg_unregister_under_reader(struct kunit *test)
{
	struct kwg_churn churn = {};
	struct kwg_budget budget;
	struct kwaitgroup *rest;
	struct kwg_thread t;
	int i;

	kwg_need_files(test);
	rest = kwg_alloc_groups(test, 1000);

	/* A long list, so that a reader is in it for most of the time. */
	for (i = 0; i < 1000; i++)
		KUNIT_EXPECT_EQ(test, kwaitgroup_register(&rest[i], "rest"), 0);
	kwg_churn_start(test, &t, kwg_reader_main, &churn);
	budget = kwg_budget(kwg_race_ms, 100);
	while (kwg_next_round(&budget))
		kwg_short_lived(test);
	kwg_tell_rounds(test, &budget);
	kwg_churn_stop(test, &t, &churn);
	for (i = 0; i < 1000; i++)
		kwaitgroup_unregister(&rest[i]);
	kvfree(rest);
}

#ifdef CONFIG_KWAITGROUP_DEBUG

static atomic_t kwg_reader_held, kwg_reader_let_go;

static void kwg_hold_reader(enum kwg_window window)
{
	if (window != KWG_WINDOW_LIST)
		return;
	atomic_set(&kwg_reader_held, 1);
	while (!atomic_read(&kwg_reader_let_go))
		cond_resched();
}

static int kwg_list_groups(void *unused)
{
	return kwg_shell("cat " KWG_GROUPS_FILE " >/dev/null");
}

static int kwg_unregister_main(void *wg)
{
	kwaitgroup_unregister(wg);
	return 0;
}

/* After it the group may be freed: it does not return under a reader. */
static void kwg_unregister_awaits_reader(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread reader, t;

	kwg_need_files(test);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "read"), 0);
	atomic_set(&kwg_reader_held, 0);
	atomic_set(&kwg_reader_let_go, 0);
	WRITE_ONCE(kwg_window_hook, kwg_hold_reader);
	kwg_start(test, &reader, kwg_list_groups, NULL);
	KUNIT_EXPECT_TRUE(test, kwg_until(atomic_read(&kwg_reader_held)));
	kwg_start(test, &t, kwg_unregister_main, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(completion_done(&t.exited) ||
					  READ_ONCE(t.task->__state) ==
					  TASK_UNINTERRUPTIBLE));
	KUNIT_EXPECT_FALSE(test, completion_done(&t.exited));
	atomic_set(&kwg_reader_let_go, 1);
	KUNIT_EXPECT_EQ(test, kwg_join(&reader), 0);
	WRITE_ONCE(kwg_window_hook, NULL);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), 0);
}

#else

static void kwg_unregister_awaits_reader(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_KWAITGROUP_DEBUG");
}

#endif

#ifdef CONFIG_FAILSLAB

/* By default allocations that may wait do not fail. */
#define KWG_FAILSLAB	"/sys/kernel/debug/failslab/ignore-gfp-wait"

/* Register with the @nth allocation failing; what is left of @nth, in *left. */
static int kwg_register_failing(struct kwaitgroup *wg, unsigned int nth,
				unsigned int *left)
{
	int err;

	current->fail_nth = nth;
	err = kwaitgroup_register(wg, "unlucky");
	*left = current->fail_nth;
	current->fail_nth = 0;
	return err;
}

/* Every allocation of register fails in turn: an errno, and nothing stays. */
static void kwg_register_out_of_memory(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	unsigned int nth = 0, left, failures = 0;
	int err;

	kwg_need_files(test);
	KUNIT_EXPECT_EQ(test, kwg_shell("echo N >" KWG_FAILSLAB), 0);
	do {
		err = kwg_register_failing(&wg, ++nth, &left);
		if (err) {
			failures++;
			KUNIT_EXPECT_EQ(test, err, -ENOMEM);
			KUNIT_EXPECT_EQ(test, kwaitgroup_register(&wg, "lucky"),
					0);
		}
		kwaitgroup_unregister(&wg);
	} while (!left);
	KUNIT_EXPECT_GT(test, failures, 0);
}

#else

static void kwg_register_out_of_memory(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAILSLAB");
}

#endif

static void kwg_settings_of_group(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	KUNIT_EXPECT_EQ(test, kwaitgroup_set_cookie(&wg, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, kwaitgroup_set_stall_secs(&wg, 1), -ENOENT);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "set"), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_set_cookie(&wg, U64_MAX), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_set_stall_secs(&wg, 0), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_set_stall_secs(&wg, INT_MAX), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_set_stall_secs(&wg, 1U + INT_MAX),
			-EINVAL);
	kwaitgroup_unregister(&wg);
}

static struct kunit_case kwg_registry_cases[] = {
	KUNIT_CASE_PARAM(kwg_register_name, kwg_name_gen_params),
	KUNIT_CASE(kwg_register_twice),
	KUNIT_CASE(kwg_register_out_of_memory),
	KUNIT_CASE(kwg_settings_of_group),
	KUNIT_CASE(kwg_lists_a_group),
	KUNIT_CASE_SLOW(kwg_lists_many),
	KUNIT_CASE(kwg_unregister_awaits_reader),
	KUNIT_CASE_SLOW(kwg_unregister_under_reader),
	{}
};

struct kunit_suite kwg_registry_suite = {
	.name = "kwaitgroup_registry",
	.test_cases = kwg_registry_cases,
};
