// SPDX-License-Identifier: GPL-2.0
/*
 * The one reporter of misuse.
 *
 * Every kind is counted always. The report itself, a WARN or a BUG naming the
 * call, is rate-limited per call site and kind, so that one bad loop neither
 * floods the log nor hides another bug. The last reports stay readable in
 * debugfs.
 */
#include <linux/bug.h>
#include <linux/ctype.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/timekeeping.h>

#include "registry.h"
#include "trace.h"

static const struct {
	const char *key;	/* in debugfs: one word, stable */
	const char *text;	/* in the report; NULL: there is none */
} kwg_misuse_kinds[KWG_MISUSE_NR] = {
	[KWG_MISUSE_NEGATIVE] = { "negative", "done without add, count" },
	[KWG_MISUSE_OVERFLOW] = { "overflow", "too many members, adding" },
	[KWG_MISUSE_CLOSED] = { "closed", "add to a closed group, adding" },
	[KWG_MISUSE_ATOMIC_WAIT] = { "atomic_wait",
		"wait in atomic context, count" },
	[KWG_MISUSE_WAKE_CONTEXT] = { "wake_context",
		"more last dones in one NMI than are remembered, count" },
	[KWG_MISUSE_REINIT] = { "reinit", "reinit of a group in use, count" },
	[KWG_MISUSE_UNREGISTER] = { "unregister",
		"unregistered with members or waiters left, count" },
	[KWG_MISUSE_UNKNOWN] = { "unknown",
		"unregistered but never registered, count" },
	[KWG_MISUSE_LEAK] = { "leak",
		"still registered when its module went away, count" },
	[KWG_MISUSE_JOINED] = { "joined",
		"joined with a member that is joined already, adding" },
	[KWG_MISUSE_NOT_JOINED] = { "not_joined",
		"left twice or never joined, leaving" },
	[KWG_MISUSE_NOT_OWNER] = { "not_owner",
		"left a member that another task has joined, leaving" },
	[KWG_MISUSE_MEMBER_CONTEXT] = { "member_context",
		"joined or left in an interrupt, members" },
	[KWG_MISUSE_MEMBER_LEAK] = { "member_leak",
		"a module went away that had joined, members" },
	[KWG_MISUSE_HELD] = { "held",
		"taken with a holder that holds a group already, adding" },
	[KWG_MISUSE_NOT_HELD] = { "not_held",
		"released twice or never taken, holders" },
	[KWG_MISUSE_HOLDER_LEAK] = { "holder_leak",
		"a module went away that has not released what it took, holders" },
	[KWG_MISUSE_PLAIN_DONE] = { "plain_done",
		"a member with a name, or a holder, was finished by a plain done, members" },
	[KWG_MISUSE_DEATH] = { "death", "a member died, members" },
	/* Without a text: never in the log. */
	[KWG_MISUSE_FD_LEAK] = { "fd_leak" },
	[KWG_MISUSE_MEMBER_DIED] = { "member_died" },
};

static atomic_long_t kwg_misuse_count[KWG_MISUSE_NR];

/* misuse=warn|bug */

static const char * const kwg_misuse_modes[] = { "warn", "bug" };
enum { KWG_MISUSE_WARN, KWG_MISUSE_BUG };
static int kwg_misuse_mode = KWG_MISUSE_WARN;

static int kwg_misuse_mode_set(const char *val, const struct kernel_param *kp)
{
	int mode = sysfs_match_string(kwg_misuse_modes, val);

	if (mode < 0) {
		pr_err("kwaitgroup: misuse=%s: must be warn or bug\n", val);
		return mode;
	}
	WRITE_ONCE(kwg_misuse_mode, mode);
	return 0;
}

static int kwg_misuse_mode_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n",
			  kwg_misuse_modes[READ_ONCE(kwg_misuse_mode)]);
}

static const struct kernel_param_ops kwg_misuse_mode_ops = {
	.set = kwg_misuse_mode_set,
	.get = kwg_misuse_mode_get,
};

module_param_cb(misuse, &kwg_misuse_mode_ops, NULL, 0644);
MODULE_PARM_DESC(misuse, "What misuse of a wait group does: warn (default) or bug");

/*
 * Reports for debugfs: two rings, in each the newest overwrites the oldest. One
 * is for what user space does, so that it cannot make the others disappear.
 */
#define KWG_RING_SIZE	64

struct kwg_report {
	u64 pos;		/* 1, 2, ... in its ring; 0: the slot is empty */
	u64 seq;		/* 1, 2, ... in both */
	u64 ns;			/* boot time */
	enum kwg_misuse what;
	int count;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	char group[KWAITGROUP_NAME_LEN];
	char caller[KWG_CALLER_LEN];
};

static struct kwg_ring {
	struct kwg_report reports[KWG_RING_SIZE];
	u64 newest;		/* position */
} kwg_rings[2];			/* of drivers, of user space */

static u64 kwg_ring_seq;
static DEFINE_RAW_SPINLOCK(kwg_ring_lock);	/* for both */

static bool kwg_is_of_user(enum kwg_misuse what)
{
	return !kwg_misuse_kinds[what].text;
}

static void kwg_ring_add(const struct kwg_report *report)
{
	struct kwg_ring *ring = &kwg_rings[kwg_is_of_user(report->what)];
	struct kwg_report *slot;
	unsigned long flags;

	/* From an NMI the lock may be ours: the log has the report anyway. */
	if (!in_nmi())
		raw_spin_lock_irqsave(&kwg_ring_lock, flags);
	else if (!raw_spin_trylock_irqsave(&kwg_ring_lock, flags))
		return;
	slot = &ring->reports[ring->newest % KWG_RING_SIZE];
	*slot = *report;
	slot->pos = ++ring->newest;
	slot->seq = ++kwg_ring_seq;
	raw_spin_unlock_irqrestore(&kwg_ring_lock, flags);
}

/**
 * kwg_copy_comm - the name of a process, for a table
 * @to: gets the name, as one column and nothing else: a process chooses its
 *	name, and the empty one, too
 * @from: a task's comm; may change meanwhile, but is always terminated
 *
 * Context: Any.
 */
void kwg_copy_comm(char to[TASK_COMM_LEN], const char *from)
{
	int i;

	for (i = 0; i < TASK_COMM_LEN - 1; i++) {
		/* Once: what was looked at is what is copied. */
		char c = data_race(READ_ONCE(from[i]));

		if (!c)
			break;
		to[i] = isascii(c) && isgraph(c) ? c : '_';
	}
	if (!i)
		to[i++] = '_';
	to[i] = '\0';
}

/* Who does it is the current task, unless the report says otherwise. */
static void kwg_fill_report(struct kwg_report *r, const struct kwg_culprit *c)
{
	r->ns = ktime_get_boot_fast_ns();
	r->pid = c->pid;
	strscpy(r->comm, c->comm, sizeof(r->comm));
	strscpy(r->group, c->group, sizeof(r->group));
	strscpy(r->caller, c->caller, sizeof(r->caller));
}

/**
 * kwg_note - count something that happened, and note it for debugfs
 * @what: the kind
 * @count: the number that belongs to it
 * @culprit: who, and where
 *
 * Context: Any.
 * Return: whether it is to be reported in the log, which is limited per call
 * site and kind
 */
bool kwg_note(enum kwg_misuse what, int count,
	      const struct kwg_culprit *culprit)
{
	struct kwg_report report = { .what = what, .count = count };

	atomic_long_inc(&kwg_misuse_count[what]);
	if (!kwg_misuse_allowed(culprit->ip + what))
		return false;
	kwg_fill_report(&report, culprit);
	kwg_ring_add(&report);
	return true;
}

static void kwg_print_report(enum kwg_misuse what, int count,
			     const struct kwg_culprit *c)
{
	const char *text = kwg_misuse_kinds[what].text;

	if (READ_ONCE(kwg_misuse_mode) == KWG_MISUSE_BUG) {
		pr_crit("kwaitgroup: %s %d, group %s, called from %s\n", text,
			count, c->group, c->caller);
		BUG();
	}
	WARN(1, "kwaitgroup: %s %d, group %s, called from %s\n", text,
	     count, c->group, c->caller);
}

/**
 * kwg_misuse - report a misuse
 * @wg: the group, as an address to look up its name; NULL if not known
 * @what: the kind
 * @count: the number that belongs to it: a count, or how many were added
 * @ip: the call to blame
 *
 * Everything that can be undone must be before: with misuse=bug this does not
 * return.
 *
 * Context: Any.
 */
void kwg_misuse(const struct kwaitgroup *wg, enum kwg_misuse what, int count,
		unsigned long ip)
{
	char caller[KWG_CALLER_LEN];

	snprintf(caller, sizeof(caller), "%pS", (void *)ip);
	kwg_misuse_by(wg, what, count, ip, caller);
}

/* The same when the call's address may no longer have a name. */
void kwg_misuse_by(const struct kwaitgroup *wg, enum kwg_misuse what, int count,
		   unsigned long ip, const char *caller)
{
	struct kwg_culprit culprit = {
		.ip = ip, .caller = caller, .pid = task_pid_nr(current),
	};

	kwg_copy_comm(culprit.comm, current->comm);
	kwg_registry_name(wg, culprit.group, sizeof(culprit.group));
	kwg_misuse_of(wg, what, count, &culprit);
}

/* The same when it is another task's. */
void kwg_misuse_of(const struct kwaitgroup *wg, enum kwg_misuse what, int count,
		   const struct kwg_culprit *culprit)
{
	trace_kwaitgroup_misuse(wg, kwg_misuse_kinds[what].key, count,
				culprit->ip);
	/* What user space does must not be able to flood the log. */
	if (kwg_note(what, count, culprit) && !kwg_is_of_user(what))
		kwg_print_report(what, count, culprit);
}

/* How many members of drivers and of user space have died. */
unsigned long kwg_misuse_deaths(void)
{
	return atomic_long_read(&kwg_misuse_count[KWG_MISUSE_DEATH]) +
	       atomic_long_read(&kwg_misuse_count[KWG_MISUSE_MEMBER_DIED]);
}

void kwg_misuse_show_stats(struct seq_file *m)
{
	int i;

	for (i = 0; i < KWG_MISUSE_NR; i++)
		seq_printf(m, "misuse_%s %ld\n", kwg_misuse_kinds[i].key,
			   atomic_long_read(&kwg_misuse_count[i]));
}

/*
 * debugfs: misuse. Position 0 is the header, 1, 2, ... are those of the first
 * ring, KWG_SECOND_RING + 1, ... of the second.
 */
#define KWG_SECOND_RING	BIT_ULL(62)

/* The first position at or after @pos that is in @ring, or 0. */
static u64 kwg_ring_find(const struct kwg_ring *ring, u64 pos)
{
	u64 newest, oldest;

	raw_spin_lock_irq(&kwg_ring_lock);
	newest = ring->newest;
	raw_spin_unlock_irq(&kwg_ring_lock);
	oldest = newest > KWG_RING_SIZE ? newest - KWG_RING_SIZE + 1 : 1;
	pos = max(pos, oldest);
	return pos <= newest ? pos : 0;
}

static void *kwg_misuse_seq_start(struct seq_file *m, loff_t *pos)
{
	u64 found;

	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos < KWG_SECOND_RING) {
		found = kwg_ring_find(&kwg_rings[0], *pos);
		*pos = found ?: KWG_SECOND_RING;
		if (found)
			return pos;
	}
	found = kwg_ring_find(&kwg_rings[1], *pos - KWG_SECOND_RING);
	if (!found)
		return NULL;
	*pos = KWG_SECOND_RING + found;
	return pos;
}

static void *kwg_misuse_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return kwg_misuse_seq_start(m, pos);
}

static void kwg_misuse_seq_stop(struct seq_file *m, void *v)
{
}

static int kwg_misuse_seq_show(struct seq_file *m, void *v)
{
	const struct kwg_ring *ring;
	struct timespec64 time;
	struct kwg_report r;
	u64 pos;

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%6s %14s %-14s %11s %7s %-15s %-31s %s\n",
			   "SEQ", "TIME", "KIND", "COUNT", "PID", "COMM",
			   "GROUP", "CALLER");
		return 0;
	}
	pos = *(loff_t *)v;
	ring = &kwg_rings[pos >= KWG_SECOND_RING];
	pos &= ~KWG_SECOND_RING;
	raw_spin_lock_irq(&kwg_ring_lock);
	r = ring->reports[(pos - 1) % KWG_RING_SIZE];
	raw_spin_unlock_irq(&kwg_ring_lock);
	if (r.pos != pos)
		return SEQ_SKIP;	/* overwritten since */
	time = ns_to_timespec64(r.ns);
	seq_printf(m, "%6llu %7lld.%06ld %-14s %11d %7d %-15s %-31s %s\n",
		   r.seq, (s64)time.tv_sec, time.tv_nsec / NSEC_PER_USEC,
		   kwg_misuse_kinds[r.what].key, r.count, r.pid, r.comm,
		   r.group, r.caller);
	return 0;
}

const struct seq_operations kwg_misuse_sops = {
	.start = kwg_misuse_seq_start,
	.next = kwg_misuse_seq_next,
	.stop = kwg_misuse_seq_stop,
	.show = kwg_misuse_seq_show,
};
