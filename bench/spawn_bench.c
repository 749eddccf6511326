// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to start N threads, or work items, and to wait for them: by hand
 * and by a group or a batch. Each in turn, many times; the fastest round counts.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/kwaitgroup_batch.h>
#include <linux/math64.h>
#include <linux/slab.h>

#include "../kunit/kwg_kunit.h"
#include "bench.h"

#define KWG_SPAWN_MOST	1000

/* By hand: the last one completes. */
struct kwg_by_hand {
	atomic_t left;
	struct completion all;
};

static int kwg_hand_thread(void *arg)
{
	struct kwg_by_hand *hand = arg;

	if (atomic_dec_and_test(&hand->left))
		complete(&hand->all);
	return 0;
}

static int kwg_spawn_by_hand(int n)
{
	struct kwg_by_hand hand = { .left = ATOMIC_INIT(n) };
	int i;

	init_completion(&hand.all);
	for (i = 0; i < n; i++)
		if (IS_ERR(kthread_run(kwg_hand_thread, &hand, "kwg_hand")))
			kwg_hand_thread(&hand);
	wait_for_completion(&hand.all);
	return 0;
}

static int kwg_spawned(void *arg)
{
	return 0;
}

static int kwg_spawn_by_run(int n)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int i, err = 0;

	for (i = 0; i < n && !err; i++)
		err = kwaitgroup_run(&wg, kwg_spawned, NULL, "kwg_run");
	return kwaitgroup_wait(&wg) ?: err;
}

static int kwg_spawn_by_flags(int n, unsigned int flags)
{
	struct kwaitgroup_batch b;
	int i, err = 0;

	kwaitgroup_batch_init_flags(&b, 0, flags);
	for (i = 0; i < n && !err; i++)
		err = kwaitgroup_batch_run(&b, kwg_spawned, NULL, "kwg_batch");
	return kwaitgroup_batch_wait(&b) ?: err;
}

static int kwg_spawn_by_batch(int n)
{
	return kwg_spawn_by_flags(n, 0);
}

static int kwg_spawn_by_kept(int n)
{
	return kwg_spawn_by_flags(n, KWAITGROUP_BATCH_KEEP_THREADS);
}

/* Work items; a queue of their own, so that flushing waits for nobody else's. */
static struct workqueue_struct *kwg_spawn_wq;
static struct work_struct *kwg_hand_items;
static struct kwaitgroup_work *kwg_batch_items;

static void kwg_hand_item(struct work_struct *work)
{
}

static int kwg_batch_item(struct kwaitgroup_work *w)
{
	return 0;
}

static int kwg_queue_by_hand(int n)
{
	int i;

	for (i = 0; i < n; i++)
		queue_work(kwg_spawn_wq, &kwg_hand_items[i]);
	flush_workqueue(kwg_spawn_wq);
	return 0;
}

static int kwg_queue_by_batch(int n)
{
	struct kwaitgroup_batch b;
	int i, err = 0;

	kwaitgroup_batch_init(&b, 0);
	for (i = 0; i < n && !err; i++)
		err = kwaitgroup_batch_queue(&b, kwg_spawn_wq,
					     &kwg_batch_items[i]);
	return kwaitgroup_batch_wait(&b) ?: err;
}

/* The first way is by hand. */
static const struct kwg_spawn_case {
	const char *what;
	int (*ways[4])(int n);
} kwg_spawn_cases[] = {
	{ "threads", { kwg_spawn_by_hand, kwg_spawn_by_run,
		       kwg_spawn_by_batch, kwg_spawn_by_kept } },
	{ "work items", { kwg_queue_by_hand, NULL, kwg_queue_by_batch, NULL } },
};

static const int kwg_spawn_sizes[] = { 1, 10, 100, KWG_SPAWN_MOST };

static u64 kwg_spawn_ns(struct kunit *test, int (*way)(int n), int n)
{
	u64 ns = ktime_get_ns();

	KUNIT_EXPECT_EQ(test, way(n), 0);
	return ktime_get_ns() - ns;
}

static void kwg_spawn_row(struct kunit *test, const struct kwg_spawn_case *c,
			  int n)
{
	int rounds = clamp(2000 / n, 5, 60), round, i;
	u64 fastest[ARRAY_SIZE(c->ways)] = {};
	char ratios[3][32] = { "-", "-", "-" };

	for (round = 0; round < rounds; round++)
		for (i = 0; i < ARRAY_SIZE(c->ways); i++) {
			u64 ns;

			ns = c->ways[i] ? kwg_spawn_ns(test, c->ways[i], n) : 0;
			if (!fastest[i] || ns < fastest[i])
				fastest[i] = ns;
		}
	for (i = 1; i < ARRAY_SIZE(c->ways); i++) {
		unsigned long ratio = div64_u64(100 * fastest[i], fastest[0]);

		if (c->ways[i])
			snprintf(ratios[i - 1], sizeof(ratios[0]), "%lu.%02lu",
				 ratio / 100, ratio % 100);
	}
	kunit_info(test, "%-12s %6d %10s %10s %10s %10s", c->what, n, "1.00",
		   ratios[0], ratios[1], ratios[2]);
}

static bool kwg_spawn_prepare(void)
{
	int i;

	kwg_spawn_wq = alloc_workqueue("kwg_spawn", WQ_UNBOUND, 0);
	kwg_hand_items = kcalloc(KWG_SPAWN_MOST, sizeof(*kwg_hand_items),
				 GFP_KERNEL);
	kwg_batch_items = kcalloc(KWG_SPAWN_MOST, sizeof(*kwg_batch_items),
				  GFP_KERNEL);
	if (!kwg_spawn_wq || !kwg_hand_items || !kwg_batch_items)
		return false;
	for (i = 0; i < KWG_SPAWN_MOST; i++) {
		INIT_WORK(&kwg_hand_items[i], kwg_hand_item);
		kwaitgroup_work_init(&kwg_batch_items[i], kwg_batch_item);
	}
	return true;
}

/* How much dearer a thread or an item is that way, for people to look at. */
void kwg_bench_spawn(struct kunit *test)
{
	int i, j;

	if (!kwg_spawn_prepare())
		kunit_skip(test, "no memory");
	kunit_info(test, "%-12s %6s %10s %10s %10s %10s", "start, wait", "n",
		   "by hand", "run", "batch", "kept");
	for (i = 0; i < ARRAY_SIZE(kwg_spawn_cases); i++)
		for (j = 0; j < ARRAY_SIZE(kwg_spawn_sizes); j++)
			kwg_spawn_row(test, &kwg_spawn_cases[i],
				      kwg_spawn_sizes[j]);
	destroy_workqueue(kwg_spawn_wq);
	kfree(kwg_hand_items);
	kfree(kwg_batch_items);
}
