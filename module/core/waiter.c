// SPDX-License-Identifier: GPL-2.0
/*
 * How a waiter comes and leaves: A and C of the races in bucket.c.
 */
#include <linux/list.h>
#include <linux/sched.h>

#include "bucket.h"

void kwg_waiter_init(struct kwg_waiter *w, struct kwaitgroup *wg)
{
	RB_CLEAR_NODE(&w->node);
	INIT_LIST_HEAD(&w->stamped);
	INIT_LIST_HEAD(&w->unfinished);
	w->wg = wg;
	w->bucket = kwg_bucket(wg, atomic64_read(&wg->state));
	w->result = KWG_ASLEEP;
}

/**
 * kwg_register_waiter - queue the current task as a waiter
 * @w: the entry, on the stack; must stay until kwg_unregister_waiter(). The
 *	caller has filled in what kind it is, and what debugfs and the watch want
 *	to know.
 * @wg: the group
 *
 * Return: false if there is no need to wait; @w->result tells what to return,
 * and @w is not queued
 */
bool kwg_register_waiter(struct kwg_waiter *w, struct kwaitgroup *wg)
{
	struct kwg_bucket *b;
	bool queued;

	kwg_waiter_init(w, wg);
	w->task = current;
	b = w->bucket;

	kwg_lock_for_ticket(b);
	queued = !kwg_standin_has_settled(w) && kwg_publish_ticket(b, w);
	if (queued) {
		/* As if it had waited all the time: see standin.c. */
		if (w->position)
			w->ticket = w->position;
		kwg_enqueue(b, w);
		b->sleeps++;
	}
	raw_spin_unlock_irq(&b->lock);
	return queued;
}

/*
 * Where a wake-up was to go on, its event has come. Who leaves is told of it
 * here: a wait that is interrupted and made again would not hear of it.
 */
static void kwg_take_event(struct kwg_bucket *b, struct kwg_waiter *w)
{
	if (w->result != KWG_ASLEEP || list_empty(&w->unfinished) ||
	    kwg_mutant(leave_misses_event))
		return;
	w->result = w->until_result;
	b->wakeups++;
}

/* It gives up, unless this is the moment the group settles. */
static void kwg_give_up(struct kwg_bucket *b, struct kwg_waiter *w, s64 state)
{
	if (kwg_waiter_settled(w, state))
		w->result = kwg_result(state);
	else
		kwg_standin_take(b, w);
	b->aborts++;
}

/**
 * kwg_unregister_waiter - take a waiter off its bucket, woken or not
 * @w: the entry
 *
 * Needed also when woken: the waker may still be in the entry. The group is
 * there, as this waiter has not returned yet.
 *
 * Return: true if it was woken, or would be now; @w->result tells what to
 * return. False if it gives up.
 */
bool kwg_unregister_waiter(struct kwg_waiter *w)
{
	struct kwg_bucket *b = w->bucket;

	if (kwg_mutant(leave_unlocked) && READ_ONCE(w->result) != KWG_ASLEEP)
		return true;
	raw_spin_lock_irq(&b->lock);
	kwg_take_event(b, w);
	if (kwg_is_queued(w) && !kwg_mutant(abort_stays_queued))
		kwg_dequeue(b, w);
	if (w->result == KWG_ASLEEP)
		kwg_give_up(b, w, atomic64_read_acquire(&w->wg->state));
	list_del_init(&w->stamped);
	if (kwg_mutant(any_leave_clears) ||
	    (kwg_mutant(abort_clears_ticket) && w->result == KWG_ASLEEP))
		atomic64_andnot(KWAITGROUP_TICKET_MASK, &w->wg->state);
	kwg_retire_ticket(b, w->wg);
	raw_spin_unlock_irq(&b->lock);
	return w->result != KWG_ASLEEP;
}
