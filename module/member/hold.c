// SPDX-License-Identifier: GPL-2.0
/*
 * Holders: members that are not tasks.
 *
 * The holder is in a request, and that may be freed by mistake while it holds a
 * group: just then it has to be found. So what is known of it is a record of our
 * own, as with tasks, and the holder is an address to compare with. It says where
 * its record is, by a number that is believed only if that one names the holder.
 *
 * Who has claimed a record writes it, and whoever releases the holder takes it off.
 * A reader must not believe half of one holder and half of the next, and of two who
 * release the same holder one is wrong. One number tells all of them:
 *
 *	hold			release			reader
 *	claim the record
 *	E: seq: 6 -> 8
 *	A: wmb
 *	holder, group, ...
 *	B: seq: 9 (release)	seq: 9 (acquire)	seq: 9 (acquire)
 *				holder is ours?		copy
 *				C: seq: 9 -> 10		D: rmb
 *				give it back		seq: 9, so all was of 9
 *	claim it
 *	E: seq: 10 -> 12
 *
 * A copy that has any of the next holder's sees its E: pairs A with D. The one that
 * makes C has released it.
 *
 * The count has one for each record: the add comes before B, and C before the done.
 * So a record that is there, and was there when its group was at zero, is one that a
 * plain done has finished, see stale.c.
 */
#include <linux/export.h>
#include <linux/kwaitgroup_holder.h>
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "chunk.h"
#include "shard.h"

/* kwaitgroup_holder.id: the chunk's index, and the place in it, from 1 on. */
#define KWG_SLOT_BITS	6
#define KWG_SLOT_MASK	(BIT(KWG_SLOT_BITS) - 1)
static_assert(KWG_CHUNK_HOLDS < KWG_SLOT_MASK);
static_assert(KWG_CHUNKS_MAX * KWG_CHUNK_HOLDS >= KWAITGROUP_HOLDERS_MAX);

/* It holds a group, but there was no memory for a record. */
#define KWG_UNLISTED	UINT_MAX

static atomic_long_t kwg_unlisted;

long kwg_nr_unlisted(void)
{
	return atomic_long_read(&kwg_unlisted);
}

/* The record that a holder says it has, whatever is there, and its chunk. */
static struct kwg_hold *kwg_hold_at(unsigned int id, struct kwg_chunk **chunk)
{
	unsigned int index = id >> KWG_SLOT_BITS;
	unsigned int slot = id & KWG_SLOT_MASK;

	if (!slot || slot > KWG_CHUNK_HOLDS || index >= KWG_CHUNKS_MAX)
		return NULL;
	*chunk = rcu_dereference(kwg_chunks[index]);
	return *chunk ? &(*chunk)->holds[slot - 1] : NULL;
}

/* Off, if it is what was seen with @seq: C. */
static bool kwg_hold_take(struct kwg_hold *hold, unsigned long seq)
{
	kwg_window(KWG_WINDOW_RELEASE);
	if (kwg_mutant(released_twice)) {
		WRITE_ONCE(hold->seq, seq + 1);
		return true;
	}
	return cmpxchg(&hold->seq, seq, seq + 1) == seq;
}

/* With RCU: @seq gets what it is when it is that of @h. */
static bool kwg_holds(const struct kwg_hold *hold,
		      const struct kwaitgroup_holder *h, unsigned long *seq)
{
	/* Pairs with B. */
	*seq = smp_load_acquire(&hold->seq);
	return (*seq & 1) && READ_ONCE(hold->holder) == h;
}

static bool kwg_is_held(const struct kwaitgroup_holder *h)
{
	unsigned int id = READ_ONCE(h->id);
	struct kwg_chunk *chunk;
	struct kwg_hold *hold;
	unsigned long seq;
	bool held;

	if (likely(!id) || kwg_mutant(hold_ignores_held))
		return false;
	if (id == KWG_UNLISTED)
		return kwg_nr_unlisted();
	rcu_read_lock();
	hold = kwg_hold_at(id, &chunk);
	held = hold && kwg_holds(hold, h, &seq);
	rcu_read_unlock();
	return held;
}

static void kwg_hold_fill(struct kwg_hold *hold, struct kwaitgroup *wg,
			  const struct kwaitgroup_holder *h, u64 cookie,
			  unsigned long ip)
{
	/* E */
	WRITE_ONCE(hold->seq, hold->seq + 2);
	/* A: a reader that sees any of these sees the number above. */
	smp_wmb();
	WRITE_ONCE(hold->holder, h);
	WRITE_ONCE(hold->wg, wg);
	WRITE_ONCE(hold->ip, ip);
	kwg_window(KWG_WINDOW_HOLD);
	WRITE_ONCE(hold->cookie, cookie);
	WRITE_ONCE(hold->taken, get_jiffies_64());
	/* B: pairs with the acquire of who releases it, and of readers. */
	smp_store_release(&hold->seq, hold->seq + 1);
}

static void kwg_hold_unlisted(struct kwaitgroup *wg, struct kwaitgroup_holder *h)
{
	atomic_long_inc(&kwg_unlisted);
	h->unlisted = wg;
	WRITE_ONCE(h->id, KWG_UNLISTED);
}

/* The one function behind all holds. */
int __kwaitgroup_hold(struct kwaitgroup *wg, struct kwaitgroup_holder *h,
		      unsigned long ip)
{
	struct kwg_chunk *chunk;
	unsigned int slot;
	int err;

	if (unlikely(kwg_is_held(h))) {
		kwg_misuse(wg, KWG_MISUSE_HELD, 1, ip);
		return -EBUSY;
	}
	err = kwg_try_add(wg, 1, KWAITGROUP_NAMED, ip);
	if (unlikely(err))
		return err;
	chunk = kwg_chunk_claim(kwg_pool(wg), &slot);
	if (unlikely(!chunk)) {
		kwg_hold_unlisted(wg, h);
		return 0;
	}
	kwg_hold_fill(&chunk->holds[slot], wg, h, h->cookie, ip);
	WRITE_ONCE(h->id, (chunk->index << KWG_SLOT_BITS) + slot + 1);
	if (kwg_traced(hold))
		kwg_trace_hold(wg, h->cookie, ip);
	return 0;
}
EXPORT_SYMBOL_GPL(__kwaitgroup_hold);

/* Out of line: what a trace needs. */
static noinline void kwg_trace_taken(const struct kwg_hold *hold)
{
	kwg_trace_release(hold->wg, hold->cookie, hold->ip,
			  kwg_joined_for(hold->taken));
}

/* The group that a holder held, whose done is to follow; NULL: it held none. */
static struct kwaitgroup *kwg_release_listed(struct kwaitgroup_holder *h,
					     unsigned int id)
{
	struct kwaitgroup *wg = NULL;
	struct kwg_chunk *chunk;
	struct kwg_hold *hold;
	unsigned long seq;

	rcu_read_lock();
	hold = kwg_hold_at(id, &chunk);
	if (hold && kwg_holds(hold, h, &seq)) {
		wg = READ_ONCE(hold->wg);
		if (kwg_hold_take(hold, seq)) {
			if (kwg_traced(release))
				kwg_trace_taken(hold);
			kwg_chunk_put(chunk, hold - chunk->holds);
		} else {
			wg = NULL;
		}
	}
	rcu_read_unlock();
	return wg;
}

static struct kwaitgroup *kwg_release_unlisted(struct kwaitgroup_holder *h)
{
	struct kwaitgroup *wg = h->unlisted;

	if (!kwg_nr_unlisted() || cmpxchg(&h->id, KWG_UNLISTED, 0) != KWG_UNLISTED)
		return NULL;
	atomic_long_dec(&kwg_unlisted);
	return wg;
}

/**
 * kwaitgroup_release - let a group go
 * @h: the holder
 *
 * The done of a holder. The group must not be touched afterwards unless something
 * else keeps it alive; the holder may be used again, or freed.
 *
 * A holder that holds nothing is reported with the address of the call, and no count
 * is touched.
 *
 * Ordering: release, as kwaitgroup_done().
 *
 * Context: Any.
 */
void kwaitgroup_release(struct kwaitgroup_holder *h)
{
	unsigned int id = READ_ONCE(h->id);
	struct kwaitgroup *wg;

	if (likely(id != KWG_UNLISTED))
		wg = kwg_release_listed(h, id);
	else
		wg = kwg_release_unlisted(h);
	if (unlikely(!wg)) {
		kwg_misuse(NULL, KWG_MISUSE_NOT_HELD, 1, _RET_IP_);
		return;
	}
	/* Before the done: it may be in what the waiter frees. */
	WRITE_ONCE(h->id, 0);
	kwg_done(wg, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_release);

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

static void kwg_chunk_settle(struct kwg_chunk *chunk, const struct kwaitgroup *wg)
{
	struct kwg_record copy;
	unsigned long seq;
	int i;

	for (i = 0; i < KWG_CHUNK_HOLDS; i++)
		if (kwg_hold_is_stale(&chunk->holds[i], wg, &copy, &seq) &&
		    kwg_hold_drop(chunk, &chunk->holds[i], seq))
			kwg_report_stale(&copy);
}

/*
 * Strangers' holders are looked at, too, if their groups are in the same pool: so
 * many chunks of them, and no more.
 */
#define KWG_SETTLE_MAX	64

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
	struct kwg_chunk *chunk;
	int n = 0;

	if (kwg_mutant(holder_outlives_zero))
		return;
	rcu_read_lock();
	hlist_for_each_entry_rcu(chunk, &kwg_pool(wg)->chunks, of_pool) {
		if (n++ == KWG_SETTLE_MAX)
			break;
		kwg_chunk_settle(chunk, wg);
	}
	rcu_read_unlock();
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
