// SPDX-License-Identifier: GPL-2.0
/*
 * How often a call site and kind of misuse is reported: so many times in an
 * interval, so that one bad loop neither floods the log nor hides another bug.
 *
 * Not by struct ratelimit_state: there are more call sites in a kernel than
 * this has places, so one that has not been seen for an interval gives its
 * place to the next, and that must work in an NMI.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>

#include "registry.h"

#define KWG_SITE_BITS		6
#define KWG_LIMIT_INTERVAL	(5 * HZ)
#define KWG_LIMIT_REPORTS	10

static struct kwg_site {
	unsigned long key;	/* 0 while free */
	unsigned long begin;	/* of the interval, in jiffies */
	unsigned long last;	/* when it was seen */
	int reports;		/* in the interval */
} kwg_sites[1 << KWG_SITE_BITS];

static DEFINE_RAW_SPINLOCK(kwg_sites_lock);

static bool kwg_site_is_idle(const struct kwg_site *site, unsigned long now)
{
	return !site->key ||
	       (now - site->last >= KWG_LIMIT_INTERVAL &&
		!kwg_mutant(sites_never_leave));
}

/* A place for @key: a free one, or that of who was not seen for longest. */
static struct kwg_site *kwg_site_replace(unsigned long key, unsigned long now)
{
	struct kwg_site *site, *oldest = &kwg_sites[0];
	int i;

	for (i = 0; i < ARRAY_SIZE(kwg_sites); i++) {
		site = &kwg_sites[i];
		if (!site->key || now - site->last > now - oldest->last)
			oldest = site;
		if (!oldest->key)
			break;
	}
	/* All are busy: it shares one, or a crowd of them were without limit. */
	if (!kwg_site_is_idle(oldest, now))
		return &kwg_sites[hash_long(key, KWG_SITE_BITS)];
	*oldest = (struct kwg_site) { .key = key, .begin = now };
	return oldest;
}

static struct kwg_site *kwg_site(unsigned long key, unsigned long now)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kwg_sites); i++)
		if (kwg_sites[i].key == key)
			return &kwg_sites[i];
	return kwg_site_replace(key, now);
}

static bool kwg_site_allows(struct kwg_site *site, unsigned long now)
{
	if (now - site->begin >= KWG_LIMIT_INTERVAL) {
		site->begin = now;
		site->reports = 0;
	}
	site->last = now;
	if (site->reports == KWG_LIMIT_REPORTS)
		return false;
	site->reports++;
	return true;
}

/**
 * kwg_misuse_allowed - may a misuse be reported?
 * @key: the call site and the kind of misuse
 *
 * Context: Any.
 * Return: false if it is one too many
 */
bool kwg_misuse_allowed(unsigned long key)
{
	unsigned long flags, now = jiffies;
	bool allowed;

	/* In an NMI the lock may be ours. Then one more does no harm. */
	if (!in_nmi())
		raw_spin_lock_irqsave(&kwg_sites_lock, flags);
	else if (!raw_spin_trylock_irqsave(&kwg_sites_lock, flags))
		return true;
	allowed = kwg_site_allows(kwg_site(key, now), now);
	raw_spin_unlock_irqrestore(&kwg_sites_lock, flags);
	return allowed;
}
