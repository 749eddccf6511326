// SPDX-License-Identifier: GPL-2.0
/*
 * Waits that take too long.
 *
 * A wait that sleeps for more than stall_secs has stalled, and once more after
 * each further stall_secs. It is reported by the oldest waiter of its group.
 * This works also when the hung-task detector is silent, as it is from the first
 * oops on, and does not hide a wait from it: who waits sleeps in one piece.
 *
 * Waits of user space and of idle threads (TASK_IDLE) may take any time. So may
 * those that a signal ends, which drivers make on behalf of user space: they are
 * looked at only if the owner of the group has asked for it.
 *
 * What is reported is copied under the bucket lock, where the waiter, and with
 * it the group, cannot go away; all else is done without, see stall_report.c.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "stall.h"
#include "trace.h"

static unsigned int kwg_stall_secs = 60;
static unsigned int kwg_warn_factor;

/* What the watch sees: warnings are not for the waits of a moment. */
#define KWG_WARN_MIN_NS	NSEC_PER_SEC

static int kwg_limit_set(const char *val, const struct kernel_param *kp)
{
	int err = param_set_uint(val, kp);

	if (!err)
		kwg_watch_now();
	return err;
}

static const struct kernel_param_ops kwg_limit_ops = {
	.set = kwg_limit_set,
	.get = param_get_uint,
};

module_param_cb(stall_secs, &kwg_limit_ops, &kwg_stall_secs, 0644);
__MODULE_PARM_TYPE(stall_secs, "uint");
MODULE_PARM_DESC(stall_secs, "Seconds after which a wait has stalled, 0: never (default 60)");
module_param_cb(warn_factor, &kwg_limit_ops, &kwg_warn_factor, 0644);
__MODULE_PARM_TYPE(warn_factor, "uint");
MODULE_PARM_DESC(warn_factor, "Warn of waits of so many times their group's 99th percentile, 0: never (default)");

/* A limit on the waits for a group: seconds, and in factor @p99_us. */
struct kwg_limits {
	enum kwg_wait_kind kind;	/* the last one that they are for */
	u64 stall_ns;
	u64 warn_ns;
	u64 p99_us;
};

static u64 kwg_warn_ns(u64 p99_us, unsigned int factor)
{
	u64 ns = p99_us * NSEC_PER_USEC;

	if (!ns)
		return U64_MAX;
	if (factor > div64_u64(U64_MAX, ns))
		return U64_MAX;
	return max_t(u64, factor * ns, KWG_WARN_MIN_NS);
}

/* What its owner has said, and how long its waits were, if there is a @factor. */
static int kwg_limits_of_entry(const struct kwaitgroup *wg, unsigned int factor,
			       struct kwg_limits *limits)
{
	int secs = KWG_STALL_DEFAULT;
	struct kwg_entry *entry;

	if (!kwg_registry_size())
		return secs;
	rcu_read_lock();
	entry = kwg_registry_find(wg);
	if (entry) {
		secs = READ_ONCE(entry->stall_secs);
		if (factor)
			limits->p99_us = kwg_history_p99_us(&entry->history);
	}
	rcu_read_unlock();
	return secs;
}

static void kwg_limits(const struct kwaitgroup *wg, struct kwg_limits *limits)
{
	unsigned int factor = READ_ONCE(kwg_warn_factor);
	int secs;

	limits->p99_us = 0;
	limits->kind = kwg_mutant(stalls_of_signals) ? KWG_WAIT_SIGNAL :
						       KWG_WAIT_WORK;
	secs = kwg_limits_of_entry(wg, factor, limits);
	if (secs == KWG_STALL_DEFAULT)
		secs = min_t(unsigned int, READ_ONCE(kwg_stall_secs), INT_MAX);
	else if (secs)
		limits->kind = KWG_WAIT_SIGNAL;
	limits->stall_ns = secs ? (u64)secs * NSEC_PER_SEC : U64_MAX;
	limits->warn_ns = kwg_warn_ns(limits->p99_us, factor);
}

/**
 * kwg_stall_expect - have a wait looked at when it has stalled
 * @w: the waiter; is queued
 */
void kwg_stall_expect(const struct kwg_waiter *w)
{
	struct kwg_limits limits;
	u64 ns;

	if (w->kind > KWG_WAIT_SIGNAL)
		return;
	kwg_limits(w->wg, &limits);
	if (w->kind > limits.kind)
		return;
	ns = min(limits.stall_ns, limits.warn_ns);
	/* What is late changes with each wait for the group. */
	if (READ_ONCE(kwg_warn_factor))
		ns = min_t(u64, ns, KWG_WARN_MIN_NS);
	if (ns != U64_MAX)
		kwg_watch_in(nsecs_to_jiffies(ns) + 1);
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

static u64 kwg_add_ns(u64 since_ns, u64 ns)
{
	return ns > U64_MAX - since_ns ? U64_MAX : since_ns + ns;
}

/* When it is due next. */
static u64 kwg_due_ns(const struct kwg_waiter *w,
		      const struct kwg_limits *limits, u64 now)
{
	u64 due = kwg_add_ns(w->reported_ns ?: w->since_ns, limits->stall_ns);

	if (w->warned || !READ_ONCE(kwg_warn_factor))
		return due;
	due = min(due, kwg_add_ns(w->since_ns, limits->warn_ns));
	return min_t(u64, due, now + KWG_WARN_MIN_NS);
}

/*
 * A look at a bucket. The waiters of a group come one after the other, first the
 * early ones and then those for the rest, in the order of their tickets. The
 * oldest of them speaks for all.
 */
struct kwg_look {
	struct kwg_walk walk;
	struct kwg_pass *pass;
	const struct kwaitgroup *wg;	/* where it is, */
	struct kwg_limits limits;	/* and what holds there */
	/* The first one that may stall, early and for the rest; 0: none */
	u64 first[2];
};

/* The oldest ticket of one for the rest that may stall, as far as one looks. */
static u64 kwg_first_rest(const struct kwg_look *look,
			  const struct kwg_bucket *b)
{
	const struct kwg_place rest = { .wg = look->wg, .rest = true };
	const struct kwg_waiter *w = kwg_waiter_from(b, &rest);
	int n;

	for (n = 0; w && w->wg == look->wg && n < KWG_BATCH; n++) {
		if (w->kind <= look->limits.kind)
			return w->ticket;
		w = kwg_waiter_next(w);
	}
	return U64_MAX;
}

/* Whether no other one that may stall waits for longer. */
static bool kwg_is_oldest(const struct kwg_look *look,
			  const struct kwg_waiter *w)
{
	if (kwg_mutant(stall_by_everybody))
		return true;
	if (w->ticket != look->first[w->rest])
		return false;
	if (w->rest)
		return !look->first[0] || w->ticket < look->first[0];
	return w->ticket < kwg_first_rest(look, w->bucket);
}

/* It is due: to be told in full, or to be counted among many. */
static void kwg_note_stall(const struct kwg_look *look,
			   const struct kwg_waiter *w, u64 p99_us)
{
	struct kwg_pass *pass = look->pass;
	u64 ns = pass->now_ns - w->since_ns;
	int count = kwaitgroup_count(w->wg);

	if (!p99_us)
		trace_kwaitgroup_stall(w->wg, count, ns, w->task);
	if (pass->nr == KWG_STALL_REPORTS) {
		if (p99_us)
			pass->more_warnings++;
		else
			pass->more_stalls++;
		return;
	}
	pass->stalls[pass->nr++] = (struct kwg_stall) {
		.bucket = look->walk.bucket, .wg = w->wg, .task = get_task_struct(w->task),
		.ip = w->ip, .since_ns = w->since_ns, .ns = ns,
		.p99_us = p99_us, .count = count,
	};
}

static void kwg_look_at_group(struct kwg_look *look, const struct kwaitgroup *wg)
{
	look->wg = wg;
	look->first[0] = 0;
	look->first[1] = 0;
	kwg_limits(wg, &look->limits);
}

/* Marks the wait if it is due, and notes it. */
static bool kwg_look_at(struct kwg_waiter *w, void *arg)
{
	struct kwg_look *look = arg;
	struct kwg_pass *pass = look->pass;
	u64 p99_us;

	if (w->notify || w->kind > KWG_WAIT_SIGNAL)
		return true;
	if (look->wg != w->wg)
		kwg_look_at_group(look, w->wg);
	/* Who has come since the look began has the watch look again. */
	if (w->kind > look->limits.kind ||
	    (s64)(pass->now_ns - w->since_ns) < 0)
		return true;
	if (!look->first[w->rest])
		look->first[w->rest] = w->ticket;
	if (kwg_is_due(w, &look->limits, pass->now_ns, &p99_us) &&
	    kwg_is_oldest(look, w))
		kwg_note_stall(look, w, p99_us);
	pass->due_ns = min(pass->due_ns,
			   kwg_due_ns(w, &look->limits, pass->now_ns));
	return true;
}

/* A waiter that comes meanwhile starts the watch. */
static void kwg_look_into(unsigned int bucket, struct kwg_pass *pass)
{
	struct kwg_look look = { .walk.bucket = bucket, .pass = pass };

	while (kwg_walk_on(&look.walk, kwg_look_at, &look))
		cond_resched();
}

/* Begins behind the last bucket that was told of: all have their turn. */
static void kwg_look_everywhere(struct kwg_pass *pass)
{
	static unsigned int first;	/* the watch runs once */
	unsigned int nr_buckets = kwg_nr_buckets();
	unsigned int i, start = first;

	for (i = 0; i < nr_buckets; i++) {
		unsigned int nr = (start + i) % nr_buckets;
		unsigned int told = pass->nr;

		kwg_look_into(nr, pass);
		if (pass->nr > told)
			first = nr + 1;
		cond_resched();
	}
}

struct kwg_headcount {
	const struct kwaitgroup *wg;
	int waiters;
	bool all;		/* the first one of another group was seen */
};

static bool kwg_count_waiter(struct kwg_waiter *w, void *arg)
{
	struct kwg_headcount *heads = arg;

	heads->all = w->wg != heads->wg;
	if (!heads->all)
		heads->waiters += !w->notify;
	return !heads->all;
}

/* How many wait for the group of a stall. */
static void kwg_count_waiters(struct kwg_stall *stall)
{
	struct kwg_walk walk = {
		.bucket = stall->bucket, .place.wg = stall->wg,
	};
	struct kwg_headcount heads = { .wg = stall->wg };

	while (kwg_walk_on(&walk, kwg_count_waiter, &heads) && !heads.all)
		cond_resched();
	stall->waiters = heads.waiters;
}

/**
 * kwg_check_stalls - report the waits that take too long
 *
 * Return: in how many ns the next one is due, or U64_MAX
 */
u64 kwg_check_stalls(void)
{
	static struct kwg_pass pass;	/* the watch runs once */
	unsigned int i;
	u64 now;

	memset(&pass, 0, sizeof(pass));
	/* Once: what becomes due meanwhile is for the next time. */
	pass.now_ns = ktime_get_ns();
	pass.due_ns = U64_MAX;
	kwg_look_everywhere(&pass);
	for (i = 0; i < pass.nr; i++)
		kwg_count_waiters(&pass.stalls[i]);
	kwg_stall_report(&pass);
	now = ktime_get_ns();
	if (pass.due_ns == U64_MAX)
		return U64_MAX;
	return pass.due_ns > now ? pass.due_ns - now : 0;
}
