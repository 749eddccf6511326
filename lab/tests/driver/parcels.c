// SPDX-License-Identifier: GPL-2.0
/* A driver as others write it: it has this folder, and of kwaitgroup the header and the symbols. */
#define pr_fmt(fmt) "parcels: " fmt

#include <linux/kwaitgroup.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

static unsigned int parcels = 100;
module_param(parcels, uint, 0444);
MODULE_PARM_DESC(parcels, "how many are delivered (default 100)");

static bool twice;
module_param(twice, bool, 0444);
MODULE_PARM_DESC(twice, "a bug: one is said to be delivered twice");

struct parcel {
	struct work_struct work;
	struct kwaitgroup *wg;
};

static atomic_t delivered;
static struct workqueue_struct *road;

static void deliver(struct work_struct *work)
{
	struct parcel *parcel = container_of(work, struct parcel, work);

	atomic_inc(&delivered);
	kwaitgroup_done(parcel->wg);
}

static void send(struct parcel *all, struct kwaitgroup *wg)
{
	unsigned int i;

	for (i = 0; i < parcels; i++) {
		all[i].wg = wg;
		INIT_WORK(&all[i].work, deliver);
		kwaitgroup_add(wg, 1);
		queue_work(road, &all[i].work);
	}
}

/* When the wait has returned, all of them are over, and their memory is free to go. */
static int deliver_all(void)
{
	struct parcel *all = kcalloc(parcels, sizeof(*all), GFP_KERNEL);
	DECLARE_KWAITGROUP_ONSTACK(wg);

	if (!all)
		return -ENOMEM;
	send(all, &wg);
	kwaitgroup_wait(&wg);
	if (twice)
		kwaitgroup_done(&wg);
	kfree(all);
	pr_info("%d of %u delivered\n", atomic_read(&delivered), parcels);
	return 0;
}

static int __init parcels_init(void)
{
	int err;

	road = alloc_workqueue("parcels", WQ_UNBOUND, 0);
	if (!road)
		return -ENOMEM;
	err = deliver_all();
	if (err)
		destroy_workqueue(road);
	return err;
}
module_init(parcels_init);

/* A done is not the end of a work item's code: that has to be out of this module first. */
static void __exit parcels_exit(void)
{
	destroy_workqueue(road);
}
module_exit(parcels_exit);

MODULE_DESCRIPTION("A driver out of kwaitgroup's tree, for the lab's tests");
MODULE_LICENSE("GPL");
