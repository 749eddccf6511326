// SPDX-License-Identifier: GPL-2.0
/*
 * Holders: what they keep, where they are listed, in which contexts, and what
 * becomes of their memory.
 */
#include <linux/bitmap.h>
#include <linux/kwaitgroup_holder.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../module/core/core.h"
#include "kwg_budget.h"
#include "kwg_lists.h"

/* The columns of "holders". */
enum { HOLDER_ID, HOLDER_GROUP, HOLDER_AGE, HOLDER_COOKIE, HOLDER_TAKEN_BY };

static noinline int kwg_takes_here(struct kwaitgroup *wg,
				   struct kwaitgroup_holder *h)
{
	int err = kwaitgroup_hold(wg, h);

	barrier();
	return err;
}

/* A thread waits as long as it is held, and then no line is left. */
static void kwg_holder_keeps_group(struct kunit *test)
{
	struct kwaitgroup_holder h = { .cookie = 0xbead };
	long before = kwg_stat(test, "holders");
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread waiter;
	char *row, text[64];

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "kept"), 0);
	KUNIT_EXPECT_EQ(test, kwg_takes_here(&wg, &h), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "holders"), before + 1);
	row = kwg_file_line(test, KWG_DEBUGFS "holders", " kept ");
	KUNIT_EXPECT_GT(test, kwg_number(row, HOLDER_ID), 0L);
	KWG_EXPECT_COLUMN(test, row, HOLDER_COOKIE, "0xbead");
	KUNIT_EXPECT_GE(test, kwg_age(row, HOLDER_AGE), 0L);
	KUNIT_EXPECT_LE(test, kwg_age(row, HOLDER_AGE), 60L);
	kwg_column(row, HOLDER_TAKEN_BY, text);
	KUNIT_EXPECT_TRUE(test, strstr(text, "kwg_takes_here+0x") == text);
	kfree(row);
	kwg_start(test, &waiter, kwg_wait_thread, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&wg)));
	kwaitgroup_release(&h);
	KUNIT_EXPECT_EQ(test, kwg_join(&waiter), 0);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "holders"), before);
	row = kwg_file_line(test, KWG_DEBUGFS "holders", " kept ");
	KUNIT_EXPECT_TRUE(test, !row);
	kfree(row);
	kwaitgroup_unregister(&wg);
}

/* Who is refused holds nothing, and may be used again. */
static void kwg_holder_is_refused(struct kunit *test)
{
	struct kwaitgroup_holder h = {};
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwaitgroup_add(&wg, KWAITGROUP_COUNT_MAX);
	KUNIT_EXPECT_EQ(test, kwaitgroup_hold(&wg, &h), -EOVERFLOW);
	kwaitgroup_add(&wg, -KWAITGROUP_COUNT_MAX);
	kwaitgroup_close(&wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_hold(&wg, &h), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_reinit(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_hold(&wg, &h), 0);
	kwaitgroup_release(&h);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
}

/* Whatever was in its memory, nothing of it is followed. */
static void kwg_holder_of_garbage(struct kunit *test)
{
	static const u8 bytes[] = { 0x01, 0x5a, 0x80, 0xff };
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwaitgroup_holder h;
	int i;

	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		memset(&h, bytes[i], sizeof(h));
		KUNIT_EXPECT_EQ(test, kwaitgroup_hold(&wg, &h), 0);
		KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
		kwaitgroup_release(&h);
		KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	}
}

/* The end of the scope releases, on every way out. */
static int kwg_holds_in_scope(struct kwaitgroup *wg, bool early)
{
	CLASS(kwaitgroup_holder, h)(wg);

	if (IS_ERR(h))
		return PTR_ERR(h);
	if (early)
		return kwaitgroup_count(wg);
	return kwaitgroup_count(wg) + 1;
}

static void kwg_holder_of_scope(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	KUNIT_EXPECT_EQ(test, kwg_holds_in_scope(&wg, true), 1);
	KUNIT_EXPECT_EQ(test, kwg_holds_in_scope(&wg, false), 2);
	kwaitgroup_close(&wg);
	KUNIT_EXPECT_EQ(test, kwg_holds_in_scope(&wg, true), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
}

/* As the entry of an NMI leaves the context for its handlers. */
static void kwg_hold_in_nmi(struct kwaitgroup *wg, struct kwaitgroup_holder *h,
			    int *err)
{
	unsigned long flags;

	local_irq_save(flags);
	__preempt_count_add(NMI_OFFSET + HARDIRQ_OFFSET);
	*err = kwaitgroup_hold(wg, h);
	__preempt_count_sub(NMI_OFFSET + HARDIRQ_OFFSET);
	local_irq_restore(flags);
}

static void kwg_release_in_nmi(struct kwaitgroup_holder *h)
{
	unsigned long flags;

	local_irq_save(flags);
	__preempt_count_add(NMI_OFFSET + HARDIRQ_OFFSET);
	kwaitgroup_release(h);
	__preempt_count_sub(NMI_OFFSET + HARDIRQ_OFFSET);
	local_irq_restore(flags);
}

/* Nothing is lost there, and before long what is taken there is listed, too. */
static void kwg_holder_in_nmi(struct kunit *test)
{
	long unlisted = kwg_stat(test, "holders_unlisted");
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwaitgroup_holder h = {};
	int err;

	kwg_hold_in_nmi(&wg, &h, &err);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	kwg_release_in_nmi(&h);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "holders_unlisted"), unlisted);

	do {
		kwg_hold_in_nmi(&wg, &h, &err);
		err = kwg_stat(test, "holders_unlisted") - unlisted;
		kwg_release_in_nmi(&h);
	} while (err > 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "holders_unlisted"), unlisted);
}

/*
 * Many: each is listed once, and when they are gone so is their memory.
 */
/* Where each access is checked, a fifth of them takes as long. */
#define KWG_MANY	(IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KCSAN) ? 8000 : 40000)
/* What is kept for the next ones is a few chunks. */
#define KWG_ROOM	200

static void kwg_take_many(struct kunit *test, struct kwaitgroup *wg,
			  struct kwaitgroup_holder *h, int nr)
{
	int i, failed = 0;

	for (i = 0; i < nr; i++) {
		kwaitgroup_holder_init(&h[i], i);
		failed += kwaitgroup_hold(wg, &h[i]) != 0;
	}
	KUNIT_EXPECT_EQ(test, failed, 0);
}

/* Those of odd numbers first. */
static void kwg_release_many(struct kwaitgroup_holder *h, int nr)
{
	int i;

	for (i = 1; i < nr; i += 2)
		kwaitgroup_release(&h[i]);
	for (i = 0; i < nr; i += 2)
		kwaitgroup_release(&h[i]);
}

/* The lines of group @name in a list: a bit for each cookie. */
static int kwg_find_cookies(char *list, const char *name, unsigned long *found)
{
	char *line, group[KWG_COLUMN_MAX], text[KWG_COLUMN_MAX];
	int twice = 0;
	u64 cookie;

	while ((line = strsep(&list, "\n"))) {
		kwg_column(line, HOLDER_GROUP, group);
		kwg_column(line, HOLDER_COOKIE, text);
		if (strcmp(group, name) || kstrtou64(text, 0, &cookie) ||
		    cookie >= KWG_MANY)
			continue;
		twice += __test_and_set_bit(cookie, found);
	}
	return twice;
}

static void kwg_holders_many(struct kunit *test)
{
	struct kwaitgroup_holder *h = kvcalloc(KWG_MANY, sizeof(*h), GFP_KERNEL);
	unsigned long *found = bitmap_zalloc(KWG_MANY, GFP_KERNEL);
	long before = kwg_stat(test, "holders");
	long room = kwg_stat(test, "holders_room");
	DECLARE_KWAITGROUP_ONSTACK(wg);
	char *list;

	KUNIT_ASSERT_NOT_NULL(test, h);
	KUNIT_ASSERT_NOT_NULL(test, found);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "many-held"), 0);
	kwg_take_many(test, &wg, h, KWG_MANY);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "holders"), before + KWG_MANY);
	KUNIT_EXPECT_GE(test, kwg_stat(test, "holders_room"), (long)KWG_MANY);
	list = kwg_read_start(test, KWG_DEBUGFS "holders", 4 * KWG_FILE_MAX);
	KUNIT_EXPECT_EQ(test, kwg_find_cookies(list, "many-held", found), 0);
	KUNIT_EXPECT_EQ(test, bitmap_weight(found, KWG_MANY), KWG_MANY);
	kvfree(list);
	kwg_release_many(h, KWG_MANY);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "holders"), before);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_stat(test, "holders_room") <=
					  room + KWG_ROOM));
	kwaitgroup_unregister(&wg);
	bitmap_free(found);
	kvfree(h);
}

/* What was given back is used again: of so many rounds the memory is one's. */
#define KWG_FEW		200
#define KWG_ROUNDS	100

static void kwg_holders_come_and_go(struct kunit *test)
{
	struct kwaitgroup_holder *h = kvcalloc(KWG_FEW, sizeof(*h), GFP_KERNEL);
	long room = kwg_stat(test, "holders_room");
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, h);
	for (i = 0; i < KWG_ROUNDS; i++) {
		kwg_take_many(test, &wg, h, KWG_FEW);
		kwg_release_many(h, KWG_FEW);
	}
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "holders_unlisted"), 0L);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_stat(test, "holders_room") <=
					  room + KWG_ROOM));
	kvfree(h);
}

/* Holders that are handed from thread to thread, while somebody reads the list. */
#define KWG_HANDS	4
#define KWG_OF_EACH	64

struct kwg_hands {
	struct kwaitgroup wg[2];
	struct kwg_hand {
		struct kwaitgroup_holder h;
		atomic_t held;		/* 1: to be released */
	} hand[KWG_HANDS * KWG_OF_EACH];
	unsigned long end;
};

/* Takes one's own, and releases those of the next. */
static int kwg_hand_main(struct kwg_hands *hands, int me)
{
	struct kwg_hand *mine = &hands->hand[me * KWG_OF_EACH];
	struct kwg_hand *next = &hands->hand[(me + 1) % KWG_HANDS * KWG_OF_EACH];
	int i, failed = 0;

	for (i = 0; i < KWG_OF_EACH; i++) {
		if (!atomic_read_acquire(&mine[i].held)) {
			failed += kwaitgroup_hold(&hands->wg[i & 1],
						  &mine[i].h) != 0;
			atomic_set_release(&mine[i].held, 1);
		}
		if (atomic_cmpxchg(&next[i].held, 1, 2) == 1) {
			kwaitgroup_release(&next[i].h);
			atomic_set_release(&next[i].held, 0);
		}
	}
	return failed;
}

static struct kwg_hands kwg_hands;

static int kwg_hands_until_end(void *me)
{
	int failed = 0;

	do {
		failed += kwg_hand_main(&kwg_hands, (long)me);
		cond_resched();
	} while (time_before(jiffies, kwg_hands.end));
	return failed;
}

static void kwg_holders_change_hands(struct kunit *test)
{
	struct kwg_thread t[KWG_HANDS];
	long before = kwg_stat(test, "holders");
	long i, n;

	memset(&kwg_hands, 0, sizeof(kwg_hands));
	kwaitgroup_init(&kwg_hands.wg[0]);
	kwaitgroup_init(&kwg_hands.wg[1]);
	kwg_hands.end = jiffies + msecs_to_jiffies(min(kwg_race_ms,
						       KWG_RACE_MS_MAX));
	for (i = 0; i < KWG_HANDS; i++)
		kwg_start(test, &t[i], kwg_hands_until_end, (void *)i);
	do {
		kvfree(kwg_read_file(test, KWG_DEBUGFS "holders"));
	} while (time_before(jiffies, kwg_hands.end));
	for (i = 0; i < KWG_HANDS; i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&t[i]), 0);
	for (n = i = 0; i < KWG_HANDS * KWG_OF_EACH; i++)
		n += atomic_read(&kwg_hands.hand[i].held) == 1;
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "holders"), before + n);
	KUNIT_EXPECT_EQ(test, (long)kwaitgroup_count(&kwg_hands.wg[0]) +
			kwaitgroup_count(&kwg_hands.wg[1]), n);
	for (i = 0; i < KWG_HANDS * KWG_OF_EACH; i++)
		if (atomic_read(&kwg_hands.hand[i].held) == 1)
			kwaitgroup_release(&kwg_hands.hand[i].h);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&kwg_hands.wg[i]), 0);
}

static struct kunit_case kwg_holder_cases[] = {
	KUNIT_CASE(kwg_holder_keeps_group),
	KUNIT_CASE(kwg_holder_is_refused),
	KUNIT_CASE(kwg_holder_of_garbage),
	KUNIT_CASE(kwg_holder_of_scope),
	KUNIT_CASE(kwg_holder_in_nmi),
	KUNIT_CASE_SLOW(kwg_holders_many),
	KUNIT_CASE_SLOW(kwg_holders_come_and_go),
	KUNIT_CASE_SLOW(kwg_holders_change_hands),
	{}
};

/* The others of these read the list in user space. */
static int kwg_holder_init(struct kunit *test)
{
	kwg_need_files(test);
	return 0;
}

struct kunit_suite kwg_holder_suite = {
	.name = "kwaitgroup_holder",
	.init = kwg_holder_init,
	.test_cases = kwg_holder_cases,
};
