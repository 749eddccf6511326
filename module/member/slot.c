// SPDX-License-Identifier: GPL-2.0
/*
 * Slots, as others see them than the task that owns one.
 *
 * A list costs a join and a leave a lock each, with the atomic operation that
 * this is, and what it takes to link and unlink. Most tasks are a member of one
 * group at a time: the first membership of a task is kept in the one slot of
 * its shard, if that is free. Claiming it is one atomic operation, giving it
 * back is a store.
 *
 * Only its owner writes to a slot, but for a membership that somebody else
 * takes off, see kwg_slot_take(). The owner's exit is the owner's doing, too, so
 * there is nothing to lock against. A reader must not believe half of one
 * membership and half of the next:
 *
 *	owner				reader
 *	E: seq = 7 (release)		seq: 7 (acquire)
 *	A: wmb				C: member: m (acquire)
 *	group, call, ...		copy: task, group, call, ...
 *	B: member = m (release)		D: rmb
 *	...				F: member: m (acquire)
 *	member = NULL			G: seq: 7, so all was of 7
 *	E: seq = 8 (release)		who sees 8 here does not see the m of 7
 *	A: wmb
 *	group, call, ...		a copy that has any of these sees 8 at G
 *
 * F comes before G, as the next owner may be another task that joins with a
 * member at the same address, one that is handed on, or in a stack that is used
 * again. It owns the slot before it has changed the number:
 *
 *	owner		next owner		reader
 *	seq 7, m				seq: 7; C: member: m
 *	member = NULL
 *	task = NULL	task = the next one
 *						copy: the next task, 7's group
 *						seq: 7
 *			E: seq = 8
 *			B: member = m		member: m, taken for that of 7
 *
 * With F first, it sees NULL there, or the m of 8 and then 8 at G.
 *
 * The task is followed by readers under RCU: it owned the slot a moment ago, so
 * its exit, and the grace period after that, are yet to come.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched/task.h>

#include "slot.h"

/* No slot is ever free: all memberships are in the lists, and polled for. */
void kwg_slots_close(void)
{
	int i;

	for (i = 0; i < KWG_NR_SHARDS; i++)
		kwg_shards[i].slot.task = ERR_PTR(-EBUSY);
}

/* Whether the slot still has, and had all the time, what @copy is of. */
bool kwg_slot_is_same(const struct kwg_slot *slot,
		      const struct kwg_record *copy, unsigned long seq)
{
	if (kwg_mutant(slot_pairs_wrongly)) {
		if (seq != READ_ONCE(slot->seq))
			return false;
		kwg_window(KWG_WINDOW_SLOT_CHECK);
		return copy->member == READ_ONCE(slot->member);
	}
	/* F: pairs with B. */
	if (copy->member != smp_load_acquire(&slot->member))
		return false;
	kwg_window(KWG_WINDOW_SLOT_CHECK);
	/* G */
	return seq == READ_ONCE(slot->seq);
}

/* Copies the membership; false if there is none, or it is just changing. */
bool kwg_slot_read(const struct kwg_slot *slot, struct kwg_record *copy,
		   unsigned long *seq)
{
	/* Pairs with E. */
	*seq = smp_load_acquire(&slot->seq);
	/* C: pairs with B. */
	copy->member = smp_load_acquire(&slot->member);
	if (!copy->member)
		return false;
	kwg_window(KWG_WINDOW_SLOT_READ);
	/* Pairs with kwg_slot_release(): the next owner's is after the NULL. */
	copy->task = smp_load_acquire(&slot->task);
	copy->wg = READ_ONCE(slot->wg);
	copy->ip = READ_ONCE(slot->ip);
	copy->cookie = READ_ONCE(slot->cookie);
	copy->joined = READ_ONCE(slot->joined);
	copy->polled = false;
	/* D: pairs with A. */
	smp_rmb();
	return copy->task && kwg_slot_is_same(slot, copy, *seq);
}

/**
 * kwg_slot_get - what is in a shard's slot
 * @shard: the shard
 * @copy: gets the membership, with a reference to its task
 *
 * Return: false if there is none, or it is just changing
 */
bool kwg_slot_get(struct kwg_shard *shard, struct kwg_record *copy)
{
	unsigned long seq;
	bool got;

	rcu_read_lock();
	got = kwg_slot_read(&shard->slot, copy, &seq) &&
	      refcount_inc_not_zero(&copy->task->usage);
	rcu_read_unlock();
	return got;
}

/**
 * kwg_slot_take - take a membership off for its task
 * @slot: the slot; the lock of its shard is held, so this is for one at a time
 * @copy: what was read in it
 *
 * The slot remains its task's, until that exits. That it exits, and that its
 * code or its group goes away, may come at the same time: who takes it off has
 * to report it.
 *
 * Return: false if the task has left meanwhile
 */
bool kwg_slot_take(struct kwg_slot *slot, const struct kwg_record *copy)
{
	return cmpxchg(&slot->member, copy->member, NULL) == copy->member;
}

/**
 * kwg_slot_drop - forget a membership whose code goes away
 * @shard: the shard
 * @module: the code
 * @copy: gets the membership, with a reference to its task
 *
 * Return: false if there is none of @module
 */
bool kwg_slot_drop(struct kwg_shard *shard, const struct module *module,
		   struct kwg_record *copy)
{
	unsigned long flags, seq;
	bool taken;

	raw_spin_lock_irqsave(&shard->lock, flags);
	taken = kwg_slot_read(&shard->slot, copy, &seq) &&
		within_module(copy->ip, module) &&
		kwg_slot_take(&shard->slot, copy);
	/* It is there: its exit waits for the lock. */
	if (taken)
		get_task_struct(copy->task);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	return taken;
}
