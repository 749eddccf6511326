// SPDX-License-Identifier: GPL-2.0
/*
 * Waits that take too long.
 *
 * A wait that sleeps for more than stall_secs is reported, and again after each
 * further stall_secs, by its oldest waiter: the group, who waits, and who holds
 * it, with their stacks. This works also when the hung-task detector is silent,
 * as it is from the first oops on, and does not hide a wait from it: who waits
 * sleeps in one piece.
 *
 * Waits of user space and of idle threads (TASK_IDLE) may take any time.
 *
 * What is reported is copied under the bucket lock, where the waiter, and with
 * it the group, cannot go away; all else is done without.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/sched/debug.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "accounting.h"
#include "bucket.h"
#include "member.h"
#include "trace.h"

static unsigned int kwg_stall_secs = 60;
module_param_named(stall_secs, kwg_stall_secs, uint, 0644);
MODULE_PARM_DESC(stall_secs, "Seconds after which a wait has stalled, 0: never (default 60)");

static unsigned int kwg_warn_factor;
module_param_named(warn_factor, kwg_warn_factor, uint, 0644);
MODULE_PARM_DESC(warn_factor, "Warn of waits of so many times their group's 99th percentile, 0: never (default)");

/* What the watch sees: warnings are not for the waits of a moment. */
#define KWG_WARN_MIN_NS	NSEC_PER_SEC

/* Members named in a report: the oldest ones. */
#define KWG_STALL_MEMBERS	8

static atomic_long_t kwg_stalls;
static atomic_long_t kwg_warnings;

/* A wait to report. */
struct kwg_stall {
	const struct kwaitgroup *wg;	/* compared, never followed */
	struct task_struct *task;	/* referenced */
	unsigned long ip;
	u64 ns;				/* how long already */
	u64 p99_us;			/* 0: a stall; else a warning */
	int count;
	int waiters;
};

/* A limit on the waits for a group: seconds, and in factor @p99_us. */
struct kwg_limits {
	u64 stall_ns;
	u64 warn_ns;
	u64 p99_us;
};

static void kwg_limits(const struct kwaitgroup *wg, struct kwg_limits *limits)
{
	unsigned int factor = READ_ONCE(kwg_warn_factor);
	int secs = KWG_STALL_DEFAULT;
	struct kwg_entry *entry;

	limits->p99_us = 0;
	rcu_read_lock();
	entry = kwg_registry_find(wg);
	if (entry) {
		secs = READ_ONCE(entry->stall_secs);
		if (factor)
			limits->p99_us = kwg_history_p99_us(&entry->history);
	}
	rcu_read_unlock();
	if (secs == KWG_STALL_DEFAULT)
		secs = min_t(unsigned int, READ_ONCE(kwg_stall_secs), INT_MAX);
	limits->stall_ns = secs ? (u64)secs * NSEC_PER_SEC : U64_MAX;
	limits->warn_ns = !limits->p99_us ? U64_MAX :
		max(factor * limits->p99_us * NSEC_PER_USEC, KWG_WARN_MIN_NS);
}

/* Whether this waiter is to be reported now, and as what. */
static bool kwg_is_due(struct kwg_waiter *w, const struct kwg_limits *limits,
		       u64 now, u64 *p99_us)
{
	u64 silent_ns = now - (w->reported_ns ?: w->since_ns);
	u64 late_ns;

	*p99_us = 0;
	if (silent_ns >= limits->stall_ns &&
	    !(kwg_mutant(old_stall_hides) && w->reported_ns)) {
		/* The next one is due in time, however late this one is. */
		div64_u64_rem(silent_ns, limits->stall_ns, &late_ns);
		w->reported_ns = now - late_ns;
		return true;
	}
	if (now - w->since_ns < limits->warn_ns || w->warned)
		return false;
	w->warned = true;
	*p99_us = limits->p99_us;
	return true;
}

static struct kwg_waiter *kwg_first_waiter(struct kwg_bucket *b,
					   const struct kwaitgroup *wg)
{
	const struct kwg_place first = { .wg = wg };

	return kwg_waiter_from(b, &first);
}

/* One that is older speaks for @w. */
static bool kwg_is_oldest(struct kwg_bucket *b, const struct kwg_waiter *w)
{
	const struct kwg_waiter *o;

	for (o = kwg_first_waiter(b, w->wg); o && o->wg == w->wg;
	     o = kwg_waiter_next(o))
		if (!o->notify && o->kind == KWG_WAIT_WORK &&
		    o->ticket < w->ticket)
			return false;
	return true;
}

static int kwg_count_waiters(struct kwg_bucket *b, const struct kwaitgroup *wg)
{
	const struct kwg_waiter *w;
	int waiters = 0;

	for (w = kwg_first_waiter(b, wg); w && w->wg == wg;
	     w = kwg_waiter_next(w))
		waiters += !w->notify;
	return waiters;
}

static void kwg_copy_stall(struct kwg_bucket *b, const struct kwg_waiter *w,
			   struct kwg_stall *stall, u64 now)
{
	stall->wg = w->wg;
	stall->task = get_task_struct(w->task);
	stall->ip = w->ip;
	stall->ns = now - w->since_ns;
	stall->count = kwaitgroup_count(w->wg);
	stall->waiters = kwg_count_waiters(b, w->wg);
}

/* The next wait of this bucket that is due; @any: whether there is any wait. */
static bool kwg_find_stall(struct kwg_bucket *b, u64 now,
			   struct kwg_stall *stall, bool *any)
{
	const struct kwaitgroup *wg = NULL;
	struct kwg_limits limits;
	struct kwg_waiter *w;
	bool found = false;

	raw_spin_lock_irq(&b->lock);
	for (w = kwg_first_waiter(b, NULL); w; w = kwg_waiter_next(w)) {
		if (w->notify || w->kind != KWG_WAIT_WORK)
			continue;
		*any = true;
		if ((s64)(now - w->since_ns) < (s64)NSEC_PER_SEC / 2)
			continue;
		/* Neighbours often wait for the same group. */
		if (w->wg != wg) {
			wg = w->wg;
			kwg_limits(wg, &limits);
		}
		if (!kwg_is_due(w, &limits, now, &stall->p99_us) ||
		    !kwg_is_oldest(b, w))
			continue;
		kwg_copy_stall(b, w, stall, now);
		found = true;
		break;
	}
	raw_spin_unlock_irq(&b->lock);
	return found;
}

/* The oldest members of a group, their tasks referenced; how many it has. */
struct kwg_holders {
	const struct kwaitgroup *wg;
	struct kwg_record oldest[KWG_STALL_MEMBERS];
	int nr;			/* in @oldest */
	int members;		/* in all, by name */
};

/* In the order of age; the youngest drops out. */
static void kwg_add_holder(struct kwg_holders *holders,
			   const struct kwg_record *rec)
{
	int i = holders->nr;

	holders->members++;
	while (i && time_before(rec->joined, holders->oldest[i - 1].joined))
		i--;
	if (i == KWG_STALL_MEMBERS)
		return;
	if (holders->nr == KWG_STALL_MEMBERS)
		put_task_struct(holders->oldest[--holders->nr].task);
	memmove(&holders->oldest[i + 1], &holders->oldest[i],
		(holders->nr - i) * sizeof(*rec));
	holders->oldest[i] = *rec;
	get_task_struct(rec->task);
	holders->nr++;
}

static void kwg_find_holders(struct kwg_holders *holders)
{
	struct kwg_record *rec, slot;
	unsigned long flags;
	int i;

	for (i = 0; i < KWG_NR_SHARDS; i++) {
		struct kwg_shard *shard = &kwg_shards[i];

		if (kwg_slot_get(shard, &slot)) {
			if (slot.wg == holders->wg)
				kwg_add_holder(holders, &slot);
			put_task_struct(slot.task);
		}
		raw_spin_lock_irqsave(&shard->lock, flags);
		hlist_for_each_entry(rec, &shard->records, node)
			if (rec->member && rec->wg == holders->wg)
				kwg_add_holder(holders, rec);
		raw_spin_unlock_irqrestore(&shard->lock, flags);
	}
}

static void kwg_print_holder(const struct kwg_record *rec)
{
	struct task_struct *task = rec->task;
	char comm[TASK_COMM_LEN];

	kwg_copy_comm(comm, task->comm);
	pr_err("kwaitgroup: stall: held by %s[%d] state %c for %lu s, joined in %pS\n",
	       comm, task_pid_nr(task), task_state_to_char(task),
	       (jiffies - rec->joined) / HZ, (void *)rec->ip);
	sched_show_task(task);
}

static void kwg_print_holders(const struct kwg_stall *stall)
{
	static struct kwg_holders holders;	/* the watch runs once */
	int i;

	memset(&holders, 0, sizeof(holders));
	holders.wg = stall->wg;
	kwg_find_holders(&holders);
	for (i = 0; i < holders.nr; i++) {
		kwg_print_holder(&holders.oldest[i]);
		put_task_struct(holders.oldest[i].task);
	}
	if (holders.members > holders.nr)
		pr_err("kwaitgroup: stall: and %d members that joined later\n",
		       holders.members - holders.nr);
	if (stall->count > holders.members)
		pr_err("kwaitgroup: stall: and %d members that have not joined by name\n",
		       stall->count - holders.members);
	kwg_tally_print(stall->wg);
}

static void kwg_report_stall(const struct kwg_stall *stall)
{
	u64 secs = div_u64(stall->ns, NSEC_PER_SEC);
	char name[KWAITGROUP_NAME_LEN];
	char comm[TASK_COMM_LEN];

	kwg_registry_name(stall->wg, name, sizeof(name));
	kwg_copy_comm(comm, stall->task->comm);
	if (stall->p99_us) {
		atomic_long_inc(&kwg_warnings);
		pr_warn("kwaitgroup: slow: group %s: %s[%d] waits for %llu s in %pS, 99 of 100 waits took less than %llu us\n",
			name, comm, task_pid_nr(stall->task), secs,
			(void *)stall->ip, stall->p99_us);
		return;
	}
	trace_kwaitgroup_stall(stall->wg, stall->count, stall->ns, stall->task);
	pr_err("kwaitgroup: stall: group %s: %s[%d] waits for %llu s in %pS, count %d, %d waiters\n",
	       name, comm, task_pid_nr(stall->task), secs, (void *)stall->ip,
	       stall->count, stall->waiters);
	kwg_print_holders(stall);
	/* Last: who sees the number can read the report. */
	atomic_long_inc(&kwg_stalls);
}

/**
 * kwg_check_stalls - report the waits that take too long
 *
 * Return: whether somebody waits who may stall yet
 */
bool kwg_check_stalls(void)
{
	struct kwg_stall stall;
	/* Once: what becomes due during a report is for the next time. */
	u64 now = ktime_get_ns();
	struct kwg_bucket *b;
	bool any = false;

	kwg_for_each_bucket(b) {
		/* Without the lock: a waiter that comes starts the watch. */
		if (RB_EMPTY_ROOT(&b->waiters))
			continue;
		while (kwg_find_stall(b, now, &stall, &any)) {
			kwg_report_stall(&stall);
			put_task_struct(stall.task);
		}
	}
	return any;
}

void kwg_stall_show_stats(struct seq_file *m)
{
	seq_printf(m, "stalls %ld\n", atomic_long_read(&kwg_stalls));
	seq_printf(m, "early_warnings %ld\n", atomic_long_read(&kwg_warnings));
}
