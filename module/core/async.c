// SPDX-License-Identifier: GPL-2.0
/*
 * Asynchronous waiters: a function is called at the next zero, instead of a task
 * being woken. This is what poll() of a group stands on.
 *
 * One is queued as any waiter, but also while the count is zero: it waits for
 * the next time that it becomes so. It is taken off when it is called, and so is
 * the ticket in the word if nobody else waits: what is to be done is done in
 * process context, which the function asks for. There the owner arms it again if
 * somebody still listens, so that an edge-triggered epoll or a multishot poll of
 * io_uring, which do not call poll() again, get their event at each zero.
 *
 * It holds its group until kwg_async_disarm(), which takes the bucket lock that
 * the waker holds around the call.
 *
 * A listener is on a queue of the owner:
 *
 *	poll()				last done
 *					B: count 0, ticket T
 *	queue the listener
 *	lock(bucket)			lock(bucket)
 *	A: queue the waiter		D: take it off, ask for process context
 *	unlock(bucket)			unlock(bucket)
 *	C: look at the count
 *					later, in process context:
 *					somebody listens: A, look at the count,
 *					wake the queue
 *
 * If A is first, the listener is woken. If D is first, A queues the waiter again,
 * and C sees the zero of B. Whoever arms it looks at the count afterwards, so no
 * zero is lost but one that is over when somebody looks.
 */
#include <linux/spinlock.h>

#include "bucket.h"

/**
 * kwg_async_init - make an asynchronous waiter, not yet armed
 * @w: the waiter
 * @wg: the group; must be there until kwg_async_disarm()
 * @notify: called under the bucket lock, with interrupts off, in whatever
 *	context a member is done, with the ticket of the event; the waiter is off
 *	its bucket, and @notify may put it back
 */
void kwg_async_init(struct kwg_waiter *w, struct kwaitgroup *wg,
		    void (*notify)(struct kwg_waiter *w, u64 ticket))
{
	kwg_waiter_init(w, wg);
	w->notify = notify;
}

/**
 * kwg_async_arm - queue a waiter that is not queued already
 * @w: the waiter
 *
 * Context: Process context. May sleep.
 */
void kwg_async_arm(struct kwg_waiter *w)
{
	struct kwg_bucket *b = w->bucket;

	kwg_lock_for_ticket(b);
	/* Not one that is disarmed for good. */
	if (!kwg_is_queued(w) && w->result == KWG_ASLEEP) {
		kwg_publish_ticket(b, w);
		kwg_enqueue(b, w);
	}
	raw_spin_unlock_irq(&b->lock);
}

/**
 * kwg_async_disarm - take a waiter off its bucket
 * @w: the waiter
 * @needed: asked under the bucket lock whether it must stay; NULL: for good, and
 *	@notify is neither running nor called any more afterwards
 */
void kwg_async_disarm(struct kwg_waiter *w, bool (*needed)(struct kwg_waiter *))
{
	struct kwg_bucket *b = w->bucket;

	raw_spin_lock_irq(&b->lock);
	if (!needed)
		w->result = 0;
	if (kwg_is_queued(w) && !(needed && needed(w))) {
		kwg_dequeue(b, w);
		kwg_retire_ticket(b, w->wg);
	}
	raw_spin_unlock_irq(&b->lock);
}
