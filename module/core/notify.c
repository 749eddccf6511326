// SPDX-License-Identifier: GPL-2.0
/*
 * Notifiers: asynchronous waiters whose owner is a driver.
 *
 *	last done				work item
 *	B: count 0, ticket T
 *	lock(bucket)
 *	  the waiter off, the item queued	lock(bucket): waits
 *	  the ticket out of the word
 *	unlock(bucket)				unlock(bucket)
 *						the function may free the group
 *
 * A group that is at zero already has no last done to come. Who arms a notifier
 * looks at the count afterwards, see async.c, and takes it off himself. All of
 * this is under one hold of the lock: behind it the function may have been
 * called, and group and notifier be gone.
 *
 *	kwaitgroup_notify()			last done
 *	lock(bucket)
 *	  A: queue the waiter			B: count 0, ticket T
 *	  C: look at the count: zero, off
 *	unlock(bucket)				lock(bucket): nobody is there
 *	queue the item
 *
 * If B comes after C, it finds the waiter; and if it comes before A, C sees it.
 */
#include <linux/build_bug.h>
#include <linux/export.h>
#include <linux/kwaitgroup_notify.h>
#include <linux/workqueue.h>

#include "bucket.h"

static struct kwg_waiter *kwg_waiter_of_notifier(struct kwaitgroup_notifier *n)
{
	static_assert(sizeof(struct kwg_waiter) <= sizeof(n->waiter));
	return (struct kwg_waiter *)n->waiter;
}

/* Under the bucket lock, wherever a member is done. */
static void kwg_notifier_is_due(struct kwg_waiter *w, u64 ticket)
{
	struct kwaitgroup_notifier *n = container_of((void *)w,
						     struct kwaitgroup_notifier,
						     waiter);

	queue_work(kwg_wake_wq, &n->work);
}

/* With the bucket lock: whether it was still there to be taken off, and not due. */
static bool kwg_notifier_take_locked(struct kwg_waiter *w)
{
	lockdep_assert_held(&w->bucket->lock);

	if (!kwg_is_queued(w))
		return false;
	kwg_dequeue(w->bucket, w);
	kwg_retire_ticket(w->bucket, w->wg);
	return true;
}

static bool kwg_notifier_take(struct kwaitgroup_notifier *n)
{
	struct kwg_waiter *w = kwg_waiter_of_notifier(n);
	bool taken;

	raw_spin_lock_irq(&w->bucket->lock);
	taken = kwg_notifier_take_locked(w);
	raw_spin_unlock_irq(&w->bucket->lock);
	return taken;
}

/* Returns whether it is due at once; else it may be gone by now. */
static bool kwg_notifier_arm(struct kwg_waiter *w)
{
	struct kwg_bucket *b = w->bucket;
	bool due = false;

	kwg_lock_for_ticket(b);
	/* A */
	kwg_publish_ticket(b, w);
	kwg_enqueue(b, w);
	/* C */
	if (!kwg_mutant(notifier_looks_not))
		due = kwg_finished(atomic64_read(&w->wg->state)) &&
		      kwg_notifier_take_locked(w);
	raw_spin_unlock_irq(&b->lock);
	return due;
}

void __kwaitgroup_notifier_fn(struct work_struct *work)
{
	struct kwaitgroup_notifier *n = container_of(work,
						     struct kwaitgroup_notifier,
						     work);
	struct kwaitgroup *wg = kwg_waiter_of_notifier(n)->wg;
	s64 state;

	/* Whoever has queued us is out of the waiter and of the group. */
	if (!kwg_mutant(notifier_unlocked))
		kwg_notifier_take(n);
	state = atomic64_read_acquire(&wg->state);
	if (state & KWAITGROUP_NAMED)
		kwg_members_settled(wg);
	n->result = kwg_result(state);
	/* Pairs with the cmpxchg of who arms it next. */
	smp_store_release(&n->armed, 0);
	n->fn(n);
}
EXPORT_SYMBOL_GPL(__kwaitgroup_notifier_fn);

/**
 * kwaitgroup_notify - have a function called at the next zero, or at once
 * @wg: the group; must be there until the function is called
 * @n: the notifier
 *
 * Ordering: what the members wrote before their done is visible in the function.
 *
 * Context: Process context. May sleep.
 * Return:
 * * 0		- it will be called once
 * * -EBUSY	- @n waits for a zero already
 */
int kwaitgroup_notify(struct kwaitgroup *wg, struct kwaitgroup_notifier *n)
{
	struct kwg_waiter *w = kwg_waiter_of_notifier(n);

	if (cmpxchg(&n->armed, 0, 1))
		return -EBUSY;
	*w = (struct kwg_waiter) { .rest = !kwg_mutant(notifier_is_early) };
	kwg_async_init(w, wg, kwg_notifier_is_due);
	if (kwg_notifier_arm(w))
		queue_work(kwg_wake_wq, &n->work);
	kwg_window(KWG_WINDOW_ARMED);
	if (kwg_mutant(notifier_looks_late) &&
	    kwg_finished(atomic64_read(&wg->state)) && kwg_notifier_take(n))
		queue_work(kwg_wake_wq, &n->work);
	return 0;
}
EXPORT_SYMBOL_GPL(kwaitgroup_notify);

/**
 * kwaitgroup_notify_cancel - do not have it called any more
 * @n: the notifier; not from its own function
 *
 * Afterwards the function is not running, and nothing of it is executed.
 *
 * Context: Process context. May sleep, as long as the function runs.
 * Return:
 * * true	- it has not been called, and will not be
 * * false	- it was called, or @n did not wait
 */
bool kwaitgroup_notify_cancel(struct kwaitgroup_notifier *n)
{
	bool taken = READ_ONCE(n->armed) && kwg_notifier_take(n);

	if (cancel_work_sync(&n->work))
		taken = true;
	if (taken)
		/* The same. */
		smp_store_release(&n->armed, 0);
	return taken;
}
EXPORT_SYMBOL_GPL(kwaitgroup_notify_cancel);
