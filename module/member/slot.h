/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of most joins and leaves: a task's slot, see slot.c. Inline, as join
 * and leave are meant to cost little more than add and done.
 */
#ifndef _KWG_SLOT_H
#define _KWG_SLOT_H

#include <linux/sched.h>

#include "shard.h"

/*
 * The slot of this task's shard. How far it is into the table is computed once;
 * where the table is, is in the instructions.
 */
static __always_inline struct kwg_slot *kwg_current_slot(void)
{
	unsigned long offset = kwg_shard_nr(current) * sizeof(struct kwg_shard);

	OPTIMIZER_HIDE_VAR(offset);
	return (void *)kwg_shards + offset +
	       offsetof(struct kwg_shard, slot);
}

/*
 * Whether the current task now owns the slot of its shard. That it is free is not
 * looked at before: it nearly always is.
 */
static __always_inline bool kwg_slot_claim(struct kwg_slot *slot)
{
	struct task_struct *owner = NULL;

	/* Whoever exits is not announced any more: see death.c. */
	return !(current->flags & PF_EXITING) &&
	       try_cmpxchg_acquire(&slot->task, &owner, current);
}

static __always_inline void kwg_slot_release(struct kwg_slot *slot)
{
	/* Pairs with the cmpxchg in kwg_slot_claim(). */
	smp_store_release(&slot->task, NULL);
}

/* After E, which is the caller's. */
static __always_inline void kwg_slot_fill(struct kwg_slot *slot,
					  struct kwaitgroup *wg,
					  const struct kwaitgroup_member *m,
					  u64 cookie, unsigned long ip)
{
	/* A: a reader that sees any of these sees the number above. */
	smp_wmb();
	WRITE_ONCE(slot->wg, wg);
	WRITE_ONCE(slot->ip, ip);
	WRITE_ONCE(slot->cookie, cookie);
	WRITE_ONCE(slot->joined, get_jiffies_64());
	/* B: pairs with the loads in kwg_slot_read() and kwg_slot_is_same(). */
	smp_store_release(&slot->member, m);
}

static __always_inline void kwg_slot_join(struct kwg_slot *slot,
					  struct kwaitgroup *wg,
					  const struct kwaitgroup_member *m,
					  u64 cookie, unsigned long ip)
{
	kwg_window(KWG_WINDOW_SLOT_CLAIMED);
	/* E: pairs with the load in kwg_slot_read(). */
	smp_store_release(&slot->seq, slot->seq + 1);
	kwg_slot_fill(slot, wg, m, cookie, ip);
}

/* Plain reads, which the processor can compare with. */
static __always_inline bool kwg_slot_is(const struct kwg_slot *slot,
					const struct kwaitgroup_member *m)
{
	/* Nobody but this task writes itself there, and then nobody else a member. */
	return data_race(slot->task) == current &&
	       /* So this is its own. */
	       data_race(slot->member) == m;
}

/* Returns the group; the slot is somebody else's then. */
static __always_inline struct kwaitgroup *kwg_slot_leave(struct kwg_slot *slot)
{
	struct kwaitgroup *wg = slot->wg;

	WRITE_ONCE(slot->member, NULL);
	kwg_slot_release(slot);
	return wg;
}

#endif /* _KWG_SLOT_H */
