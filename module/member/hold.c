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
 * plain done has finished, see stale.c. Who looks at records is in held.c.
 */
#include <linux/export.h>
#include <linux/kwaitgroup_holder.h>
#include <linux/rcupdate.h>

#include "chunk.h"
#include "shard.h"

/* kwaitgroup_holder.id: the chunk's index, and the place in it, from 1 on. */
#define KWG_SLOT_BITS	6
#define KWG_SLOT_MASK	(BIT(KWG_SLOT_BITS) - 1)
static_assert(KWG_CHUNK_HOLDS < KWG_SLOT_MASK);

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
	*chunk = rcu_dereference_sched(kwg_chunks[index]);
	return *chunk ? &(*chunk)->holds[slot - 1] : NULL;
}

/* Off, if it is what was seen with @seq: C. Its place is the caller's to give back. */
bool kwg_hold_take(struct kwg_hold *hold, unsigned long seq)
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
	rcu_read_lock_sched();
	hold = kwg_hold_at(id, &chunk);
	held = hold && kwg_holds(hold, h, &seq);
	rcu_read_unlock_sched();
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

	rcu_read_lock_sched();
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
	rcu_read_unlock_sched();
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
