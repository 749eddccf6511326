// SPDX-License-Identifier: GPL-2.0
/*
 * accounting=1: which call site has added how many members of a group, and
 * which has finished how many. Also what only counting can tell: how many
 * members there were at most, and how often the count reached zero.
 *
 * It stands on the static branch in add and done, see observe.c. A tally is in
 * the registry's entry of its group, so what is counted after the decrement
 * that finished the group does not touch the group.
 */
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "registry.h"

/* Call sites of a group that are told apart; the last one is for the others. */
#define KWG_TALLY_SITES	16

struct kwg_tally_site {
	atomic_long_t ip;		/* 0 while free; written once */
	atomic64_t added;
	atomic64_t finished;
};

struct kwg_tally {
	struct kwg_tally_site sites[KWG_TALLY_SITES];
	atomic_t peak;
	atomic64_t generations;
	struct rcu_head rcu;
};

static bool kwg_accounting;		/* it is counted, and shown */
static bool kwg_tallying;		/* entries need a tally */
static DEFINE_MUTEX(kwg_accounting_lock);

static struct kwg_tally_site *kwg_tally_site(struct kwg_tally *tally, long ip)
{
	struct kwg_tally_site *site;
	long old;
	int i;

	for (i = 0; i < KWG_TALLY_SITES - 1; i++) {
		site = &tally->sites[i];
		old = atomic_long_read(&site->ip);
		if (!old)
			old = atomic_long_cmpxchg(&site->ip, 0, ip) ?: ip;
		if (old == ip)
			return site;
	}
	return &tally->sites[i];
}

static void kwg_tally_peak(struct kwg_tally *tally, int count)
{
	int old = atomic_read(&tally->peak);

	while (old < count && !atomic_try_cmpxchg(&tally->peak, &old, count))
		;
}

/**
 * kwg_tally_count - count an add or a done
 * @entry: of the group, under RCU
 * @n: members added, or finished if negative
 * @count: what the count was then
 * @ip: the call
 */
void kwg_tally_count(struct kwg_entry *entry, int n, int count,
		     unsigned long ip)
{
	struct kwg_tally *tally = rcu_dereference(entry->tally);
	struct kwg_tally_site *site;

	if (!tally)
		return;
	site = kwg_tally_site(tally, ip);
	if (n > 0)
		atomic64_add(n, &site->added);
	else
		atomic64_sub(n, &site->finished);
	kwg_tally_peak(tally, count);
	if (!count)
		atomic64_inc(&tally->generations);
}

/* Into the log, for a stall: what each call site has added and finished. */
void kwg_tally_print(const struct kwaitgroup *wg)
{
	struct kwg_tally *tally = NULL;
	struct kwg_entry *entry;
	int i;

	if (!READ_ONCE(kwg_accounting))
		return;
	rcu_read_lock();
	entry = kwg_registry_find(wg);
	if (entry)
		tally = rcu_dereference(entry->tally);
	for (i = 0; tally && i < KWG_TALLY_SITES; i++) {
		struct kwg_tally_site *site = &tally->sites[i];

		if (atomic_long_read(&site->ip))
			pr_err("kwaitgroup: stall: %lld added, %lld finished in %pS\n",
			       atomic64_read(&site->added),
			       atomic64_read(&site->finished),
			       (void *)atomic_long_read(&site->ip));
	}
	rcu_read_unlock();
}

static struct kwg_tally *kwg_tally_alloc(void)
{
	return kzalloc(sizeof(struct kwg_tally), GFP_KERNEL_ACCOUNT);
}

/* For an entry that nobody else knows yet; without the registry's lock. */
int kwg_tally_prepare(struct kwg_entry *entry)
{
	struct kwg_tally *tally;

	if (!READ_ONCE(kwg_tallying) || rcu_access_pointer(entry->tally))
		return 0;
	tally = kwg_tally_alloc();
	RCU_INIT_POINTER(entry->tally, tally);
	return tally ? 0 : -ENOMEM;
}

/* Under the registry's lock: no entry slips past a switch to accounting=1. */
bool kwg_tally_missing(const struct kwg_entry *entry)
{
	return READ_ONCE(kwg_tallying) && !rcu_access_pointer(entry->tally);
}

/* After a grace period. */
void kwg_tally_free(struct kwg_entry *entry)
{
	kfree(rcu_dereference_raw(entry->tally));
}

/* accounting=0|1. Turned on, all counts begin at zero. */

/*
 * Under the registry's lock. What was counted before accounting was off would
 * not add up with what is counted from now on.
 */
static void kwg_tally_renew(struct kwg_entry *entry, void *tally)
{
	struct kwg_tally *old = rcu_replace_pointer(entry->tally, tally, true);

	if (old)
		kfree_rcu(old, rcu);
}

/* An allocation before each entry, as there must be none under the lock. */
static int kwg_tally_renew_all(void)
{
	struct kwg_tally *tally;
	unsigned long id = 0;

	do {
		tally = kwg_tally_alloc();
		if (!tally)
			return -ENOMEM;
	} while (kwg_registry_visit(&id, kwg_tally_renew, tally) && ++id);
	/* There was no entry for it. */
	kfree(tally);
	return 0;
}

static int kwg_accounting_on(void)
{
	int err;

	WRITE_ONCE(kwg_tallying, true);
	err = kwg_tally_renew_all();
	if (err) {
		WRITE_ONCE(kwg_tallying, false);
		return err;
	}
	static_branch_inc(&kwaitgroup_observed);
	/* Last: what was counted before is not shown any more. */
	WRITE_ONCE(kwg_accounting, true);
	return 0;
}

static void kwg_accounting_off(void)
{
	WRITE_ONCE(kwg_accounting, false);
	WRITE_ONCE(kwg_tallying, false);
	static_branch_dec(&kwaitgroup_observed);
}

static int kwg_accounting_set(const char *val, const struct kernel_param *kp)
{
	bool on;
	int err;

	err = kstrtobool(val, &on);
	if (err) {
		pr_err("kwaitgroup: accounting=%s: must be 0 or 1\n", val);
		return err;
	}
	mutex_lock(&kwg_accounting_lock);
	if (on && !kwg_accounting)
		err = kwg_accounting_on();
	else if (!on && kwg_accounting)
		kwg_accounting_off();
	mutex_unlock(&kwg_accounting_lock);
	return err;
}

static const struct kernel_param_ops kwg_accounting_ops = {
	.set = kwg_accounting_set,
	.get = param_get_bool,
};

module_param_cb(accounting, &kwg_accounting_ops, &kwg_accounting, 0644);
MODULE_PARM_DESC(accounting, "Count adds and dones by call site (default 0)");

/* debugfs: sites, totals */

static void kwg_site_show(struct seq_file *m, const struct kwg_entry *entry,
			  const struct kwg_tally_site *site)
{
	long ip = atomic_long_read(&site->ip);
	s64 added = atomic64_read(&site->added);
	s64 finished = atomic64_read(&site->finished);

	if (!added && !finished)
		return;
	seq_printf(m, "%10u %-31s %12lld %12lld ", entry->id, entry->name,
		   added, finished);
	if (ip)
		seq_printf(m, "%pS\n", (void *)ip);
	else
		seq_puts(m, "-\n");
}

/* What accounting=1 has counted is shown while it is on. */
static struct kwg_tally *kwg_shown_tally(const struct kwg_entry *entry)
{
	/* The registry's lock keeps it. */
	return READ_ONCE(kwg_accounting) ? rcu_dereference_raw(entry->tally) :
					   NULL;
}

static int kwg_sites_show(struct seq_file *m, void *v)
{
	const struct kwg_entry *entry = v;
	struct kwg_tally *tally;
	int i;

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%10s %-31s %12s %12s %s\n", "ID", "NAME",
			   "ADDED", "FINISHED", "SITE");
		return 0;
	}
	tally = kwg_shown_tally(entry);
	for (i = 0; tally && i < KWG_TALLY_SITES; i++)
		kwg_site_show(m, entry, &tally->sites[i]);
	return 0;
}

static int kwg_totals_show(struct seq_file *m, void *v)
{
	const struct kwg_entry *entry = v;
	struct kwg_tally *tally;
	s64 added = 0, finished = 0;
	int i;

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%10s %-31s %12s %12s %11s %12s\n", "ID", "NAME",
			   "ADDED", "FINISHED", "PEAK", "GENERATIONS");
		return 0;
	}
	tally = kwg_shown_tally(entry);
	if (!tally)
		return SEQ_SKIP;
	for (i = 0; i < KWG_TALLY_SITES; i++) {
		added += atomic64_read(&tally->sites[i].added);
		finished += atomic64_read(&tally->sites[i].finished);
	}
	seq_printf(m, "%10u %-31s %12lld %12lld %11d %12lld\n", entry->id,
		   entry->name, added, finished, atomic_read(&tally->peak),
		   atomic64_read(&tally->generations));
	return 0;
}

const struct seq_operations kwg_sites_sops = {
	.start = kwg_registry_start,
	.next = kwg_registry_next,
	.stop = kwg_registry_stop,
	.show = kwg_sites_show,
};

const struct seq_operations kwg_totals_sops = {
	.start = kwg_registry_start,
	.next = kwg_registry_next,
	.stop = kwg_registry_stop,
	.show = kwg_totals_show,
};
