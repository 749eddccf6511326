/* SPDX-License-Identifier: GPL-2.0 */
/* Where what is known of holders is kept, for the files of this room alone. */
#ifndef _KWG_CHUNK_H
#define _KWG_CHUNK_H

#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/kwaitgroup_holder.h>
#include <linux/llist.h>
#include <linux/minmax.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "member.h"

struct module;

/* One holder of a group. Only who has claimed it writes to it, see hold.c. */
struct kwg_hold {
	unsigned long seq;		/* odd: holds @wg */
	const struct kwaitgroup_holder *holder;	/* compared, never followed */
	struct kwaitgroup *wg;
	unsigned long ip;		/* the call that took the group */
	u64 cookie;
	u64 taken;			/* jiffies */
};

/* As many as a word has bits, but one. */
#ifndef KWG_CHUNK_HOLDS
#define KWG_CHUNK_HOLDS		(BITS_PER_LONG == 64 ? 40 : 31)
#endif
#define KWG_CHUNK_LISTED	(BITS_PER_LONG - 1)
#define KWG_CHUNK_ALL		(BIT(KWG_CHUNK_HOLDS) - 1)

/* Memory for some, of groups that hash to one pool. */
struct kwg_chunk {
	/* A bit for each that is claimed, and whether its pool knows of it. */
	unsigned long used;
	unsigned int index;		/* in kwg_chunks */
	struct kwg_pool *pool;
	struct llist_node free;		/* if the pool knows, and not its current */
	struct hlist_node of_pool;
	struct rcu_head rcu;
	struct kwg_hold holds[KWG_CHUNK_HOLDS];
};

#ifdef CONFIG_64BIT
/* What the allocator has, and with nothing left over for one more. */
static_assert(sizeof(struct kwg_chunk) <= 2048);
#endif

#ifndef KWG_POOL_BITS
#define KWG_POOL_BITS		6
#endif
#define KWG_NR_POOLS	BIT(KWG_POOL_BITS)

struct kwg_pool {
	struct kwg_chunk __rcu *current_chunk ____cacheline_aligned_in_smp;
	struct llist_head free;		/* chunks that have room */
	bool eager;			/* has run out of room: keeps some */
	raw_spinlock_t lock;		/* of who takes from @free, or changes: */
	struct hlist_head chunks;	/* read under RCU */
};

extern struct kwg_pool kwg_pools[KWG_NR_POOLS];

/* All chunks, by index: 2048 of them are 81,920 holders, and four megabytes. */
#ifndef KWG_CHUNKS_MAX
#define KWG_CHUNKS_MAX		2048
static_assert(KWG_CHUNKS_MAX * KWG_CHUNK_HOLDS >= KWAITGROUP_HOLDERS_MAX);
#endif
extern struct kwg_chunk __rcu *kwg_chunks[KWG_CHUNKS_MAX];
/* No chunk has an index of so much, or more. */
extern unsigned int kwg_chunks_end;

static inline struct kwg_pool *kwg_pool(const struct kwaitgroup *wg)
{
	return &kwg_pools[hash_ptr(wg, KWG_POOL_BITS)];
}

/* chunk.c */
struct kwg_chunk *kwg_chunk_claim(struct kwg_pool *pool, unsigned int *slot);
void kwg_chunk_put(struct kwg_chunk *chunk, unsigned int slot);

/* hold.c */
bool kwg_hold_take(struct kwg_hold *hold, unsigned long seq);

/* held.c */
void kwg_holds_settled(const struct kwaitgroup *wg);
void kwg_holds_forget(const struct kwaitgroup *wg);
void kwg_holds_drop(const struct module *module);

#endif /* _KWG_CHUNK_H */
