// SPDX-License-Identifier: GPL-2.0
/* Where memberships are kept: the memory of the records, and their end. */
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "member.h"
#include "member_debug.h"

/* So many unused records are kept in a shard for the next joins. */
#define KWG_SPARE_MAX	4

struct kwg_shard kwg_shards[KWG_NR_SHARDS];

static struct kmem_cache *kwg_record_cache;

static struct kwg_record *kwg_take_spare(struct kwg_shard *shard)
{
	struct hlist_bl_node *node = shard->spare;

	if (!node)
		return NULL;
	shard->spare = node->next;
	shard->nr_spare--;
	return hlist_bl_entry(node, struct kwg_record, node);
}

/* Give back a record that is in no list; with the shard's lock. */
void kwg_record_put(struct kwg_shard *shard, struct kwg_record *rec)
{
	rec->node.next = shard->spare;
	shard->spare = &rec->node;
	shard->nr_spare++;
}

/**
 * kwg_records_trim - free a record that is not needed
 * @shard: the shard; its lock is not held
 *
 * Called by who leaves. Not where a task exits, where it is not allowed on
 * PREEMPT_RT: the records of the dead are used by the next ones to join.
 */
void kwg_records_trim(struct kwg_shard *shard)
{
	struct kwg_record *rec;

	if (READ_ONCE(shard->nr_spare) <= KWG_SPARE_MAX)
		return;
	kwg_shard_lock(shard);
	rec = kwg_take_spare(shard);
	kwg_shard_unlock(shard);
	if (rec)
		kmem_cache_free(kwg_record_cache, rec);
}

/* With the shard's lock, which is dropped to allocate. */
struct kwg_record *kwg_record_get(struct kwg_shard *shard)
{
	struct kwg_record *rec = kwg_take_spare(shard);

	if (rec)
		return rec;
	kwg_shard_unlock(shard);
	rec = kmem_cache_alloc(kwg_record_cache, GFP_NOWAIT | __GFP_NOWARN);
	kwg_shard_lock(shard);
	return rec;
}

/* Take a record off its shard, whose lock is held. */
void kwg_record_unlink(struct kwg_shard *shard, struct kwg_record *rec)
{
	__hlist_bl_del(&rec->node);
	shard->nr_records--;
	shard->nr_polled -= rec->polled;
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
	kwg_record_cache = KMEM_CACHE(kwg_record, 0);
	return kwg_record_cache ? 0 : -ENOMEM;
}

/* A record of a call in @module, taken off; its task is not followed any more. */
static struct kwg_record *kwg_take_leaked(struct kwg_shard *shard,
					  const struct module *module)
{
	struct hlist_bl_node *node;
	struct kwg_record *rec;

	kwg_shard_lock(shard);
	hlist_bl_for_each_entry(rec, node, &shard->records, node) {
		if (rec->member && within_module(rec->ip, module)) {
			kwg_record_unlink(shard, rec);
			kwg_shard_unlock(shard);
			return rec;
		}
	}
	kwg_shard_unlock(shard);
	return NULL;
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
	struct kwg_record *rec, slot;
	int i;

	for (i = 0; i < KWG_NR_SHARDS; i++) {
		if (kwg_slot_drop(&kwg_shards[i], module, &slot)) {
			kwg_misuse(slot.wg, KWG_MISUSE_MEMBER_LEAK, 1, slot.ip);
			kwg_member_deactivate(slot.member);
			put_task_struct(slot.task);
		}
		while ((rec = kwg_take_leaked(&kwg_shards[i], module))) {
			kwg_misuse(rec->wg, KWG_MISUSE_MEMBER_LEAK, 1, rec->ip);
			if (rec->polled)
				put_task_struct(rec->task);
			else
				kwg_member_deactivate(rec->member);
			kmem_cache_free(kwg_record_cache, rec);
		}
	}
}

/* Modules that join use this one, so who is left in the lists never left. */
void kwg_members_exit(void)
{
	struct hlist_bl_node *node, *next;
	struct kwg_record *rec;
	int i;

	for (i = 0; i < KWG_NR_SHARDS; i++) {
		struct kwg_shard *shard = &kwg_shards[i];

		hlist_bl_for_each_entry_safe(rec, node, next, &shard->records,
					     node) {
			if (rec->polled)
				put_task_struct(rec->task);
			kmem_cache_free(kwg_record_cache, rec);
		}
		while ((rec = kwg_take_spare(shard)))
			kmem_cache_free(kwg_record_cache, rec);
	}
	kmem_cache_destroy(kwg_record_cache);
}
