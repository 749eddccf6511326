// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that has the core of kwaitgroup inside of its module: it needs no
 * kwaitgroup.ko, and does not mind one. See Kbuild.
 *
 * What it gives up is what the other rooms do: names, deaths that are noticed,
 * debugfs, descriptors for user space. Misuse is reported, the first time.
 *
 * A group of it is for its own calls. To hand one to another module would mean
 * that somebody else's done looks for the waiter, in buckets of his own.
 */
#define pr_fmt(fmt) "embedded: " fmt

#include <linux/kwaitgroup.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "../../module/core/core.h"

#define NR_ITEMS 16

struct item {
	struct work_struct work;
	struct kwaitgroup *wg;
	unsigned int square;
	unsigned int number;
};

static void item_work(struct work_struct *work)
{
	struct item *item = container_of(work, struct item, work);

	item->square = item->number * item->number;
	kwaitgroup_done(item->wg);
}

/* One batch of work items. They are on the stack: nobody needs one after its done. */
static unsigned int sum_of_squares(struct workqueue_struct *wq)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct item items[NR_ITEMS];
	unsigned int i, sum = 0;

	for (i = 0; i < NR_ITEMS; i++) {
		items[i].wg = &wg;
		items[i].number = i;
		INIT_WORK_ONSTACK(&items[i].work, item_work);
		kwaitgroup_add(&wg, 1);
		queue_work(wq, &items[i].work);
	}
	kwaitgroup_wait(&wg);
	for (i = 0; i < NR_ITEMS; i++) {
		destroy_work_on_stack(&items[i].work);
		sum += items[i].square;
	}
	return sum;
}

static int __init embedded_init(void)
{
	struct workqueue_struct *wq;
	int err = kwg_buckets_init();

	if (err)
		return err;
	wq = alloc_workqueue("embedded", WQ_UNBOUND, 0);
	if (!wq) {
		kwg_buckets_exit();
		return -ENOMEM;
	}
	pr_info("the sum of %d squares is %u\n", NR_ITEMS, sum_of_squares(wq));
	/* Behind its done, an item still has to return from this module. */
	destroy_workqueue(wq);
	return 0;
}

static void __exit embedded_exit(void)
{
	kwg_buckets_exit();
}

module_init(embedded_init);
module_exit(embedded_exit);

MODULE_DESCRIPTION("kwaitgroup sample: the core inside of a module of one's own");
MODULE_AUTHOR("The kwaitgroup maintainers");
MODULE_LICENSE("GPL");
