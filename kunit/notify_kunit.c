// SPDX-License-Identifier: GPL-2.0
/* Notifiers: a function that is called at the next zero. */
#include <linux/kwaitgroup_notify.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../module/core/core.h"
#include "kwg_kunit.h"

/* A group whose end frees it. */
struct kwg_told {
	struct kwaitgroup wg;
	struct kwaitgroup_notifier n;
	struct completion *called;
	atomic_t calls;
	int result;
	bool frees;
	int again;			/* so often it adds, and asks for the next zero */
};

static void kwg_told_fn(struct kwaitgroup_notifier *n)
{
	struct kwg_told *told = container_of(n, struct kwg_told, n);
	struct completion *called = told->called;

	atomic_inc(&told->calls);
	told->result = n->result;
	if (told->again) {
		told->again--;
		kwaitgroup_add(&told->wg, 1);
		kwaitgroup_notify(&told->wg, n);
	}
	if (told->frees)
		kfree(told);
	complete(called);
}

static void kwg_told_init(struct kwg_told *told, struct completion *called)
{
	kwaitgroup_init(&told->wg);
	kwaitgroup_notifier_init(&told->n, kwg_told_fn);
	init_completion(called);
	told->called = called;
	atomic_set(&told->calls, 0);
	told->result = 1;
	told->frees = false;
	told->again = 0;
}

static void kwg_notified_at_once(struct kunit *test)
{
	struct completion called;
	static struct kwg_told told;

	kwg_told_init(&told, &called);
	KUNIT_EXPECT_EQ(test, kwaitgroup_notify(&told.wg, &told.n), 0);
	wait_for_completion(&called);
	KUNIT_EXPECT_EQ(test, told.result, 0);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_notify_cancel(&told.n));
	KUNIT_EXPECT_EQ(test, atomic_read(&told.calls), 1);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_has_waiters(&told.wg));
}

static void kwg_notified_at_zero(struct kunit *test)
{
	struct completion called;
	static struct kwg_told told;

	kwg_told_init(&told, &called);
	kwaitgroup_add(&told.wg, 2);
	KUNIT_EXPECT_EQ(test, kwaitgroup_notify(&told.wg, &told.n), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_notify(&told.wg, &told.n), -EBUSY);
	KUNIT_EXPECT_TRUE(test, kwaitgroup_has_waiters(&told.wg));
	kwaitgroup_done(&told.wg);
	KUNIT_EXPECT_FALSE(test, completion_done(&called));
	kwaitgroup_done(&told.wg);
	wait_for_completion(&called);
	KUNIT_EXPECT_EQ(test, told.result, 0);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_notify_cancel(&told.n));
}

static void kwg_notifier_cancelled(struct kunit *test)
{
	struct completion called;
	static struct kwg_told told;

	kwg_told_init(&told, &called);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_notify_cancel(&told.n));
	kwaitgroup_add(&told.wg, 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_notify(&told.wg, &told.n), 0);
	KUNIT_EXPECT_TRUE(test, kwaitgroup_notify_cancel(&told.n));
	KUNIT_EXPECT_FALSE(test, kwaitgroup_has_waiters(&told.wg));
	kwaitgroup_done(&told.wg);
	KUNIT_EXPECT_EQ(test, atomic_read(&told.calls), 0);
	/* And it is good for another. */
	KUNIT_EXPECT_EQ(test, kwaitgroup_notify(&told.wg, &told.n), 0);
	wait_for_completion(&called);
	kwaitgroup_notify_cancel(&told.n);
	KUNIT_EXPECT_EQ(test, atomic_read(&told.calls), 1);
}

static void kwg_notifier_asks_again(struct kunit *test)
{
	struct completion called;
	static struct kwg_told told;
	int i;

	kwg_told_init(&told, &called);
	told.again = 3;
	kwaitgroup_add(&told.wg, 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_notify(&told.wg, &told.n), 0);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, atomic_read(&told.calls), i);
		kwaitgroup_done(&told.wg);
		wait_for_completion(&called);
	}
	KUNIT_EXPECT_FALSE(test, kwaitgroup_notify_cancel(&told.n));
	KUNIT_EXPECT_EQ(test, atomic_read(&told.calls), 4);
}

/* Who waits, and the function that frees it all, which comes last. */
static void kwg_notifier_frees(struct kunit *test)
{
	struct completion called;
	int i;

	for (i = 0; i < 1000; i++) {
		struct kwg_told *told = kmalloc(sizeof(*told), GFP_KERNEL);
		struct kwaitgroup *wg;

		KUNIT_ASSERT_NOT_NULL(test, told);
		kwg_told_init(told, &called);
		told->frees = true;
		wg = &told->wg;
		kwaitgroup_add(wg, 1);
		KUNIT_ASSERT_EQ(test, kwaitgroup_notify(wg, &told->n), 0);
		kwaitgroup_done(wg);
		wait_for_completion(&called);
	}
}

#ifdef CONFIG_KWAITGROUP_DEBUG

/* Its last done comes, and its function ends it, before the call returns. */
static struct kwg_told *kwg_armed;

static void kwg_end_armed(enum kwg_window window)
{
	struct kwg_told *told = kwg_armed;

	if (window != KWG_WINDOW_ARMED || !told)
		return;
	kwg_armed = NULL;
	kwaitgroup_done(&told->wg);
	wait_for_completion(told->called);
	/* As memory that somebody else has now. */
	kwaitgroup_notify_cancel(&told->n);
	memset(told, 0, sizeof(*told));
}

static void kwg_notified_before_return(struct kunit *test)
{
	static struct kwg_told told;
	struct completion called;

	kwg_told_init(&told, &called);
	kwaitgroup_add(&told.wg, 1);
	kwg_armed = &told;
	WRITE_ONCE(kwg_window_hook, kwg_end_armed);
	KUNIT_EXPECT_EQ(test, kwaitgroup_notify(&told.wg, &told.n), 0);
	WRITE_ONCE(kwg_window_hook, NULL);
	KUNIT_EXPECT_FALSE(test, memchr_inv(&told, 0, sizeof(told)));
}

#else

static void kwg_notified_before_return(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_KWAITGROUP_DEBUG");
}

#endif

static struct kunit_case kwg_notify_cases[] = {
	KUNIT_CASE(kwg_notified_at_once),
	KUNIT_CASE(kwg_notified_at_zero),
	KUNIT_CASE(kwg_notifier_cancelled),
	KUNIT_CASE(kwg_notifier_asks_again),
	KUNIT_CASE(kwg_notifier_frees),
	KUNIT_CASE(kwg_notified_before_return),
	{}
};

struct kunit_suite kwg_notify_suite = {
	.name = "kwaitgroup_notify",
	.test_cases = kwg_notify_cases,
};
