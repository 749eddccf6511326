// SPDX-License-Identifier: GPL-2.0
/* Batches whose jobs are work items. */
#include <linux/kwaitgroup_batch.h>
#include <linux/slab.h>

#include "kwg_kunit.h"

#define KWG_ITEMS	200

struct kwg_item {
	struct kwaitgroup_work w;
	struct kwg_items *all;
};

struct kwg_items {
	struct kwaitgroup_batch b;
	struct kwg_item items[KWG_ITEMS];
	atomic_t called, inside, most;
	int fails;			/* the item that does; -1: none */
	struct completion go;
};

static int kwg_item_counts(struct kwaitgroup_work *w)
{
	struct kwg_item *item = container_of(w, struct kwg_item, w);
	struct kwg_items *all = item->all;
	int inside = atomic_inc_return(&all->inside);
	int most = atomic_read(&all->most);

	atomic_inc(&all->called);
	while (inside > most && !atomic_try_cmpxchg(&all->most, &most, inside))
		;
	schedule();
	atomic_dec(&all->inside);
	return item - all->items == all->fails ? -EIO : 0;
}

static int kwg_item_waits(struct kwaitgroup_work *w)
{
	struct kwg_item *item = container_of(w, struct kwg_item, w);

	atomic_inc(&item->all->called);
	wait_for_completion(&item->all->go);
	return 0;
}

static struct kwg_items *kwg_items_new(struct kunit *test, unsigned int limit,
				       int (*fn)(struct kwaitgroup_work *w))
{
	struct kwg_items *all = kzalloc(sizeof(*all), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, all);
	kwaitgroup_batch_init(&all->b, limit);
	init_completion(&all->go);
	all->fails = -1;
	for (i = 0; i < KWG_ITEMS; i++) {
		kwaitgroup_work_init(&all->items[i].w, fn);
		all->items[i].all = all;
	}
	return all;
}

/* Twice, as the items and the batch are good for more than one round. */
static void kwg_batch_queues(struct kunit *test)
{
	struct kwg_items *all = kwg_items_new(test, 5, kwg_item_counts);
	int i, round;

	for (round = 1; round <= 2; round++) {
		for (i = 0; i < KWG_ITEMS; i++)
			KUNIT_ASSERT_EQ(test,
					kwaitgroup_batch_queue(&all->b,
							       system_unbound_wq,
							       &all->items[i].w), 0);
		KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&all->b), 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&all->called),
				round * KWG_ITEMS);
	}
	KUNIT_EXPECT_LE(test, atomic_read(&all->most), 5);
	kfree(all);
}

/* Those behind the one that fails are refused, or skipped. */
static void kwg_batch_queue_fails(struct kunit *test)
{
	struct kwg_items *all = kwg_items_new(test, 1, kwg_item_counts);
	int i, err = 0, queued = 0;

	all->fails = 10;
	for (i = 0; i < KWG_ITEMS && !err; i++) {
		err = kwaitgroup_batch_queue(&all->b, system_unbound_wq,
					     &all->items[i].w);
		queued += !err;
	}
	KUNIT_EXPECT_EQ(test, err, -ECANCELED);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&all->b), -EIO);
	KUNIT_EXPECT_EQ(test, queued, 11);
	KUNIT_EXPECT_EQ(test, atomic_read(&all->called), 11);
	kfree(all);
}

static void kwg_batch_queues_once(struct kunit *test)
{
	struct kwg_items *all = kwg_items_new(test, 0, kwg_item_waits);
	struct kwaitgroup_work *w = &all->items[0].w;

	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_queue(&all->b, system_unbound_wq,
						     w), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_queue(&all->b, system_unbound_wq,
						     w), -EBUSY);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&all->b.wg), 1);
	complete_all(&all->go);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&all->b), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_queue(&all->b, system_unbound_wq,
						     w), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&all->b), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&all->called), 2);
	kfree(all);
}

/* Behind one that blocks the only worker, the others have not begun. */
static void kwg_batch_skips(struct kunit *test)
{
	struct kwg_items *all = kwg_items_new(test, 0, kwg_item_waits);
	struct workqueue_struct *wq = alloc_ordered_workqueue("kwg_one", 0);
	struct kwaitgroup_batch_progress p;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, wq);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, kwaitgroup_batch_queue(&all->b, wq,
							     &all->items[i].w), 0);
	KUNIT_EXPECT_TRUE(test, kwg_until(atomic_read(&all->called)));
	kwaitgroup_batch_cancel(&all->b, -ENODEV);
	complete_all(&all->go);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&all->b), -ENODEV);
	KUNIT_EXPECT_EQ(test, atomic_read(&all->called), 1);
	kwaitgroup_batch_progress(&all->b, &p);
	KUNIT_EXPECT_EQ(test, p.over, 10ul);
	destroy_workqueue(wq);
	kfree(all);
}

static struct kunit_case kwg_batch_work_cases[] = {
	KUNIT_CASE(kwg_batch_queues),
	KUNIT_CASE(kwg_batch_queue_fails),
	KUNIT_CASE(kwg_batch_queues_once),
	KUNIT_CASE(kwg_batch_skips),
	{}
};

struct kunit_suite kwg_batch_work_suite = {
	.name = "kwaitgroup_batch_work",
	.test_cases = kwg_batch_work_cases,
};
