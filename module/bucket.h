/* SPDX-License-Identifier: GPL-2.0 */
/* The buckets, for bucket.c and what works on them with it. */
#ifndef _KWG_BUCKET_H
#define _KWG_BUCKET_H

#include <linux/hash.h>
#include <linux/wait.h>

#include "internal.h"

#define KWG_BUCKET_BITS	8

struct kwg_bucket {
	wait_queue_head_t wq;
	u64 ticket;		/* the newest one drawn; under wq.lock */
	unsigned long wakeups;	/* statistics; written under wq.lock */
	unsigned long aborts;
	unsigned long sleeps;
} ____cacheline_aligned_in_smp;

extern struct kwg_bucket kwg_buckets[1 << KWG_BUCKET_BITS];

static inline struct kwg_bucket *kwg_bucket(const struct kwaitgroup *wg)
{
	return &kwg_buckets[hash_ptr(wg, KWG_BUCKET_BITS)];
}

/* bucket.c; with the bucket lock held */
int kwg_wake_waiter(struct wait_queue_entry *wait, unsigned int mode,
		    int flags, void *arg);
bool kwg_publish_ticket(struct kwg_bucket *b, struct kwg_waiter *w);
void kwg_retire_ticket(struct kwg_bucket *b, struct kwg_waiter *w);

/* bucket.c; takes every bucket lock */
void kwg_wake_all_settled(void);

/* async.c; with the bucket lock held */
int kwg_async_wake(struct kwg_bucket *b, struct kwg_waiter *w);

/* sweep.c */
void kwg_sweep_later(unsigned long ip);
void kwg_sweep_sync(void);

#endif /* _KWG_BUCKET_H */
