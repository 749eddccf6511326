// SPDX-License-Identifier: GPL-2.0
/*
 * The limit of a batch: who runs jobs waits for room, in turn.
 *
 * Why not a semaphore? Its count cannot be lowered while it is in use, and who
 * waits cannot be sent away. Why not a wait queue? Room is given back also where
 * a job dies, with preemption off, and on PREEMPT_RT its lock sleeps.
 *
 * Room is handed over under the lock, to the first in the queue: nobody who comes
 * later takes it, and there is never more than the limit.
 */
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "job.h"

/* Who waits for room, on its stack. */
struct kwg_claim {
	struct list_head queue;
	struct task_struct *task;
	bool granted;
};

/* With the lock: there is one job more. */
static void kwg_room_grant(struct kwaitgroup_batch *b)
{
	b->running++;
	b->total++;
}

/*
 * With the lock: hands over what room there is, or sends away. Not to all at
 * once, as interrupts are off: whoever comes out of the queue goes on with it.
 */
void kwg_room_recheck(struct kwaitgroup_batch *b)
{
	struct kwg_claim *claim, *next;
	int n = 0;

	lockdep_assert_held(&b->lock);

	list_for_each_entry_safe(claim, next, &b->queue, queue) {
		if ((b->running >= b->limit && !b->cancelled) ||
		    n++ == KWG_BATCH)
			break;
		list_del_init(&claim->queue);
		claim->granted = !b->cancelled;
		if (claim->granted)
			kwg_room_grant(b);
		wake_up_process(claim->task);
	}
}

void kwg_room_give(struct kwaitgroup_batch *b)
{
	lockdep_assert_held(&b->lock);

	b->running--;
	kwg_room_recheck(b);
}

/* The job could not be started: as if it had never been there. */
void kwg_room_refuse(struct kwaitgroup_batch *b)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&b->lock, flags);
	b->total--;
	kwg_room_give(b);
	raw_spin_unlock_irqrestore(&b->lock, flags);
}

/* With the lock: whether there is room at once, or none for anybody. */
static int kwg_room_try(struct kwaitgroup_batch *b)
{
	if (b->cancelled)
		return -ECANCELED;
	if (b->running >= b->limit || !list_empty(&b->queue))
		return -EAGAIN;
	kwg_room_grant(b);
	return 0;
}

/* Until it is off the queue, or this task is killed. */
static void kwg_claim_sleep(struct kwg_claim *claim)
{
	for (;;) {
		set_current_state(TASK_KILLABLE);
		/* Off the queue, under the lock, before it is woken. */
		if (list_empty_careful(&claim->queue) ||
		    fatal_signal_pending(current))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

/* Room that came at the same time as the kill is used. */
static int kwg_claim_end(struct kwaitgroup_batch *b, struct kwg_claim *claim)
{
	unsigned long flags;
	bool queued;

	raw_spin_lock_irqsave(&b->lock, flags);
	queued = !list_empty(&claim->queue);
	list_del_init(&claim->queue);
	kwg_room_recheck(b);
	raw_spin_unlock_irqrestore(&b->lock, flags);
	if (claim->granted)
		return 0;
	return queued ? -ERESTARTSYS : -ECANCELED;
}

/**
 * kwg_room_take - have room for one job
 * @b: the batch
 * @wait: until there is some
 *
 * Return:
 * * 0			- there is, and the job counts; kwg_batch_over() must follow, or
 *   kwg_room_refuse()
 * * -EAGAIN		- there is none
 * * -ECANCELED		- the batch is cancelled
 * * -ERESTARTSYS	- a fatal signal came first
 */
int kwg_room_take(struct kwaitgroup_batch *b, bool wait)
{
	struct kwg_claim claim = { .task = current };
	unsigned long flags;
	int err;

	raw_spin_lock_irqsave(&b->lock, flags);
	err = kwg_room_try(b);
	if (err == -EAGAIN && wait)
		list_add_tail(&claim.queue, &b->queue);
	raw_spin_unlock_irqrestore(&b->lock, flags);
	if (err != -EAGAIN || !wait)
		return err;
	kwg_claim_sleep(&claim);
	return kwg_claim_end(b, &claim);
}
