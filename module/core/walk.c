// SPDX-License-Identifier: GPL-2.0
/*
 * A look at those who wait, for whoever lists them or sees that they wait too
 * long: a batch in one hold of a bucket's lock, so that no member that is done
 * meanwhile waits for long. The place in the order of waiters is kept between
 * two batches, and stays one whoever comes and goes.
 */
#include "bucket.h"

unsigned int kwg_nr_buckets(void)
{
	return 2 << kwg_bucket_bits;
}

/**
 * kwg_walk_on - look at some of the waiters of a bucket
 * @walk: which bucket, and where to go on in it; moves behind those looked at
 * @fn: called for each with the bucket lock held and interrupts off, at most
 *	KWG_BATCH times; false: stop before this waiter
 * @arg: for @fn
 *
 * Context: Process context.
 * Return: whether there is one left in the bucket
 */
bool kwg_walk_on(struct kwg_walk *walk,
		 bool (*fn)(struct kwg_waiter *w, void *arg), void *arg)
{
	struct kwg_bucket *b = &kwg_buckets[walk->bucket];
	struct kwg_waiter *w;
	int n;

	/* Without the lock: who comes just now need not be seen. */
	if (RB_EMPTY_ROOT(&b->waiters))
		return false;
	raw_spin_lock_irq(&b->lock);
	w = kwg_waiter_from(b, &walk->place);
	for (n = 0; w && n < KWG_BATCH && fn(w, arg); n++) {
		kwg_place_after(&walk->place, w);
		w = kwg_waiter_next(w);
	}
	raw_spin_unlock_irq(&b->lock);
	return w;
}
