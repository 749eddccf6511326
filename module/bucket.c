// SPDX-License-Identifier: GPL-2.0
/*
 * Where waiters sleep: buckets, tickets, registration, wake-up.
 *
 * Why not a wait queue in the group?
 * ==================================
 *
 * Because it cannot be freed when the wait returns. The usual code
 *
 *	last done()				waiter
 *	if (atomic_dec_and_test(&g->count))
 *						wait_event(): count is 0, leave
 *						kfree(g)
 *		wake_up(&g->wq);  <- use after free
 *
 * is wrong whenever the waiter decides by looking at the count. A completion
 * avoids it by taking its lock on every path, also when nobody waits.
 *
 * Theory of operation
 * ===================
 *
 * Waiters queue on a table of buckets in this module. The group's address only
 * chooses the bucket and tells apart the groups that share one; it is never
 * followed by a waker. A waiter that is about to sleep draws a ticket from its
 * bucket and writes it into the group's state word, by an atomic operation
 * that succeeds only while the count is above zero. The done that brings the
 * count to zero gets the ticket back with the result of its decrement, in one
 * operation, and that is all it needs: "wake those who wait for this address
 * with a ticket not newer than T". It does not look at the group again.
 *
 * Waiters sleep until they are told that they were woken, not until the count
 * is zero, so it does not matter what happens to the count after the zero.
 *
 * Waiters that are no tasks, for poll(), keep the same rules: see async.c.
 *
 * Registration against the last done
 * ==================================
 *
 * Both are a read-modify-write of the same word, so one of them sees the other
 * and no barrier is needed between them:
 *
 *	waiter				last done
 *	lock(bucket)
 *	A: cmpxchg(count 1, none ->
 *		   count 1, T)
 *	queue entry			B: add_return(): count 0, ticket T
 *	unlock(bucket)			lock(bucket): the entry is queued, as A
 *	sleep				   came before B and A is under the lock
 *					wake entries <= T, unlock(bucket)
 *
 * If B is first, A finds the count at zero and fails, and there is no wait. If
 * A is first, B reads A's ticket and cannot get the lock before the entry is
 * queued.
 *
 * The late waker
 * ==============
 *
 * Between B and its lock a done may be delayed for any time. Meanwhile:
 *
 *	last done			others
 *	B: count 0, ticket T
 *	  (delayed)			add(1): count 1 again, ticket still T
 *					waiter W: draws T + 1, sleeps
 *	lock(bucket)
 *	wake entries <= T		W does not match. Its own zero wakes it.
 *
 * The same holds when the group was freed meanwhile and a new one lives at the
 * address: its waiters have tickets drawn after T. Nobody is woken early, and
 * the waiters up to T had their zero, so nobody is woken wrongly.
 *
 * A waiter that gives up
 * ======================
 *
 *	waiter V, ticket 1		waiter W, ticket 2	last done
 *	sleeps				sleeps, state says 2
 *					signal
 *					C: state: 2 -> 1
 *					returns -ERESTARTSYS	B: ticket 1
 *	is woken						wake <= 1
 *
 * If W wrote 0 at C, or left the 2 of an entry that is gone and the next waiter
 * cleared, V would be lost. A waiter that leaves puts back the newest ticket
 * that still waits for this group, and only if the word still holds its own:
 * with a newer ticket in it, all older ones are covered.
 *
 * A woken waiter leaves by the same rule. "Newest remaining, or 0" is right for
 * both, even when the group was armed again and others registered since.
 *
 * The entry on the stack
 * ======================
 *
 * Entries live on the stacks of their waiters and are touched only under the
 * bucket lock. A waiter that sees itself woken takes that lock before it
 * returns, so the waker is out of the entry.
 *
 * When does a wait begin?
 * =======================
 *
 * At A, or when it finds the count at zero. A zero that comes and goes before
 * A, while the caller is already in this file, does not end the wait. Nobody
 * can tell that from a call that came a moment later: a waiter that another
 * thread can know of, by kwaitgroup_has_waiters(), is past A.
 *
 * Ticket numbers
 * ==============
 *
 * Entries hold 64-bit tickets; the state word has room for the low 28 bits.
 * kwg_full_ticket() completes them under the lock: the newest ticket of the
 * bucket with these low bits. It is too high only for a ticket that is 2^28
 * registrations old, and then harmless, as the real one was the newest of its
 * group. Only a waker that is late by 2^28 registrations in its bucket could wake
 * a waiter that registered for the same group in this delay.
 *
 * Memory ordering
 * ===============
 *
 * done is a release and all operations on the word are read-modify-writes, so
 * they form one release sequence: who acquires the last value has acquired
 * every done before it. A wait that does not sleep reads the word with acquire.
 * For one that sleeps, the last done acquires (by the control dependency and
 * smp_acquire__after_ctrl_dep()), stores @result with release, and the waiter
 * loads it with acquire.
 */
#include <linux/sched.h>
#include <linux/wait.h>

#include "bucket.h"
#include "internal.h"

struct kwg_bucket kwg_buckets[1 << KWG_BUCKET_BITS];

/* Whom to wake: waiters of @wg up to @ticket; of every settled group if NULL. */
struct kwg_wake_key {
	struct kwaitgroup *wg;		/* compared, never followed */
	u64 ticket;
	int result;
};

/* Draw the next ticket. Its low bits are never 0, which means "no waiter". */
static u64 kwg_draw_ticket(struct kwg_bucket *b)
{
	lockdep_assert_held(&b->wq.lock);

	if (!(++b->ticket & KWAITGROUP_TICKET_MASK) && !kwg_mutant(ticket_zero))
		b->ticket++;
	return b->ticket;
}

static u64 kwg_full_ticket(const struct kwg_bucket *b, s64 state)
{
	lockdep_assert_held(&b->wq.lock);

	return b->ticket - ((b->ticket - state) & KWAITGROUP_TICKET_MASK);
}

static bool kwg_matches(const struct kwg_waiter *w, struct kwg_wake_key *key)
{
	s64 state;

	if (key->wg)
		return (w->wg == key->wg || kwg_mutant(wake_ignores_group)) &&
		       (w->ticket <= key->ticket ||
			kwg_mutant(wake_ignores_ticket));

	/* The waiter is still in its wait, so the group is still there. */
	state = atomic64_read_acquire(&w->wg->state);
	key->result = kwg_result(state);
	return kwg_settled(state);
}

/* The wake function of the entries: unlinks and wakes those that match. */
int kwg_wake_waiter(struct wait_queue_entry *wait, unsigned int mode,
		    int flags, void *arg)
{
	struct kwg_waiter *w = container_of(wait, struct kwg_waiter, wait);
	struct kwg_wake_key *key = arg;

	if (!kwg_matches(w, key))
		return 0;
	if (w->notify)
		return kwg_async_wake(kwg_bucket(w->wg), w);
	list_del_init(&wait->entry);
	kwg_bucket(w->wg)->wakeups++;
	/* Pairs with the load in kwg_sleep(). */
	smp_store_release(&w->result, key->result);
	kwg_window(KWG_WINDOW_WOKEN);
	/* The waiter cannot leave before the bucket is unlocked. */
	return default_wake_function(wait, mode, flags, NULL);
}

/* Wake who waits for a settled group, of whatever name, in all buckets. */
void kwg_wake_all_settled(void)
{
	unsigned long flags;
	int i;

	for (i = 0; i < ARRAY_SIZE(kwg_buckets); i++) {
		struct kwg_wake_key key = { .wg = NULL };
		struct kwg_bucket *b = &kwg_buckets[i];

		spin_lock_irqsave(&b->wq.lock, flags);
		__wake_up_locked_key(&b->wq, TASK_NORMAL, &key);
		spin_unlock_irqrestore(&b->wq.lock, flags);
	}
}

static bool kwg_may_lock(void)
{
	if (in_nmi())
		return false;
	return !IS_ENABLED(CONFIG_PREEMPT_RT) || preemptible();
}

/**
 * kwg_wake - wake the waiters that a state word names
 * @wg: the group, as an address; it may be gone
 * @state: the value that settled the group
 * @ip: who is to blame if this context cannot wake
 */
void kwg_wake(struct kwaitgroup *wg, s64 state, unsigned long ip)
{
	struct kwg_wake_key key = { .wg = wg, .result = kwg_result(state) };
	struct kwg_bucket *b = kwg_bucket(wg);
	unsigned long flags;

	if (unlikely(!kwg_may_lock())) {
		kwg_sweep_later(ip);
		return;
	}

	spin_lock_irqsave(&b->wq.lock, flags);
	key.ticket = kwg_full_ticket(b, state);
	__wake_up_locked_key(&b->wq, TASK_NORMAL, &key);
	spin_unlock_irqrestore(&b->wq.lock, flags);
}

/*
 * Write @w's ticket into the state word, unless there is nothing to wait for.
 * An asynchronous waiter stays for the next zero.
 */
bool kwg_publish_ticket(struct kwg_bucket *b, struct kwg_waiter *w)
{
	s64 old = atomic64_read(&w->wg->state);
	s64 new;

	lockdep_assert_held(&b->wq.lock);

	w->ticket = kwg_draw_ticket(b);
	do {
		if (kwg_settled(old) && !w->notify &&
		    !kwg_mutant(register_by_store)) {
			smp_acquire__after_ctrl_dep();
			w->result = kwg_result(old);
			return false;
		}
		new = old & ~KWAITGROUP_TICKET_MASK;
		new |= w->ticket & KWAITGROUP_TICKET_MASK;
		/* A: the unlock after it orders it before the waker's lock. */
	} while (!atomic64_try_cmpxchg_relaxed(&w->wg->state, &old, new));
	return true;
}

/**
 * kwg_register_waiter - queue the current task as a waiter
 * @w: the entry, on the stack; must stay until kwg_unregister_waiter(). The
 *	caller has filled in what debugfs and the watch want to know.
 * @wg: the group
 *
 * Return: false if there is no need to wait; @w->result tells what to return,
 * and @w is not queued
 */
bool kwg_register_waiter(struct kwg_waiter *w, struct kwaitgroup *wg)
{
	struct kwg_bucket *b = kwg_bucket(wg);
	bool queued;

	init_waitqueue_func_entry(&w->wait, kwg_wake_waiter);
	w->wait.private = current;
	w->wg = wg;
	w->result = KWG_ASLEEP;
	w->notify = NULL;

	spin_lock_irq(&b->wq.lock);
	queued = kwg_publish_ticket(b, w);
	if (queued) {
		__add_wait_queue_entry_tail(&b->wq, &w->wait);
		b->sleeps++;
	}
	spin_unlock_irq(&b->wq.lock);
	return queued;
}

static s64 kwg_newest_ticket(struct kwg_bucket *b, const struct kwaitgroup *wg)
{
	struct kwg_waiter *w;

	list_for_each_entry_reverse(w, &b->wq.head, wait.entry)
		if (w->wg == wg)
			return w->ticket & KWAITGROUP_TICKET_MASK;
	return 0;
}

static bool kwg_holds_ticket(s64 state, const struct kwg_waiter *w)
{
	return !((state ^ w->ticket) & KWAITGROUP_TICKET_MASK) ||
	       kwg_mutant(any_leave_clears);
}

/* Put back the newest ticket that remains, if the word holds @w's. */
void kwg_retire_ticket(struct kwg_bucket *b, struct kwg_waiter *w)
{
	s64 old = atomic64_read(&w->wg->state);
	s64 new, newest = 0;

	lockdep_assert_held(&b->wq.lock);

	if (!kwg_holds_ticket(old, w))
		return;
	/* Once: nobody comes or goes under the lock, however long C takes. */
	if (!kwg_mutant(abort_clears_ticket) && !kwg_mutant(any_leave_clears))
		newest = kwg_newest_ticket(b, w->wg);
	do {
		new = (old & ~KWAITGROUP_TICKET_MASK) | newest;
		/* C: see "A waiter that gives up" */
	} while (!atomic64_try_cmpxchg_relaxed(&w->wg->state, &old, new) &&
		 kwg_holds_ticket(old, w));
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
	struct kwg_bucket *b = kwg_bucket(w->wg);
	s64 now;

	if (kwg_mutant(leave_unlocked) && READ_ONCE(w->result) != KWG_ASLEEP)
		return true;
	spin_lock_irq(&b->wq.lock);
	if (!kwg_mutant(abort_stays_queued))
		list_del_init(&w->wait.entry);
	kwg_retire_ticket(b, w);
	if (w->result == KWG_ASLEEP) {
		/* This may be the moment the group settles. */
		now = atomic64_read_acquire(&w->wg->state);
		if (kwg_settled(now))
			w->result = kwg_result(now);
		b->aborts++;
	}
	spin_unlock_irq(&b->wq.lock);
	return w->result != KWG_ASLEEP;
}

static unsigned long kwg_peek(const unsigned long *counter)
{
	/* Without the lock: a reader must not delay a wake. */
	return data_race(*counter);
}

void kwg_wait_stats(struct kwg_wait_stats *stats)
{
	int i;

	memset(stats, 0, sizeof(*stats));
	for (i = 0; i < ARRAY_SIZE(kwg_buckets); i++) {
		const struct kwg_bucket *b = &kwg_buckets[i];

		stats->wakeups += kwg_peek(&b->wakeups);
		stats->aborts += kwg_peek(&b->aborts);
		stats->sleeps += kwg_peek(&b->sleeps);
	}
}

void kwg_buckets_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kwg_buckets); i++) {
		init_waitqueue_head(&kwg_buckets[i].wq);
		/* The low bits wrap soon, as jiffies do: let it be tested. */
		kwg_buckets[i].ticket = KWAITGROUP_TICKET_MASK - 64;
	}
}

/* No waiter is left, as all callers are modules that use this one. */
void kwg_buckets_exit(void)
{
	kwg_sweep_sync();
}
