// SPDX-License-Identifier: GPL-2.0
/*
 * How long the waits for a registered group took. Kept in the group's entry in
 * the registry, not in the group, and written by waiters that have slept: one
 * that does not sleep, and every add and done, know nothing of it.
 */
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/time64.h>

#include "registry.h"

/* So many waits are needed before a percentile means something. */
#define KWG_HISTORY_MIN	100

static unsigned int kwg_history_bucket(u64 us)
{
	unsigned int bucket = us ? ilog2(us) + 1 : 0;

	if (kwg_mutant(history_off_by_two))
		bucket++;
	return min_t(unsigned int, bucket, KWG_HISTORY_BUCKETS - 1);
}

static void kwg_history_max(atomic64_t *max, u64 us)
{
	s64 old = atomic64_read(max);

	while (old < (s64)us && !atomic64_try_cmpxchg(max, &old, us))
		;
}

static void kwg_history_count(struct kwg_history *h, u64 ns, bool aborted)
{
	u64 us = div_u64(ns, NSEC_PER_USEC);

	atomic64_inc(&h->waits[kwg_history_bucket(us)]);
	atomic64_add(us, &h->total_us);
	kwg_history_max(&h->max_us, us);
	if (aborted)
		atomic64_inc(&h->aborted);
}

/**
 * kwg_history_add - a wait that has slept is over
 * @wg: the group; the waiter has not returned yet
 * @since_ns: when it began
 * @aborted: it ended by a signal or a timeout
 */
void kwg_history_add(const struct kwaitgroup *wg, u64 since_ns, bool aborted)
{
	struct kwg_entry *entry;

	if (!kwg_registry_size())
		return;
	rcu_read_lock();
	entry = kwg_registry_find(wg);
	if (entry)
		kwg_history_count(&entry->history, ktime_get_ns() - since_ns,
				  aborted);
	rcu_read_unlock();
}

static u64 kwg_history_waits(const struct kwg_history *h)
{
	u64 waits = 0;
	int i;

	for (i = 0; i < KWG_HISTORY_BUCKETS; i++)
		waits += atomic64_read(&h->waits[i]);
	return waits;
}

/*
 * 99 of 100 waits were shorter than this, to a factor of two. 0: there were too
 * few, or it was longer than the buckets reach.
 */
u64 kwg_history_p99_us(const struct kwg_history *h)
{
	u64 all = kwg_history_waits(h), longer = 0;
	int i;

	if (all < KWG_HISTORY_MIN)
		return 0;
	for (i = KWG_HISTORY_BUCKETS - 1; i >= 0; i--) {
		longer += atomic64_read(&h->waits[i]);
		if (longer > div_u64(all, 100))
			break;
	}
	return i == KWG_HISTORY_BUCKETS - 1 ? 0 : BIT_ULL(max(i, 0));
}

/* The columns WAITS to HISTOGRAM of a line of debugfs' waits. */
void kwg_history_show(struct seq_file *m, const struct kwg_history *h)
{
	const char *separator = "";
	int i;

	seq_printf(m, "%10llu %10lld %14lld %12lld ", kwg_history_waits(h),
		   atomic64_read(&h->aborted), atomic64_read(&h->total_us),
		   atomic64_read(&h->max_us));
	for (i = 0; i < KWG_HISTORY_BUCKETS; i++) {
		s64 waits = atomic64_read(&h->waits[i]);

		if (!waits)
			continue;
		if (i == KWG_HISTORY_BUCKETS - 1)
			seq_printf(m, "%sinf:%lld", separator, waits);
		else
			seq_printf(m, "%s%llu:%lld", separator, BIT_ULL(i), waits);
		separator = ",";
	}
	seq_puts(m, *separator ? "\n" : "-\n");
}
