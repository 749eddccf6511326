// SPDX-License-Identifier: GPL-2.0
/*
 * Holders, as others see them than who takes and releases: lists, the end of a wait,
 * a module that goes away. All of them read under RCU, and make nobody wait. See
 * hold.c for the letters.
 */
#include <linux/kwaitgroup_holder.h>
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "chunk.h"
#include "shard.h"

/* Whether the record still is, and was all the time, what was seen with @seq. */
static bool kwg_hold_is_same(const struct kwg_hold *hold, unsigned long seq)
{
	/* D: pairs with A. */
	smp_rmb();
	return READ_ONCE(hold->seq) == seq || kwg_mutant(hold_pairs_wrongly);
}

/* With RCU: copies what holds a group; false: none, or it is just changing. */
static bool kwg_hold_read(const struct kwg_hold *hold, struct kwg_record *copy,
			  unsigned long *seq)
{
	/* Pairs with B. */
	*seq = smp_load_acquire(&hold->seq);
	if (!(*seq & 1))
		return false;
	kwg_window(KWG_WINDOW_HOLD_READ);
	*copy = (struct kwg_record) {
		.wg = READ_ONCE(hold->wg),
		.holder = READ_ONCE(hold->holder),
		.ip = READ_ONCE(hold->ip),
		.cookie = READ_ONCE(hold->cookie),
		.joined = READ_ONCE(hold->taken),
	};
	return kwg_hold_is_same(hold, *seq);
}

/* With RCU: the next record of a place; NULL: there is none any more. */
static struct kwg_hold *kwg_hold_next(struct kwg_hold_place *place,
				      struct kwg_chunk **chunk)
{
	for (; place->index < READ_ONCE(kwg_chunks_end); place->index++) {
		*chunk = rcu_dereference(kwg_chunks[place->index]);
		if (*chunk && place->slot < KWG_CHUNK_HOLDS &&
		    (!place->wg || (*chunk)->pool == kwg_pool(place->wg)))
			return &(*chunk)->holds[place->slot++];
		place->slot = 0;
	}
	return NULL;
}

/**
 * kwg_holds_copy - copy the next holders, of all groups or of one
 * @place: where to go on from; moves along
 * @copies: get them: records without a task
 * @max: how many
 *
 * One that holds a group the whole time is copied once. Makes nobody wait.
 *
 * Return: how many; less than @max only when there are no more
 */
unsigned int kwg_holds_copy(struct kwg_hold_place *place,
			    struct kwg_record *copies, unsigned int max)
{
	struct kwg_chunk *chunk;
	struct kwg_hold *hold;
	unsigned int nr = 0;
	unsigned long seq;

	rcu_read_lock();
	while (nr < max && (hold = kwg_hold_next(place, &chunk)))
		nr += kwg_hold_read(hold, &copies[nr], &seq) &&
		      (!place->wg || copies[nr].wg == place->wg);
	rcu_read_unlock();
	return nr;
}

/* How many there is memory for. */
unsigned long kwg_nr_places(void)
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < READ_ONCE(kwg_chunks_end); i++)
		nr += KWG_CHUNK_HOLDS * !!rcu_access_pointer(kwg_chunks[i]);
	return nr;
}

/* How many there are in lists; who comes or goes meanwhile counts, or not. */
unsigned long kwg_nr_holders(void)
{
	struct kwg_chunk *chunk;
	unsigned long nr = 0;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < READ_ONCE(kwg_chunks_end); i++) {
		chunk = rcu_dereference(kwg_chunks[i]);
		if (chunk)
			nr += hweight_long(READ_ONCE(chunk->used) &
					   KWG_CHUNK_ALL);
	}
	rcu_read_unlock();
	return nr;
}

/* A record that was seen with @seq is taken off; false: it is another one now. */
static bool kwg_hold_drop(struct kwg_chunk *chunk, struct kwg_hold *hold,
			  unsigned long seq)
{
	if (!kwg_hold_take(hold, seq))
		return false;
	kwg_chunk_put(chunk, hold - chunk->holds);
	return true;
}

/* Whether a record of @wg is left although the group is at zero. */
static bool kwg_hold_is_stale(const struct kwg_hold *hold,
			      const struct kwaitgroup *wg,
			      struct kwg_record *copy, unsigned long *seq)
{
	if (!kwg_hold_read(hold, copy, seq) || copy->wg != wg)
		return false;
	if (kwaitgroup_count(wg) > 0)
		return false;
	/* It was there when the count was zero, if it is there still. */
	return kwg_hold_is_same(hold, *seq);
}

/* So many are taken off at a time, to be reported without RCU: see misuse=bug. */
#define KWG_STALE_MAX	4

struct kwg_stale {
	const struct kwaitgroup *wg;
	struct kwg_record copies[KWG_STALE_MAX];
	unsigned int nr;
};

static void kwg_chunk_settle(struct kwg_chunk *chunk, struct kwg_stale *stale)
{
	unsigned long seq;
	int i;

	for (i = 0; i < KWG_CHUNK_HOLDS && stale->nr < KWG_STALE_MAX; i++)
		stale->nr += kwg_hold_is_stale(&chunk->holds[i], stale->wg,
					       &stale->copies[stale->nr],
					       &seq) &&
			     kwg_hold_drop(chunk, &chunk->holds[i], seq);
}

/*
 * Strangers' holders are looked at, too, if their groups are in the same pool: so
 * many chunks of them, and no more.
 */
#define KWG_SETTLE_MAX	64

static void kwg_pool_settle(struct kwg_pool *pool, struct kwg_stale *stale)
{
	struct kwg_chunk *chunk;
	int n = 0;

	rcu_read_lock();
	hlist_for_each_entry_rcu(chunk, &pool->chunks, of_pool) {
		if (n++ == KWG_SETTLE_MAX)
			break;
		kwg_chunk_settle(chunk, stale);
	}
	rcu_read_unlock();
}

/**
 * kwg_holds_settled - nobody is left in a group: drop the holders that are
 * @wg: the group, which is there. Its count was zero after the caller came.
 *
 * See kwg_members_settled().
 *
 * Context: Any.
 */
void kwg_holds_settled(const struct kwaitgroup *wg)
{
	struct kwg_stale stale;	/* not all of it: each wait comes here */
	unsigned int i;

	if (kwg_mutant(holder_outlives_zero))
		return;
	stale.wg = wg;
	do {
		stale.nr = 0;
		kwg_pool_settle(kwg_pool(wg), &stale);
		for (i = 0; i < stale.nr; i++)
			kwg_report_stale(&stale.copies[i]);
	} while (stale.nr == KWG_STALE_MAX);
}

/* Take off the next one that is of @wg, or was taken by a call in @module. */
static bool kwg_hold_drop_next(struct kwg_hold_place *place,
			       const struct module *module,
			       struct kwg_record *copy)
{
	struct kwg_chunk *chunk;
	struct kwg_hold *hold;
	unsigned long seq;
	bool found = false;

	rcu_read_lock();
	while (!found && (hold = kwg_hold_next(place, &chunk))) {
		if (!kwg_hold_read(hold, copy, &seq))
			continue;
		found = (module ? within_module(copy->ip, module) :
				  copy->wg == place->wg) &&
			kwg_hold_drop(chunk, hold, seq);
	}
	rcu_read_unlock();
	return found;
}

/**
 * kwg_holds_drop - a module goes away: report the holders that it has taken
 * @module: its exit function has run
 *
 * Who is to release them? The groups are left alone, as by kwg_members_drop().
 */
void kwg_holds_drop(const struct module *module)
{
	struct kwg_hold_place place = {};
	struct kwg_record copy;

	while (!kwg_mutant(holder_leak_unseen) &&
	       kwg_hold_drop_next(&place, module, &copy)) {
		kwg_misuse(copy.wg, KWG_MISUSE_HOLDER_LEAK, 1, copy.ip);
		cond_resched();
	}
}

/* The memory of a group goes away, see kwg_members_forget(). */
void kwg_holds_forget(const struct kwaitgroup *wg)
{
	struct kwg_hold_place place = { .wg = wg };
	struct kwg_record copy;

	while (kwg_hold_drop_next(&place, NULL, &copy))
		;
}
