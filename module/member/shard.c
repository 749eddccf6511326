// SPDX-License-Identifier: GPL-2.0
/* Where memberships are kept: the memory of the records, and their end. */
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "chunk.h"
#include "shard.h"
#include "member_debug.h"

/* So many unused records are kept in a shard for the next joins. */
#define KWG_SPARE_MAX	4

struct kwg_shard kwg_shards[KWG_NR_SHARDS];

static struct kmem_cache *kwg_record_cache;

/* With the shard's lock. */
struct kwg_record *kwg_take_spare(struct kwg_shard *shard)
{
	struct kwg_record *rec;

	if (hlist_empty(&shard->spare))
		return NULL;
	rec = hlist_entry(shard->spare.first, struct kwg_record, spare);
	hlist_del(&rec->spare);
	WRITE_ONCE(shard->nr_spare, shard->nr_spare - 1);
	return rec;
}

/* Give back a record that is in no tree; with the shard's lock. */
void kwg_record_put(struct kwg_shard *shard, struct kwg_record *rec)
{
	hlist_add_head(&rec->spare, &shard->spare);
	WRITE_ONCE(shard->nr_spare, shard->nr_spare + 1);
}

/**
 * kwg_take_excess - take a record that is not needed
 * @shard: the shard; its lock is held
 *
 * To be freed without the lock.
 *
 * Return: the record, or NULL
 */
struct kwg_record *kwg_take_excess(struct kwg_shard *shard)
{
	return shard->nr_spare > KWG_SPARE_MAX ? kwg_take_spare(shard) : NULL;
}

/* Without the lock: a look. */
bool kwg_has_excess(const struct kwg_shard *shard)
{
	return READ_ONCE(shard->nr_spare) > KWG_SPARE_MAX;
}

void kwg_record_free(struct kwg_record *rec)
{
	if (rec)
		kmem_cache_free(kwg_record_cache, rec);
}

/* Free what is not needed, all of it. */
void kwg_records_trim(void)
{
	struct kwg_record *rec;
	unsigned long flags;
	int i;

	for (i = 0; i < KWG_NR_SHARDS; i++) {
		struct kwg_shard *shard = &kwg_shards[i];

		while (kwg_has_excess(shard)) {
			raw_spin_lock_irqsave(&shard->lock, flags);
			rec = kwg_take_excess(shard);
			raw_spin_unlock_irqrestore(&shard->lock, flags);
			kwg_record_free(rec);
			cond_resched();
		}
	}
}

/* With the shard's lock, which is dropped to allocate. */
struct kwg_record *kwg_record_get(struct kwg_shard *shard,
				  unsigned long *flags)
{
	struct kwg_record *rec = kwg_take_spare(shard);

	if (rec)
		return rec;
	raw_spin_unlock_irqrestore(&shard->lock, *flags);
	rec = kmem_cache_alloc(kwg_record_cache, GFP_NOWAIT | __GFP_NOWARN);
	raw_spin_lock_irqsave(&shard->lock, *flags);
	return rec;
}

/* The member of a record that is off its shard has left. */
void kwg_record_release(struct kwg_record *rec)
{
	if (rec->polled)
		put_task_struct(rec->task);
	else
		kwg_member_deactivate(rec->member);
}

/* How many there are, without the locks: a reader must not delay a join. */
unsigned long kwg_nr_members(void)
{
	unsigned long nr = 0;
	int i;

	for (i = 0; i < KWG_NR_SHARDS; i++) {
		nr += !!READ_ONCE(kwg_shards[i].slot.member);
		/* A join or leave may be changing it: then one or the other. */
		nr += data_race(kwg_shards[i].nr_records);
	}
	return nr;
}

int kwg_members_init(void)
{
	int i;

	for (i = 0; i < KWG_NR_SHARDS; i++)
		raw_spin_lock_init(&kwg_shards[i].lock);
	kwg_record_cache = KMEM_CACHE(kwg_record, 0);
	return kwg_record_cache ? 0 : -ENOMEM;
}

/*
 * A record of a call in @module, taken off; its task is not followed any more.
 * @more: there are some to look at.
 */
static struct kwg_record *kwg_take_leaked(struct kwg_shard *shard,
					  const struct module *module,
					  struct kwg_cursor *place, bool *more)
{
	struct kwg_record *rec = NULL;
	unsigned long flags;
	int i;

	raw_spin_lock_irqsave(&shard->lock, flags);
	for (i = 0; i < KWG_WALK_MAX; i++) {
		rec = kwg_record_next(shard, place, rec);
		if (!rec || within_module(rec->ip, module))
			break;
	}
	*more = rec;
	if (i == KWG_WALK_MAX)
		rec = NULL;
	if (rec)
		kwg_record_unlink(shard, rec);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	return rec;
}

static void kwg_drop_records(struct kwg_shard *shard,
			     const struct module *module)
{
	struct kwg_cursor place = {};
	struct kwg_record *rec;
	bool more;

	do {
		rec = kwg_take_leaked(shard, module, &place, &more);
		if (!rec)
			continue;
		kwg_misuse(rec->wg, KWG_MISUSE_MEMBER_LEAK, 1, rec->ip);
		kwg_record_release(rec);
		kwg_record_free(rec);
	} while (more);
}

/**
 * kwg_members_drop - a module goes away: report who has joined from it
 * @module: its exit function has run
 *
 * Such a member can never leave. Its group is left alone: it may have been the
 * module's, and be freed already.
 */
void kwg_members_drop(const struct module *module)
{
	struct kwg_record slot;
	int i;

	for (i = 0; i < KWG_NR_SHARDS; i++) {
		if (kwg_slot_drop(&kwg_shards[i], module, &slot)) {
			kwg_misuse(slot.wg, KWG_MISUSE_MEMBER_LEAK, 1, slot.ip);
			kwg_member_deactivate(slot.member);
			put_task_struct(slot.task);
		}
		kwg_drop_records(&kwg_shards[i], module);
	}
	kwg_holds_drop(module);
}

/* Modules that join use this one, so who is left here never left. */
void kwg_members_exit(void)
{
	struct kwg_record *rec, *next;
	int i;

	for (i = 0; i < KWG_NR_SHARDS; i++) {
		struct kwg_shard *shard = &kwg_shards[i];

		rbtree_postorder_for_each_entry_safe(rec, next, &shard->by_task,
						     by_task) {
			if (rec->polled)
				put_task_struct(rec->task);
			kwg_record_free(rec);
		}
		while ((rec = kwg_take_spare(shard)))
			kwg_record_free(rec);
	}
	kmem_cache_destroy(kwg_record_cache);
}
