// SPDX-License-Identifier: GPL-2.0
/*
 * To start N threads, or work items, and to wait for them: by hand and by a group
 * or a batch. Each in turn, so that what disturbs one disturbs all.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/kwaitgroup_batch.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "bench.h"

/* Before 6.14 who creates one starts it. */
#ifndef kthread_run_worker
#define kthread_run_worker kthread_create_worker
#endif

#define KWG_SPAWN_MOST	100

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

/* The function of an item is the caller's, and so is its done: no members, no limit. */
static DEFINE_KWAITGROUP(kwg_spawn_group);
static struct work_struct *kwg_group_items;

static void kwg_group_item(struct work_struct *work)
{
	kwaitgroup_done(&kwg_spawn_group);
}

static int kwg_queue_by_group(int n)
{
	int i;

	kwaitgroup_add(&kwg_spawn_group, n);
	for (i = 0; i < n; i++)
		queue_work(kwg_spawn_wq, &kwg_group_items[i]);
	return kwaitgroup_wait(&kwg_spawn_group);
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

static struct kthread_worker *kwg_spawn_worker;
static struct kthread_work *kwg_worker_items;

static void kwg_worker_item(struct kthread_work *work)
{
}

static int kwg_queue_by_worker(int n)
{
	int i;

	for (i = 0; i < n; i++)
		kthread_queue_work(kwg_spawn_worker, &kwg_worker_items[i]);
	kthread_flush_worker(kwg_spawn_worker);
	return 0;
}

static const struct kwg_spawn_way {
	const char *name;
	int (*start_and_wait)(int n);
} kwg_spawn_ways[] = {
	{ "threads:atomic+completion", kwg_spawn_by_hand },
	{ "threads:run", kwg_spawn_by_run },
	{ "threads:batch", kwg_spawn_by_batch },
	{ "threads:batch,kept", kwg_spawn_by_kept },
	{ "items:flush_workqueue", kwg_queue_by_hand },
	{ "items:kthread_worker", kwg_queue_by_worker },
	{ "items:group", kwg_queue_by_group },
	{ "items:batch", kwg_queue_by_batch },
};

static const int kwg_spawn_sizes[] = { 1, 10, KWG_SPAWN_MOST };

#define KWG_SPAWN_ROUNDS	11

static int kwg_spawn_measure(const struct kwg_spawn_way *way, int n, u32 *sample)
{
	u64 ns = ktime_get_ns();
	int err = way->start_and_wait(n);

	*sample = ktime_get_ns() - ns;
	cond_resched();
	return err;
}

static int kwg_spawn_size(int n)
{
	u32 samples[ARRAY_SIZE(kwg_spawn_ways)][KWG_SPAWN_ROUNDS];
	int round, i, err;

	for (round = 0; round < KWG_SPAWN_ROUNDS; round++) {
		for (i = 0; i < ARRAY_SIZE(kwg_spawn_ways); i++) {
			err = kwg_spawn_measure(&kwg_spawn_ways[i], n,
						&samples[i][round]);
			if (err)
				return err;
		}
	}
	for (i = 0; i < ARRAY_SIZE(kwg_spawn_ways); i++)
		kwg_bench_row(samples[i], KWG_SPAWN_ROUNDS, "spawn %s %d",
			      kwg_spawn_ways[i].name, n);
	return 0;
}

static void kwg_spawn_items_init(void)
{
	int i;

	for (i = 0; i < KWG_SPAWN_MOST; i++) {
		INIT_WORK(&kwg_hand_items[i], kwg_hand_item);
		INIT_WORK(&kwg_group_items[i], kwg_group_item);
		kthread_init_work(&kwg_worker_items[i], kwg_worker_item);
		kwaitgroup_work_init(&kwg_batch_items[i], kwg_batch_item);
	}
}

static bool kwg_spawn_prepare(void)
{
	kwg_spawn_wq = alloc_workqueue("kwg_spawn", WQ_UNBOUND, 0);
	kwg_spawn_worker = kthread_run_worker(0, "kwg_spawn");
	if (IS_ERR(kwg_spawn_worker))
		kwg_spawn_worker = NULL;
	kwg_hand_items = kcalloc(KWG_SPAWN_MOST, sizeof(*kwg_hand_items),
				 GFP_KERNEL);
	kwg_group_items = kcalloc(KWG_SPAWN_MOST, sizeof(*kwg_group_items),
				  GFP_KERNEL);
	kwg_worker_items = kcalloc(KWG_SPAWN_MOST, sizeof(*kwg_worker_items),
				   GFP_KERNEL);
	kwg_batch_items = kcalloc(KWG_SPAWN_MOST, sizeof(*kwg_batch_items),
				  GFP_KERNEL);
	return kwg_spawn_wq && kwg_spawn_worker && kwg_hand_items &&
	       kwg_group_items && kwg_worker_items && kwg_batch_items;
}

static void kwg_spawn_release(void)
{
	if (kwg_spawn_wq)
		destroy_workqueue(kwg_spawn_wq);
	if (kwg_spawn_worker)
		kthread_destroy_worker(kwg_spawn_worker);
	kfree(kwg_hand_items);
	kfree(kwg_group_items);
	kfree(kwg_worker_items);
	kfree(kwg_batch_items);
}

int kwg_bench_spawn(void)
{
	int i, err = -ENOMEM;

	if (kwg_spawn_prepare()) {
		kwg_spawn_items_init();
		err = 0;
		for (i = 0; i < ARRAY_SIZE(kwg_spawn_sizes) && !err; i++)
			err = kwg_spawn_size(kwg_spawn_sizes[i]);
	}
	kwg_spawn_release();
	return err;
}
