// SPDX-License-Identifier: GPL-2.0
/* The table of buckets: how large it is, its life, and what is counted in it. */
#include <linux/cpumask.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "bucket.h"

struct kwg_bucket *kwg_buckets;
struct kwg_bucket *kwg_user_buckets;
unsigned int kwg_bucket_bits;
struct workqueue_struct *kwg_wake_wq;

static unsigned long kwg_peek(const unsigned long *counter)
{
	/* Without the lock: a reader must not delay a wake. */
	return data_race(*counter);
}

void kwg_wait_stats(struct kwg_wait_stats *stats)
{
	const struct kwg_bucket *b;

	memset(stats, 0, sizeof(*stats));
	kwg_for_each_bucket(b) {
		stats->wakeups += kwg_peek(&b->wakeups);
		stats->aborts += kwg_peek(&b->aborts);
		stats->sleeps += kwg_peek(&b->sleeps);
	}
}

static void kwg_bucket_init(struct kwg_bucket *b)
{
	raw_spin_lock_init(&b->lock);
	b->waiters = RB_ROOT;
	INIT_LIST_HEAD(&b->stamped);
	INIT_LIST_HEAD(&b->unfinished);
	kwg_tickets_init(b);
}

/* Processes that wait at the same time are as many as there are CPUs. */
int kwg_buckets_init(void)
{
	struct kwg_bucket *b;

	kwg_nmi_init();
	kwg_bucket_bits = clamp(order_base_2(num_possible_cpus()) + 5, 6, 13);
	kwg_buckets = kvcalloc(2 << kwg_bucket_bits, sizeof(*kwg_buckets),
			       GFP_KERNEL);
	kwg_wake_wq = alloc_workqueue("kwaitgroup_wake", WQ_UNBOUND |
				      WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	if (!kwg_buckets || !kwg_wake_wq) {
		kwg_buckets_exit();
		return -ENOMEM;
	}
	kwg_user_buckets = kwg_buckets + (1 << kwg_bucket_bits);
	kwg_for_each_bucket(b)
		kwg_bucket_init(b);
	return 0;
}

/* No waiter is left, as all callers are modules that use this one. */
void kwg_buckets_exit(void)
{
	kwg_nmi_sync();
	if (kwg_wake_wq)
		destroy_workqueue(kwg_wake_wq);
	kvfree(kwg_buckets);
}
