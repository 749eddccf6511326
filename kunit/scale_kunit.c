// SPDX-License-Identifier: GPL-2.0
/*
 * Many members: 100,000 of them, of 1,000 groups, held by a few threads. Each
 * is listed once, reading the list takes a time proportional to its length, and
 * a member costs the memory that module/member/member.h says.
 */
#include <linux/bitmap.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../module/member/shard.h"
#include "kwg_lists.h"

#define KWG_GROUPS	1000
#define KWG_HOLDERS	100
#define KWG_FEW		10000
#define KWG_MANY	(KWG_GROUPS * KWG_HOLDERS)
/* More than KWG_MANY lines need. */
#define KWG_LIST_MAX	(32 * SZ_1M)

/* A thread that holds a membership of each of the first groups. */
struct kwg_holder {
	struct kwg_thread thread;
	struct kwaitgroup_member m[KWG_GROUPS];
	int failed;
	struct completion join, joined, leave;
};

static struct kwaitgroup kwg_groups[KWG_GROUPS];
static struct kwg_holder *kwg_holders;

static int kwg_holder_main(void *arg)
{
	struct kwg_holder *h = arg;
	int i;

	wait_for_completion(&h->join);
	for (i = 0; i < KWG_GROUPS; i++) {
		h->m[i].cookie = (h - kwg_holders) * KWG_GROUPS + i;
		h->failed += kwaitgroup_join(&kwg_groups[i], &h->m[i]) != 0;
		cond_resched();
	}
	complete(&h->joined);
	wait_for_completion(&h->leave);
	while (i)
		kwaitgroup_leave(&h->m[--i]);
	return 0;
}

/* Before anything is measured: threads are not what members cost. */
static void kwg_start_holders(struct kunit *test)
{
	int i;

	for (i = 0; i < KWG_HOLDERS; i++) {
		struct kwg_holder *h = &kwg_holders[i];

		init_completion(&h->join);
		init_completion(&h->joined);
		init_completion(&h->leave);
		kwg_start(test, &h->thread, kwg_holder_main, h);
	}
}

/* Holders number @from and up, to @to, join. */
static void kwg_hold(struct kunit *test, int from, int to)
{
	int i;

	for (i = from; i < to; i++)
		complete(&kwg_holders[i].join);
	for (i = from; i < to; i++) {
		wait_for_completion(&kwg_holders[i].joined);
		KUNIT_EXPECT_EQ(test, kwg_holders[i].failed, 0);
	}
}

static void kwg_release(struct kunit *test)
{
	int i;

	for (i = 0; i < KWG_HOLDERS; i++) {
		complete(&kwg_holders[i].leave);
		KUNIT_EXPECT_EQ(test, kwg_join(&kwg_holders[i].thread), 0);
	}
	for (i = 0; i < KWG_GROUPS; i++) {
		KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&kwg_groups[i]), 0);
		kwaitgroup_unregister(&kwg_groups[i]);
	}
}

static void kwg_prepare(struct kunit *test)
{
	int i;

	kwg_holders = kvcalloc(KWG_HOLDERS, sizeof(*kwg_holders), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, kwg_holders);
	for (i = 0; i < KWG_GROUPS; i++) {
		kwaitgroup_init(&kwg_groups[i]);
		KUNIT_ASSERT_EQ(test, kwaitgroup_register(&kwg_groups[i],
							  "scale-%d", i), 0);
	}
	kwg_start_holders(test);
}

/* The shortest of some runs of a line of shell: the others were disturbed. */
static u64 kwg_shell_ns(struct kunit *test, const char *line)
{
	u64 least = U64_MAX;
	int i;

	for (i = 0; i < 5; i++) {
		u64 start = ktime_get_ns();

		KUNIT_EXPECT_EQ(test, kwg_shell(line), 0);
		least = min(least, ktime_get_ns() - start);
	}
	return least;
}

static u64 kwg_cat_ns(struct kunit *test, const char *path, int times)
{
	char line[160];

	snprintf(line, sizeof(line),
		 "n=%d; while [ $n != 0 ]; do cat %s >/dev/null; n=$((n - 1)); done",
		 times, path);
	return kwg_shell_ns(test, line);
}

/*
 * How long it takes to read the list, without what starting processes does.
 * @times: a short list more often, so that all take as long: what else the
 * machine has to do disturbs a long time more than a short one.
 */
static u64 kwg_list_ns(struct kunit *test, int times)
{
	u64 idle = kwg_cat_ns(test, "/dev/null", times);
	u64 busy = kwg_cat_ns(test, KWG_DEBUGFS "members", times);

	return busy > idle ? busy - idle : 0;
}

/* Note the cookie of a line; false if it was seen before, or is none. */
static bool kwg_note_cookie(const char *line, unsigned long *seen)
{
	char text[KWG_COLUMN_MAX];
	unsigned int cookie;

	kwg_column(line, 6, text);
	return !kstrtouint(text, 16, &cookie) && cookie < KWG_MANY &&
	       !test_and_set_bit(cookie, seen);
}

/* Each member has one line, and nobody else has any. */
static void kwg_expect_each_once(struct kunit *test)
{
	char *buf = kwg_read_start(test, KWG_DEBUGFS "members", KWG_LIST_MAX);
	unsigned long *seen = bitmap_zalloc(KWG_MANY, GFP_KERNEL);
	char *rest = buf, *line;
	int lines = 0, wrong = 0;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	strsep(&rest, "\n");	/* the header */
	while ((line = strsep(&rest, "\n")) && *line) {
		lines++;
		wrong += !kwg_note_cookie(line, seen);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, lines, KWG_MANY);
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_EQ(test, bitmap_weight(seen, KWG_MANY), KWG_MANY);
	bitmap_free(seen);
	kvfree(buf);
}

/* A sanitizer's shadow and an emulator that is shared have other figures. */
static bool kwg_is_plain(void)
{
	return !IS_ENABLED(CONFIG_KASAN) && !IS_ENABLED(CONFIG_KCSAN) &&
	       !IS_ENABLED(CONFIG_PROVE_LOCKING);
}

static void kwg_hundred_thousand(struct kunit *test)
{
	long kib, nr = KWG_MANY - KWG_FEW;
	u64 few, many;

	kwg_need_files(test);
	kwg_prepare(test);
	kwg_hold(test, 0, KWG_FEW / KWG_GROUPS);
	few = kwg_list_ns(test, KWG_MANY / KWG_FEW);
	kib = kwg_slab_kib(test);
	kwg_hold(test, KWG_FEW / KWG_GROUPS, KWG_HOLDERS);
	kib = kwg_slab_kib(test) - kib;
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), (long)KWG_MANY);
	kwg_expect_each_once(test);
	many = kwg_list_ns(test, 1);
	kunit_info(test, "%d members %d times in %llu us, %d in %llu us, %ld bytes each",
		   KWG_FEW, KWG_MANY / KWG_FEW,
		   div_u64(few, NSEC_PER_USEC), KWG_MANY,
		   div_u64(many, NSEC_PER_USEC), kib * SZ_1K / nr);
	if (kwg_is_plain()) {
		/* As many lines; the square would be ten times as long. */
		KUNIT_EXPECT_LE(test, many, 5 * few);
		/* Not without a page that is not full, for each slab. */
		KUNIT_EXPECT_GE(test, kib * SZ_1K / nr,
				(long)sizeof(struct kwg_record));
		KUNIT_EXPECT_LE(test, kib * SZ_1K / nr,
				(long)sizeof(struct kwg_record) * 115 / 100);
	}
	kwg_release(test);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), 0L);
	kvfree(kwg_holders);
}

static struct kunit_case kwg_scale_cases[] = {
	KUNIT_CASE_SLOW(kwg_hundred_thousand),
	{}
};

static struct kunit_suite kwg_scale_suite = {
	.name = "kwaitgroup_scale",
	.test_cases = kwg_scale_cases,
};

kunit_test_suites(&kwg_scale_suite, &kwg_one_task_suite);

MODULE_DESCRIPTION("KUnit suite of kwaitgroup with very many members");
MODULE_LICENSE("GPL");
