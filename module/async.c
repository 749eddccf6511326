// SPDX-License-Identifier: GPL-2.0
/*
 * Asynchronous waiters: a function is called at each zero, instead of a task
 * being woken at the next one. This is what poll() of a group stands on.
 *
 * Differences to a task
 * =====================
 *
 * It stays queued, and its ticket stays in the state word, when the count
 * reaches zero. So the next zero finds it as well, whoever adds and finishes
 * the members, and an edge-triggered epoll gets its event without a call that
 * would have to arm it anew. A done that reaches zero takes the bucket lock
 * each time while such a waiter is queued.
 *
 * Because it stays, a late waker may call it for a zero that has passed.
 * @notify looks at the group to see what is true now. It may: an asynchronous
 * waiter holds its group until kwg_async_disarm(), which takes the bucket lock
 * that the waker holds around the call.
 *
 * Taking it off when nobody listens
 * =================================
 *
 * A listener is on a queue of the owner, which @notify wakes. The waiter is
 * taken off by a waker that finds that queue empty:
 *
 *	poll()				last done
 *					B: count 0, ticket T
 *	queue the listener
 *	lock(bucket)			lock(bucket)
 *	A: queue the waiter		D: @notify says nobody listens:
 *	   unless it is			   take the waiter off, and its ticket
 *	unlock(bucket)			unlock(bucket)
 *	C: look at the count
 *
 * If A is first, D sees the listener and wakes it. If D is first, A queues the
 * waiter again, and C sees the zero of B. The ticket is taken off by the rule
 * for a waiter that leaves, see "A waiter that gives up" in bucket.c.
 */
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "bucket.h"
#include "internal.h"

/**
 * kwg_async_init - make an asynchronous waiter, not yet armed
 * @w: the waiter
 * @wg: the group; must be there until kwg_async_disarm()
 * @notify: called under the bucket lock, with interrupts off, in whatever
 *	context a member is done; returns whether somebody listens
 */
void kwg_async_init(struct kwg_waiter *w, struct kwaitgroup *wg,
		    bool (*notify)(struct kwg_waiter *w))
{
	init_waitqueue_func_entry(&w->wait, kwg_wake_waiter);
	INIT_LIST_HEAD(&w->wait.entry);
	w->wg = wg;
	w->result = KWG_ASLEEP;
	w->notify = notify;
}

/**
 * kwg_async_arm - queue a waiter that is not queued already
 * @w: the waiter
 */
void kwg_async_arm(struct kwg_waiter *w)
{
	struct kwg_bucket *b = kwg_bucket(w->wg);

	spin_lock_irq(&b->wq.lock);
	if (list_empty(&w->wait.entry)) {
		kwg_publish_ticket(b, w);
		__add_wait_queue_entry_tail(&b->wq, &w->wait);
	}
	spin_unlock_irq(&b->wq.lock);
}

static void kwg_async_remove(struct kwg_bucket *b, struct kwg_waiter *w)
{
	lockdep_assert_held(&b->wq.lock);

	list_del_init(&w->wait.entry);
	kwg_retire_ticket(b, w);
}

/**
 * kwg_async_disarm - take a waiter off its bucket
 * @w: the waiter
 * @needed: asked under the bucket lock whether it must stay; NULL: it must not,
 *	and @notify is neither running nor called any more afterwards
 */
void kwg_async_disarm(struct kwg_waiter *w, bool (*needed)(struct kwg_waiter *))
{
	struct kwg_bucket *b = kwg_bucket(w->wg);

	spin_lock_irq(&b->wq.lock);
	if (!list_empty(&w->wait.entry) && !(needed && needed(w)))
		kwg_async_remove(b, w);
	spin_unlock_irq(&b->wq.lock);
}

/* The wake function's part for an asynchronous waiter. */
int kwg_async_wake(struct kwg_bucket *b, struct kwg_waiter *w)
{
	if (!w->notify(w))
		kwg_async_remove(b, w);
	return 0;
}
