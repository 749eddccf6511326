// SPDX-License-Identifier: GPL-2.0
/*
 * The memory for what is known of holders.
 *
 * A group is taken and released in any context, so neither may need a lock. A
 * place is a bit in the word of a chunk. To claim one in the pool's current chunk
 * is one atomic operation, and so is giving it back, wherever it is. Only who finds
 * the current chunk full locks, to go on with another one that has room.
 *
 * A chunk that is full is known to nobody, and who gives back a place in it lists
 * it again. Two who meet there must not both rely on the other:
 *
 *	current chunk is full		a place in it is given back
 *	D: LISTED off			F: bit off
 *	mb				mb
 *	E: room in it again?		G: LISTED?
 *	  LISTED on: was off?		  LISTED on: was off?
 *	    goes on with it		    into the list
 *
 * If E sees no room, G sees that it is not listed. If both see what the other has
 * done, the one that sets LISTED has it.
 *
 * A chunk that is empty is freed by a work item, if it is not the current one and
 * the pool has another one in its list. It claims all of its places at once, from
 * the word that has LISTED alone:
 *
 *	claims				work item
 *	rcu_read_lock_sched()
 *	the current chunk		(is listed, so another one by now)
 *					H: used: LISTED -> all ones
 *	its word: full			out of the table
 *	rcu_read_unlock_sched()		freed after a grace period
 *
 * Who has a bit, or reads under RCU, has the chunk. To read is to have preemption off for
 * a moment, which takes a few instructions where rcu_read_lock() takes two calls.
 */
#include <linux/idr.h>
#include <linux/irq_work.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "chunk.h"
#include "shard.h"

struct kwg_pool kwg_pools[KWG_NR_POOLS];
struct kwg_chunk __rcu *kwg_chunks[KWG_CHUNKS_MAX];
unsigned int kwg_chunks_end;

static DEFINE_IDA(kwg_chunk_ids);

static void kwg_tend_pools(struct work_struct *work);
static DECLARE_WORK(kwg_tend_work, kwg_tend_pools);

/* From any context. */
static void kwg_tend_queue(struct irq_work *work)
{
	kwg_watch_queue(&kwg_tend_work);
}

static struct irq_work kwg_tend_soon;

static void kwg_chunks_grow(unsigned int end)
{
	unsigned int old = READ_ONCE(kwg_chunks_end);

	while (old < end && !try_cmpxchg(&kwg_chunks_end, &old, end))
		;
}

/* Where the allocator may be called, with whatever lock that is not raw. */
static bool kwg_may_allocate(void)
{
	return !in_nmi() && !in_hardirq() &&
	       (!IS_ENABLED(CONFIG_PREEMPT_RT) || preemptible());
}

/* A new one, that is listed: it is the caller's to tell the pool of. */
static struct kwg_chunk *kwg_chunk_new(struct kwg_pool *pool)
{
	const gfp_t gfp = GFP_NOWAIT | __GFP_NOWARN;
	struct kwg_chunk *chunk;
	unsigned long flags;
	int index;

	if (!kwg_may_allocate())
		return NULL;
	chunk = kzalloc(sizeof(*chunk), gfp);
	if (!chunk)
		return NULL;
	index = ida_alloc_max(&kwg_chunk_ids, KWG_CHUNKS_MAX - 1, gfp);
	if (index < 0) {
		kfree(chunk);
		return NULL;
	}
	chunk->pool = pool;
	chunk->index = index;
	chunk->used = BIT(KWG_CHUNK_LISTED);
	rcu_assign_pointer(kwg_chunks[index], chunk);
	kwg_chunks_grow(index + 1);
	raw_spin_lock_irqsave(&pool->lock, flags);
	hlist_add_head_rcu(&chunk->of_pool, &pool->chunks);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return chunk;
}

static bool kwg_has_room(const struct kwg_chunk *chunk)
{
	return ~READ_ONCE(chunk->used) & KWG_CHUNK_ALL;
}

/* Whether it is for the caller to list it, see D to G. */
static bool kwg_chunk_list(struct kwg_chunk *chunk)
{
	return !test_and_set_bit(KWG_CHUNK_LISTED, &chunk->used);
}

/* With the pool's lock: the current chunk, if it has room after all. */
static bool kwg_keep_current(struct kwg_chunk *chunk)
{
	if (!chunk)
		return false;
	if (kwg_has_room(chunk))
		return true;
	/* D */
	clear_bit(KWG_CHUNK_LISTED, &chunk->used);
	/* The one on the left. */
	smp_mb__after_atomic();
	kwg_window(KWG_WINDOW_CHUNK_FULL);
	/* E */
	return kwg_has_room(chunk) && kwg_chunk_list(chunk);
}

/* With the pool's lock: go on with a chunk that has room; false: there is none. */
static bool kwg_pool_go_on(struct kwg_pool *pool)
{
	struct kwg_chunk *chunk =
		rcu_dereference_protected(pool->current_chunk,
					  lockdep_is_held(&pool->lock));
	struct llist_node *node;

	while (!kwg_keep_current(chunk)) {
		node = llist_del_first(&pool->free);
		chunk = node ? llist_entry(node, struct kwg_chunk, free) : NULL;
		rcu_assign_pointer(pool->current_chunk, chunk);
		if (!chunk)
			return false;
	}
	return true;
}

/* Whether it is worth another try. */
static bool kwg_pool_refill(struct kwg_pool *pool)
{
	struct kwg_chunk *chunk;
	unsigned long flags;
	bool found;

	if (!in_nmi())
		raw_spin_lock_irqsave(&pool->lock, flags);
	else if (!raw_spin_trylock_irqsave(&pool->lock, flags))
		return false;
	found = kwg_pool_go_on(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (READ_ONCE(pool->eager) && llist_empty(&pool->free))
		irq_work_queue(&kwg_tend_soon);
	if (found)
		return true;
	chunk = kwg_chunk_new(pool);
	if (chunk) {
		llist_add(&chunk->free, &pool->free);
		return true;
	}
	WRITE_ONCE(pool->eager, true);
	irq_work_queue(&kwg_tend_soon);
	return false;
}

/* With RCU: a place in the current chunk. */
static struct kwg_chunk *kwg_claim_current(struct kwg_pool *pool,
					   unsigned int *slot)
{
	struct kwg_chunk *chunk = rcu_dereference_sched(pool->current_chunk);
	unsigned long room;

	while (chunk && (room = ~READ_ONCE(chunk->used) & KWG_CHUNK_ALL)) {
		*slot = __ffs(room);
		/* Pairs with F: what was there before is over. */
		if (!test_and_set_bit_lock(*slot, &chunk->used))
			return chunk;
	}
	return NULL;
}

/**
 * kwg_chunk_claim - a place for what is known of a holder
 * @pool: the pool of its group
 * @slot: gets the place in the chunk
 *
 * Context: Any.
 * Return: the chunk, which is there as long as the place is claimed; NULL: there
 * is no memory
 */
struct kwg_chunk *kwg_chunk_claim(struct kwg_pool *pool, unsigned int *slot)
{
	struct kwg_chunk *chunk;

	do {
		rcu_read_lock_sched();
		chunk = kwg_claim_current(pool, slot);
		rcu_read_unlock_sched();
	} while (unlikely(!chunk) && kwg_pool_refill(pool));
	return chunk;
}

/**
 * kwg_chunk_put - give a place back
 * @chunk: the chunk
 * @slot: the place; what was written to it is over
 *
 * Context: Any, with RCU: the chunk may be freed when this has returned.
 */
void kwg_chunk_put(struct kwg_chunk *chunk, unsigned int slot)
{
	struct kwg_pool *pool = chunk->pool;
	unsigned long used;

	/* F: pairs with the claim, who finds what is over. */
	clear_bit_unlock(slot, &chunk->used);
	/* The one on the right. */
	smp_mb__after_atomic();
	/* G */
	used = READ_ONCE(chunk->used);
	if (unlikely(!(used & BIT(KWG_CHUNK_LISTED)))) {
		if (!kwg_mutant(chunk_stays_full) && kwg_chunk_list(chunk))
			llist_add(&chunk->free, &pool->free);
	} else if (unlikely(used == BIT(KWG_CHUNK_LISTED)) &&
		   chunk != rcu_access_pointer(pool->current_chunk)) {
		irq_work_queue(&kwg_tend_soon);
	}
}

/* No pool and no reader finds it any more; who has found it reads under RCU. */
static void kwg_chunk_free(struct kwg_chunk *chunk)
{
	struct kwg_pool *pool = chunk->pool;

	raw_spin_lock_irq(&pool->lock);
	hlist_del_rcu(&chunk->of_pool);
	raw_spin_unlock_irq(&pool->lock);
	RCU_INIT_POINTER(kwg_chunks[chunk->index], NULL);
	ida_free(&kwg_chunk_ids, chunk->index);
	kfree_rcu(chunk, rcu);
}

/* Claims all of it, if it is empty: nobody has a place in it, or will. */
static bool kwg_chunk_close(struct kwg_chunk *chunk)
{
	const unsigned long empty = BIT(KWG_CHUNK_LISTED);

	/* H */
	return READ_ONCE(chunk->used) == empty &&
	       cmpxchg(&chunk->used, empty, ~0UL) == empty;
}

/* So many that have room stay, for the next crowd. */
#ifndef KWG_CHUNKS_KEPT
#define KWG_CHUNKS_KEPT	1
#endif

static void kwg_pool_trim(struct kwg_pool *pool)
{
	struct kwg_chunk *chunk, *next;
	struct llist_node *nodes;
	int kept = 0;

	raw_spin_lock_irq(&pool->lock);
	nodes = llist_del_all(&pool->free);
	raw_spin_unlock_irq(&pool->lock);
	llist_for_each_entry_safe(chunk, next, nodes, free) {
		if (kept >= KWG_CHUNKS_KEPT && kwg_chunk_close(chunk)) {
			kwg_chunk_free(chunk);
		} else {
			kept++;
			llist_add(&chunk->free, &pool->free);
		}
		cond_resched();
	}
}

static void kwg_pool_reserve(struct kwg_pool *pool)
{
	struct kwg_chunk *chunk;

	if (!READ_ONCE(pool->eager) || !llist_empty(&pool->free))
		return;
	chunk = kwg_chunk_new(pool);
	if (chunk)
		llist_add(&chunk->free, &pool->free);
}

static void kwg_tend_pools(struct work_struct *work)
{
	int i;

	for (i = 0; i < KWG_NR_POOLS; i++) {
		if (!kwg_mutant(chunks_stay))
			kwg_pool_trim(&kwg_pools[i]);
		kwg_pool_reserve(&kwg_pools[i]);
	}
}

int kwg_chunks_init(void)
{
	int i;

	for (i = 0; i < KWG_NR_POOLS; i++)
		raw_spin_lock_init(&kwg_pools[i].lock);
	init_irq_work(&kwg_tend_soon, kwg_tend_queue);
	return 0;
}

/*
 * Modules that hold use this one, so who is left here was never released. What
 * comes later finds no chunk.
 */
void kwg_chunks_exit(void)
{
	unsigned int i;

	irq_work_sync(&kwg_tend_soon);
	cancel_work_sync(&kwg_tend_work);
	for (i = 0; i < KWG_NR_POOLS; i++)
		RCU_INIT_POINTER(kwg_pools[i].current_chunk, NULL);
	for (i = 0; i < kwg_chunks_end; i++) {
		struct kwg_chunk *chunk =
			rcu_dereference_protected(kwg_chunks[i], true);

		if (chunk)
			kwg_chunk_free(chunk);
	}
	ida_destroy(&kwg_chunk_ids);
}
