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
 * Only its owner writes to a slot, but for a membership whose code goes away,
 * and the owner's exit is the owner's doing, too, so there is nothing to lock
 * against. A reader must not believe half of
 * one membership and half of the next:
 *
 *	owner				reader
 *	E: seq = 7 (release)		seq: 7 (acquire)
 *	A: wmb				C: member: m (acquire)
 *	group, call, ...		copy: group, call, ...
 *	B: member = m (release)		D: rmb
 *	...				seq: 7, member: m, so all was of 7
 *	member = NULL
 *	E: seq = 8 (release)		who sees 8 here does not see the m of 7
 *	A: wmb
 *	group, call, ...		a copy that has any of these sees 8 at D
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

/* Copies the membership; false if there is none, or it is just changing. */
static bool kwg_slot_read(const struct kwg_slot *slot, struct kwg_record *copy)
{
	/* Pairs with E. */
	unsigned long seq = smp_load_acquire(&slot->seq);

	/* C: pairs with B. */
	copy->member = smp_load_acquire(&slot->member);
	if (!copy->member)
		return false;
	copy->task = READ_ONCE(slot->task);
	copy->wg = READ_ONCE(slot->wg);
	copy->ip = READ_ONCE(slot->ip);
	copy->cookie = READ_ONCE(slot->cookie);
	copy->joined = READ_ONCE(slot->joined);
	copy->polled = false;
	/* D: pairs with A. */
	smp_rmb();
	return copy->task && seq == READ_ONCE(slot->seq) &&
	       copy->member == READ_ONCE(slot->member);
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
	bool got;

	rcu_read_lock();
	got = kwg_slot_read(&shard->slot, copy) &&
	      refcount_inc_not_zero(&copy->task->usage);
	rcu_read_unlock();
	return got;
}

/**
 * kwg_slot_take_dead - a task exits: what it has left in the slot
 * @shard: of the task
 * @task: the current task
 * @copy: gets the membership
 *
 * Return: false if there is none; the slot is free then, if it was the task's
 */
bool kwg_slot_take_dead(struct kwg_shard *shard, struct task_struct *task,
			struct kwg_record *copy)
{
	struct kwg_slot *slot = &shard->slot;
	bool joined;

	if (READ_ONCE(slot->task) != task)
		return false;
	joined = kwg_slot_read(slot, copy);
	kwg_slot_leave(slot);
	return joined;
}

/**
 * kwg_slot_drop - forget a membership whose code goes away
 * @shard: the shard
 * @module: the code
 * @copy: gets the membership, with a reference to its task
 *
 * The slot remains its task's, until that exits.
 *
 * Return: false if there is none of @module
 */
bool kwg_slot_drop(struct kwg_shard *shard, const struct module *module,
		   struct kwg_record *copy)
{
	if (!kwg_slot_get(shard, copy))
		return false;
	if (within_module(copy->ip, module) &&
	    cmpxchg(&shard->slot.member, copy->member, NULL) == copy->member)
		return true;
	put_task_struct(copy->task);
	return false;
}
