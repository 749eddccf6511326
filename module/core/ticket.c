// SPDX-License-Identifier: GPL-2.0
/*
 * Tickets: which waiters a done may wake, in 27 bits of the state word.
 *
 * A bucket numbers what happens in it. A waiter's ticket is the number that it
 * drew when it came; the ticket in the word is the number that was the newest
 * when it was written, and no waiter of the group that is queued has a newer
 * one. So it is a time stamp: it covers all who wait, whoever of them comes and
 * goes, and a waiter that leaves need not look for whose number to put back.
 * It takes the ticket out of the word only if it was the last.
 *
 * Why a number that wraps does not wake too early
 * ===============================================
 *
 * Waiters have 64 bits. A waker has what was in the word, the low 27 bits, and
 * completes them to the newest number with these low bits: kwg_full_ticket().
 * That is the right one as long as fewer than 2^27 numbers were drawn since it
 * was written. With a quarter of that, Q = 2^25:
 *
 *  1. A ticket in a word is at most Q old. Whoever draws looks at the waiter
 *     whose stamp is the oldest in the bucket, and if it is older than that,
 *     writes a fresh number into its group's word. The group is there, as the
 *     waiter has not left. What the waiter is woken by, its own ticket, stays.
 *     One that is woken has a stamp, too, as long as it has not run and left:
 *
 *	waiter W		others				late waker
 *	ticket T, woken
 *	  (does not run)	add(1): ticket T, of W
 *				many numbers are drawn		B: ticket T
 *				add(1), waiter V: T + 2^27	wakes V early
 *
 *  2. A waker is late by at most 2 Q. Between its decrement and the bucket lock
 *     it may be preempted, but does not sleep. Whoever draws the last number of
 *     a quarter waits for a grace period of RCU tasks before the next quarter is
 *     begun, and with it for all who were between the two when it began:
 *
 *	waker			who draws
 *	B: count 0, ticket T
 *	  (preempted)		number k Q: waits for a grace period
 *	lock(bucket)		  which ends no earlier than here
 *				number k Q + 1
 *
 *     One that comes to B after the beginning of that grace period is waited for
 *     by the next one. What an NMI has put off is waited for, too, see nmi.c.
 *
 * So no more than 3 Q are drawn between the writing of a ticket and its use. It
 * costs one wait in 33 million a grace period.
 */
#include <linux/export.h>
#include <linux/rcupdate.h>

#include "bucket.h"

#define KWG_QUARTER	((u64)(KWAITGROUP_TICKET_MASK + 1) / 4)

/* The next number. Its low bits are never 0, which means "no waiter". */
static u64 kwg_next_ticket(struct kwg_bucket *b)
{
	lockdep_assert_held(&b->lock);

	if (!(++b->ticket & KWAITGROUP_TICKET_MASK) && !kwg_mutant(ticket_zero))
		b->ticket++;
	return b->ticket;
}

/* The bucket lock, when there is a number to draw. May sleep before. */
void kwg_lock_for_ticket(struct kwg_bucket *b) __acquires(&b->lock)
{
	u64 limit;

	raw_spin_lock_irq(&b->lock);
	while (unlikely(b->ticket >= b->ticket_limit)) {
		limit = b->ticket_limit;
		raw_spin_unlock_irq(&b->lock);
		if (!kwg_mutant(no_ticket_grace)) {
			synchronize_rcu_tasks();
			kwg_nmi_sync();
		}
		raw_spin_lock_irq(&b->lock);
		/* Others may have waited for the same one. */
		if (b->ticket_limit == limit)
			b->ticket_limit += KWG_QUARTER;
	}
}

/* The low bits wrap soon, as jiffies do: let it be tested. */
void kwg_tickets_init(struct kwg_bucket *b)
{
	b->ticket = KWAITGROUP_TICKET_MASK - 64;
	b->ticket_limit = b->ticket + KWG_QUARTER;
}

static s64 kwg_with_ticket(s64 state, u64 ticket)
{
	return (state & ~KWAITGROUP_TICKET_MASK) |
	       (s64)(ticket & KWAITGROUP_TICKET_MASK);
}

/* Item 1 above. Returns whether there was one to refresh. */
static bool kwg_refresh_stamp(struct kwg_bucket *b)
{
	struct kwg_waiter *w = list_first_entry_or_null(&b->stamped,
							struct kwg_waiter,
							stamped);
	s64 old;

	if (!w || b->ticket - w->stamp <= KWG_QUARTER ||
	    kwg_mutant(stamps_grow_old))
		return false;
	w->stamp = kwg_next_ticket(b);
	list_move_tail(&w->stamped, &b->stamped);
	old = atomic64_read(&w->wg->state);
	/* There is none if all have been woken, and one of them has left. */
	while ((old & KWAITGROUP_TICKET_MASK) &&
	       !atomic64_try_cmpxchg_relaxed(&w->wg->state, &old,
					     kwg_with_ticket(old, w->stamp)))
		;
	return true;
}

/*
 * Write a new ticket into the state word, unless there is nothing to wait for.
 * An asynchronous waiter stays for the next zero.
 */
bool kwg_publish_ticket(struct kwg_bucket *b, struct kwg_waiter *w)
{
	s64 old = atomic64_read(&w->wg->state);

	kwg_refresh_stamp(b);
	w->stamp = kwg_next_ticket(b);
	w->ticket = w->stamp;
	do {
		if (w->task && kwg_waiter_settled(w, old) &&
		    !kwg_mutant(register_by_store)) {
			smp_acquire__after_ctrl_dep();
			w->result = kwg_result(old);
			return false;
		}
		/* A: the unlock after it orders it before the waker's lock. */
	} while (!atomic64_try_cmpxchg_relaxed(&w->wg->state, &old,
					       kwg_with_ticket(old, w->stamp)));
	return true;
}

/* C: a waiter has left. The word's ticket covers those who remain, if any do. */
void kwg_retire_ticket(struct kwg_bucket *b, struct kwaitgroup *wg)
{
	lockdep_assert_held(&b->lock);

	if (!kwg_has_waiter(b, wg) && !kwg_mutant(leave_keeps_ticket))
		atomic64_andnot(KWAITGROUP_TICKET_MASK, &wg->state);
}

#ifdef CONFIG_KWAITGROUP_DEBUG
/* As if @n others had come to the group's bucket, and gone. May sleep. */
void kwg_skip_tickets(const struct kwaitgroup *wg, u64 n)
{
	struct kwg_bucket *b = kwg_bucket(wg, atomic64_read(&wg->state));
	u64 step;

	while (n) {
		kwg_lock_for_ticket(b);
		step = min3(n, b->ticket_limit - b->ticket, (u64)KWG_QUARTER / 8);
		b->ticket += step;
		n -= step;
		while (kwg_refresh_stamp(b))
			;
		raw_spin_unlock_irq(&b->lock);
	}
}
EXPORT_SYMBOL_GPL(kwg_skip_tickets);
#endif
