// SPDX-License-Identifier: GPL-2.0
/*
 * Waits that are interrupted and go on: a process stops, is frozen, or has a
 * signal handled, in WAIT, leaves the kernel and comes back. A zero in between is
 * a zero in its wait.
 *
 * A group of user space has one stand-in, an asynchronous waiter. Who is
 * interrupted hands over its ticket, its *position*, under the bucket lock, and
 * takes it along to user space. A waker that comes to the stand-in tells how far
 * the zeros have got:
 *
 *	process			stand-in		others
 *	A: ticket 5, sleeps
 *	signal
 *	lock(bucket)
 *	hands 5 over		queued, ticket 5
 *	unlock(bucket)
 *	  (stopped)					B: count 0, ticket 5
 *				settled: 5		add(1)
 *	WAIT, position 5:
 *	settled >= 5: done
 *
 * If no zero has come, it registers again, with a new ticket in the word, but it
 * is woken by what would have woken it at its old place: a waker that is late,
 * from a zero in between, has a ticket between the two.
 *
 * The stand-in keeps the oldest and the newest position that it waits for. A
 * waker with a ticket in between settles those up to its own, and the stand-in
 * goes on for the others.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>

#include "bucket.h"

/* A zero, or a break, for those up to @ticket. */
static void kwg_standin_notify(struct kwg_waiter *w, u64 ticket)
{
	struct kwg_standin *s = container_of(w, struct kwg_standin, waiter);

	s->settled = max(s->settled, ticket);
	if (s->newest <= ticket)
		return;
	w->ticket = ticket + 1;
	kwg_enqueue(w->bucket, w);
}

/* Disarmed, and thereby freed, with kwg_async_disarm() of its waiter. */
void kwg_standin_init(struct kwg_standin *s, struct kwaitgroup *wg)
{
	kwg_async_init(&s->waiter, wg, kwg_standin_notify);
}

/*
 * A waiter that comes back: whether its wait is over already, or its position
 * one that it cannot have; the result tells.
 */
bool kwg_standin_has_settled(struct kwg_waiter *w)
{
	lockdep_assert_held(&w->bucket->lock);

	if (kwg_mutant(wait_forgets_position))
		w->position = 0;
	if (!w->position)
		return false;
	if (w->position > w->bucket->ticket) {
		w->result = -EINVAL;
		return true;
	}
	if (w->standin->settled < w->position)
		return false;
	w->result = kwg_result(atomic64_read_acquire(&w->wg->state));
	return true;
}

/* A waiter that leaves to come back; nobody comes back who is killed. */
void kwg_standin_take(struct kwg_bucket *b, struct kwg_waiter *w)
{
	struct kwg_standin *s = w->standin;
	u64 oldest = w->ticket;

	if (!s || fatal_signal_pending(current))
		return;
	if (kwg_is_queued(&s->waiter)) {
		oldest = min(oldest, s->waiter.ticket);
		/* A wake-up that was to go on here has come this far. */
		if (!list_empty(&s->waiter.unfinished))
			s->settled = max(s->settled, s->waiter.until);
		kwg_dequeue(b, &s->waiter);
	}
	s->waiter.ticket = oldest;
	s->newest = max(s->newest, w->ticket);
	kwg_enqueue(b, &s->waiter);
	/*
	 * The word has a ticket that covers it: @w's, or one that came after. In
	 * its place, as the list is in the order of the stamps.
	 */
	s->waiter.stamp = w->stamp;
	list_move(&s->waiter.stamped, &w->stamped);
}
