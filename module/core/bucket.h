/* SPDX-License-Identifier: GPL-2.0 */
/* The buckets, for the files of this room alone. */
#ifndef _KWG_BUCKET_H
#define _KWG_BUCKET_H

#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/spinlock.h>

#include "core.h"

struct kwg_bucket {
	raw_spinlock_t lock;		/* of all below, and of the waiters */
	struct rb_root waiters;		/* in the order of struct kwg_place */
	struct list_head stamped;	/* and who has not left, oldest stamp first */
	struct list_head unfinished;	/* waiters where a wake-up goes on */
	u64 ticket;			/* the newest one drawn */
	u64 ticket_limit;		/* here a grace period is due */
	unsigned long wakeups;		/* statistics; also read without */
	unsigned long aborts;
	unsigned long sleeps;
} ____cacheline_aligned_in_smp;

/* First those of drivers' groups, then as many of user space's. */
extern struct kwg_bucket *kwg_buckets;
extern struct kwg_bucket *kwg_user_buckets;
extern unsigned int kwg_bucket_bits;

#define kwg_for_each_bucket(b)						\
	for ((b) = kwg_buckets; (b) < kwg_buckets + (2 << kwg_bucket_bits); (b)++)

/* @state: the group's word, now or when it was settled. */
static inline struct kwg_bucket *kwg_bucket(const struct kwaitgroup *wg,
					    s64 state)
{
	struct kwg_bucket *table = state & KWAITGROUP_USER ? kwg_user_buckets :
							     kwg_buckets;

	return &table[hash_ptr(wg, kwg_bucket_bits)];
}

/* queue.c; with the bucket lock held */

void kwg_place_after(struct kwg_place *place, const struct kwg_waiter *w);
bool kwg_has_waiter(const struct kwg_bucket *b, const struct kwaitgroup *wg);
void kwg_enqueue(struct kwg_bucket *b, struct kwg_waiter *w);
void kwg_dequeue(struct kwg_bucket *b, struct kwg_waiter *w);
void kwg_go_on_at(struct kwg_bucket *b, struct kwg_waiter *w, u64 until,
		  int result);

static inline bool kwg_is_queued(const struct kwg_waiter *w)
{
	return !RB_EMPTY_NODE(&w->node);
}

/* Nobody else is in its bucket, as a rule: then there is no tree to look after. */
static inline bool kwg_is_alone(const struct kwg_bucket *b,
				const struct kwg_waiter *w)
{
	return b->waiters.rb_node == &w->node && !w->node.rb_left &&
	       !w->node.rb_right;
}

static inline void kwg_dequeue_alone(struct kwg_bucket *b, struct kwg_waiter *w)
{
	/* Others look whether there is anybody, without the lock. */
	WRITE_ONCE(b->waiters.rb_node, NULL);
	RB_CLEAR_NODE(&w->node);
}

/* ticket.c */
void kwg_tickets_init(struct kwg_bucket *b);
void kwg_lock_for_ticket(struct kwg_bucket *b) __acquires(&b->lock);
/* with the bucket lock held */
bool kwg_publish_ticket(struct kwg_bucket *b, struct kwg_waiter *w);
void kwg_retire_ticket(struct kwg_bucket *b, struct kwaitgroup *wg);

/* The number whose low bits are in @state. */
static inline u64 kwg_full_ticket(const struct kwg_bucket *b, s64 state)
{
	lockdep_assert_held(&b->lock);

	return b->ticket - ((b->ticket - state) & KWAITGROUP_TICKET_MASK);
}

/* bucket.c */
void kwg_wake_all_settled(void);

/* standin.c; with the bucket lock held */
bool kwg_standin_has_settled(struct kwg_waiter *w);
void kwg_standin_take(struct kwg_bucket *b, struct kwg_waiter *w);

/* nmi.c */
void kwg_wake_later(struct kwaitgroup *wg, s64 state, unsigned long ip);
void kwg_nmi_init(void);
void kwg_nmi_sync(void);

#endif /* _KWG_BUCKET_H */
