// SPDX-License-Identifier: GPL-2.0
/*
 * Where waiters sleep: registration and wake-up.
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
 * Why not a table of wait queues?
 * ===============================
 *
 * A waker would look at all who wait in the bucket, with interrupts off, and how
 * many these are is up to others: 5,000 of them make a last done take a hundred
 * times as long. Here it finds those of its group in a tree. And on PREEMPT_RT a
 * wait queue's lock sleeps; this one is raw, and held for a batch at most, so a
 * member may be done in a hard interrupt.
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
 * Waiters that are no tasks, for poll(), keep the same rules: see async.c. The
 * groups of user space have buckets of their own, so that no driver's member
 * waits for a lock that processes fight for; a bit in the state word says so.
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
 * the waiters up to T had their zero, so nobody is woken wrongly. That tickets
 * wrap changes nothing: see ticket.c. So a wake-up can be put off: that of an
 * NMI, see nmi.c, and what is left of one when a batch is full, see queue.c.
 *
 * A waiter that leaves
 * ====================
 *
 *	waiter V, ticket 1		waiter W, ticket 2	last done
 *	sleeps				sleeps, state says 2
 *					signal
 *					C: V is still queued
 *					returns -ERESTARTSYS	B: ticket 2
 *	is woken						wake <= 2
 *
 * If W took the ticket out of the word at C, V would be lost. The last one that
 * leaves does so; nobody can register for the group meanwhile, as C is under
 * the lock. A woken waiter leaves by the same rule, also when the group was
 * armed again and others have registered since.
 *
 * Early waiters and those for the rest
 * ====================================
 *
 *	early waiter E, ticket 1	waiter R for the rest, ticket 2
 *	sleeps				sleeps, state says 2
 *
 *	dying member				the other member
 *	D: count 2 -> 1, broken, ticket 2
 *	lock(bucket)
 *	wake the early ones <= 2: E
 *						B: count 0, broken, ticket 2
 *						lock(bucket)
 *						wake all <= 2: R
 *
 * A break with members left passes R by. E leaves, R remains, so the ticket
 * stays, and B finds it. A break that takes the last member off the count is a
 * zero, too, and wakes both. In either case R is told with the event that woke
 * it that the group is broken.
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
#include <linux/workqueue.h>

#include "bucket.h"

static void kwg_wake_unfinished(struct work_struct *work);
static DECLARE_WORK(kwg_unfinished_work, kwg_wake_unfinished);

/* Wake the waiters of @wg up to @ticket: what an event gives its waker. */
struct kwg_event {
	const struct kwaitgroup *wg;	/* compared, never followed */
	u64 ticket;
	int result;
	unsigned int budget;		/* so many at the most */
};

/* A task that is off its bucket. */
static void kwg_wake_task(struct kwg_bucket *b, struct kwg_waiter *w, int result)
{
	b->wakeups++;
	/* Pairs with the load in kwg_sleep(). */
	smp_store_release(&w->result, result);
	kwg_window(KWG_WINDOW_WOKEN);
	/* The waiter cannot leave before the bucket is unlocked. */
	wake_up_process(w->task);
}

/* Takes a waiter off its bucket and tells it. */
static void kwg_wake_waiter(struct kwg_bucket *b, struct kwg_waiter *w,
			    u64 ticket, int result)
{
	lockdep_assert_held(&b->lock);

	kwg_dequeue(b, w);
	if (!w->notify) {
		kwg_wake_task(b, w, result);
		return;
	}
	w->notify(w, ticket);
	/* An asynchronous waiter holds its group. */
	kwg_retire_ticket(b, w->wg);
}

/* Whether it waits for @wg, by a ticket that an event covers. */
static bool kwg_is_covered(const struct kwg_waiter *w,
			   const struct kwaitgroup *wg, u64 ticket)
{
	return (w->wg == wg || kwg_mutant(wake_ignores_group)) &&
	       (w->ticket <= ticket || kwg_mutant(wake_ignores_ticket));
}

/* Whether what gave @state wakes who waits for the rest, or those who do not. */
static bool kwg_wakes(s64 state, bool rest)
{
	if (kwg_finished(state))
		return true;
	return rest ? kwg_mutant(break_wakes_rest) :
		      !kwg_mutant(break_passes_early);
}

/* @w if an event wakes it, as one of that kind; else NULL, as for who is behind it. */
static struct kwg_waiter *kwg_if_woken(struct kwg_waiter *w,
				       const struct kwg_event *e, bool rest)
{
	if (!w || !kwg_is_covered(w, e->wg, e->ticket))
		return NULL;
	return w->rest == rest || kwg_mutant(wake_ignores_group) ? w : NULL;
}

/* The first waiter of an event's group that is of that kind, or comes behind it. */
static struct kwg_waiter *kwg_first(struct kwg_bucket *b,
				    const struct kwg_event *e, bool rest)
{
	const struct kwg_place place = {
		.wg = kwg_mutant(wake_ignores_group) ? NULL : e->wg,
		.rest = rest,
	};

	return kwg_waiter_from(b, &place);
}

/*
 * From @w on, which is the first of that kind, or behind it. Returns whether there
 * are more: a work item has to go on. Who is next is asked before; one that puts
 * itself back has a ticket that the event does not wake.
 */
static bool kwg_wake_kind(struct kwg_bucket *b, struct kwg_waiter *w,
			  struct kwg_event *e, bool rest)
{
	struct kwg_waiter *next;

	for (w = kwg_if_woken(w, e, rest); w; w = next) {
		if (!e->budget) {
			if (!kwg_mutant(batch_ends_wake))
				kwg_go_on_at(b, w, e->ticket, e->result);
			return true;
		}
		next = kwg_if_woken(kwg_waiter_next(w), e, rest);
		e->budget--;
		kwg_wake_waiter(b, w, e->ticket, e->result);
	}
	return false;
}

/* Early waiters, who are first, and those for the rest if that is over. */
static bool kwg_wake_both(struct kwg_bucket *b, struct kwg_event *e, s64 state)
{
	struct kwg_waiter *w = kwg_first(b, e, false);
	bool more = false;

	if (w && !w->rest) {
		if (kwg_wakes(state, false))
			more = kwg_wake_kind(b, w, e, false);
		w = kwg_first(b, e, true);
	}
	if (kwg_wakes(state, true))
		more |= kwg_wake_kind(b, w, e, true);
	return more;
}

static noinline bool kwg_wake_some(struct kwg_bucket *b, struct kwaitgroup *wg,
				   s64 state)
{
	struct kwg_event e = {
		.wg = wg, .ticket = kwg_full_ticket(b, state),
		.result = kwg_result(state), .budget = KWG_BATCH,
	};

	return kwg_wake_both(b, &e, state);
}

/* The only waiter of a bucket, if it is a task and no wake-up goes on at it. */
static struct kwg_waiter *kwg_lone_task(const struct kwg_bucket *b)
{
	struct rb_node *node = b->waiters.rb_node;
	struct kwg_waiter *w;

	if (!node)
		return NULL;
	w = rb_entry(node, struct kwg_waiter, node);
	return kwg_is_alone(b, w) && !w->notify && list_empty(&w->unfinished) ?
		w : NULL;
}

/**
 * kwg_wake - wake the waiters that a state word names
 * @wg: the group, as an address; it may be gone
 * @state: the value that settled the group
 * @ip: who is to blame if the wake-up is lost, or 0
 *
 * Context: Any.
 */
void kwg_wake(struct kwaitgroup *wg, s64 state, unsigned long ip)
{
	struct kwg_bucket *b = kwg_bucket(wg, state);
	struct kwg_waiter *w;
	unsigned long flags;
	bool more = false;

	if (unlikely(in_nmi())) {
		kwg_wake_later(wg, state, ip);
		return;
	}
	raw_spin_lock_irqsave(&b->lock, flags);
	w = kwg_lone_task(b);
	if (unlikely(!w)) {
		more = kwg_wake_some(b, wg, state);
	} else if (kwg_is_covered(w, wg, kwg_full_ticket(b, state)) &&
		   kwg_wakes(state, w->rest)) {
		kwg_dequeue_alone(b, w);
		kwg_wake_task(b, w, kwg_result(state));
	}
	raw_spin_unlock_irqrestore(&b->lock, flags);
	if (more)
		queue_work(kwg_wake_wq, &kwg_unfinished_work);
}

/* One batch of what is left in a bucket. */
static void kwg_wake_batch(struct kwg_bucket *b)
{
	struct kwg_waiter *w;

	kwg_window(KWG_WINDOW_UNFINISHED);
	raw_spin_lock_irq(&b->lock);
	w = list_first_entry_or_null(&b->unfinished, struct kwg_waiter,
				     unfinished);
	if (w) {
		struct kwg_event e = {
			.wg = w->wg, .ticket = w->until,
			.result = w->until_result, .budget = KWG_BATCH,
		};

		list_del_init(&w->unfinished);
		kwg_wake_kind(b, kwg_first(b, &e, w->rest), &e, w->rest);
	}
	raw_spin_unlock_irq(&b->lock);
}

static void kwg_wake_unfinished(struct work_struct *work)
{
	struct kwg_bucket *b;

	kwg_for_each_bucket(b) {
		/* Without the lock: whoever marks a waiter queues us then. */
		while (!list_empty_careful(&b->unfinished)) {
			kwg_wake_batch(b);
			cond_resched();
		}
	}
}

/* Of a batch from @place on, wake those whose group is settled. */
static bool kwg_wake_settled(struct kwg_bucket *b, struct kwg_place *place)
{
	struct kwg_waiter *w, *next;
	int n;

	raw_spin_lock_irq(&b->lock);
	w = kwg_waiter_from(b, place);
	for (n = 0; w && n < KWG_BATCH; n++, w = next) {
		/* The waiter is still in its wait, so the group is there. */
		s64 state = atomic64_read_acquire(&w->wg->state);

		next = kwg_waiter_next(w);
		kwg_place_after(place, w);
		if (kwg_waiter_settled(w, state))
			kwg_wake_waiter(b, w, b->ticket, kwg_result(state));
	}
	raw_spin_unlock_irq(&b->lock);
	return w;
}

/* Wake who waits for a settled group, of whatever name, in all buckets. */
void kwg_wake_all_settled(void)
{
	struct kwg_bucket *b;

	kwg_for_each_bucket(b) {
		struct kwg_place place = {};

		while (kwg_wake_settled(b, &place))
			cond_resched();
	}
}
