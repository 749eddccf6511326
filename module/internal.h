/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of kwaitgroup.ko share among themselves. */
#ifndef _KWG_INTERNAL_H
#define _KWG_INTERNAL_H

#include <linux/kwaitgroup.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/rbtree.h>

#include "mutants.h"

struct kwg_bucket;
struct kwg_standin;
struct seq_file;
struct task_struct;
struct work_struct;
struct workqueue_struct;

/*
 * Where a torture test stretches a race window. Compiled in by
 * CONFIG_KWAITGROUP_DEBUG only (make KWAITGROUP_DEBUG=y out of the tree).
 */
enum kwg_window {
	KWG_WINDOW_FINISHED,	/* between the last done and the bucket lock */
	KWG_WINDOW_UNDO,	/* before a misuse of the count is undone */
	KWG_WINDOW_BROKEN,	/* between breaking a group and the wake */
	KWG_WINDOW_WOKEN,	/* a waiter is told, the waker is in its entry;
				 * under the bucket lock
				 */
	KWG_WINDOW_REGISTER,	/* before a waiter takes the bucket lock */
	KWG_WINDOW_LEAVE,	/* a waiter is woken, or gives up */
	KWG_WINDOW_UNFINISHED,	/* before a work item goes on with a wake-up */
	KWG_WINDOW_LIST,	/* a reader of debugfs is about to show groups */
	KWG_WINDOW_SLOT_CLAIMED, /* a task owns its slot, and has not joined yet */
	KWG_WINDOW_SLOT_READ,	/* a reader has found a member in a slot, */
	KWG_WINDOW_SLOT_CHECK,	/* and is half way through checking its copy */
	KWG_WINDOW_BURY,	/* a dead member is about to be taken off */
};

#ifdef CONFIG_KWAITGROUP_DEBUG
extern void (*kwg_window_hook)(enum kwg_window window);

/* ticket.c */
void kwg_skip_tickets(const struct kwaitgroup *wg, u64 n);

static inline void kwg_window(enum kwg_window window)
{
	void (*hook)(enum kwg_window) = READ_ONCE(kwg_window_hook);

	if (hook)
		hook(window);
}
#else
static inline void kwg_window(enum kwg_window window)
{
}
#endif

/* core.c */

/* No member is left. */
static inline bool kwg_finished(s64 state)
{
	return state >= (kwg_mutant(count_off_by_one) ? -KWAITGROUP_ONE : 0);
}

/* An early waiter has nothing (more) to wait for. */
static inline bool kwg_settled(s64 state)
{
	return kwg_finished(state) || (state & KWAITGROUP_BROKEN);
}

/* What a wait that finds, or is woken by, this state returns. */
static inline int kwg_result(s64 state)
{
	if (state & KWAITGROUP_BADFD)
		return -EBADFD;
	if (state & KWAITGROUP_OWNERDEAD)
		return -EOWNERDEAD;
	return 0;
}

static inline int kwg_state_count(s64 state)
{
	return -(int)(state >> KWAITGROUP_COUNT_SHIFT);
}

s64 kwg_break_state(struct kwaitgroup *wg, s64 flag, int n);
void kwg_break_wake(struct kwaitgroup *wg, s64 state, unsigned long ip);
void kwg_break(struct kwaitgroup *wg, s64 flag, int n, unsigned long ip);
int kwg_finish(struct kwaitgroup *wg, unsigned int n);

/* observe.c */
bool kwg_count_observed(struct kwaitgroup *wg, int n, unsigned long ip,
			s64 *state);
void kwg_observe(struct kwaitgroup *wg, int n, s64 state, unsigned long ip);

/* Whether @n more members than in @state are a count that there can be. */
static inline bool kwg_may_count(s64 state, int n)
{
	s64 count = (s64)kwg_state_count(state) + n;

	if (kwg_mutant(many_counted_first))
		return true;
	if (n > 0)
		return count <= KWAITGROUP_COUNT_MAX ||
		       kwg_mutant(overflow_unchecked);
	return count >= 0;
}

static inline bool kwg_try_count(struct kwaitgroup *wg, int n, s64 *old,
				 s64 new)
{
	if (n > 0 || kwg_mutant(no_release))
		return atomic64_try_cmpxchg_relaxed(&wg->state, old, new);
	return atomic64_try_cmpxchg_release(&wg->state, old, new);
}

/*
 * Add @n members, or finish -@n, unless that is misuse: then nothing is changed,
 * not for a moment, as there is nothing to undo that others could see.
 */
static inline bool kwg_count(struct kwaitgroup *wg, int n, s64 *state)
{
	s64 old = atomic64_read(&wg->state);

	do {
		*state = old - n * KWAITGROUP_ONE;
		if (!kwg_may_count(old, n))
			return false;
	} while (!kwg_try_count(wg, n, &old, *state));
	return true;
}

/*
 * kwaitgroup_done() on behalf of @ip. Nearly always by a member with a name: that
 * alone in the word is nothing to wake up or report.
 */
static __always_inline void kwg_done(struct kwaitgroup *wg, unsigned long ip)
{
	s64 new;

	if (static_branch_unlikely(&kwaitgroup_observed)) {
		__kwaitgroup_add(wg, -1, ip);
		return;
	}
	new = atomic64_add_return_release(KWAITGROUP_ONE, &wg->state);
	if (unlikely(new > 0 && new != KWAITGROUP_NAMED))
		__kwaitgroup_finished(wg, new, 1, ip);
}

/* kwaitgroup_try_add_many() on behalf of @ip; @flags are set with it. */
static __always_inline int kwg_try_add(struct kwaitgroup *wg, unsigned int n,
				       s64 flags, unsigned long ip)
{
	s64 old = atomic64_read(&wg->state);
	s64 new;

	do {
		if (unlikely(old & KWAITGROUP_CLOSED) &&
		    !kwg_mutant(try_add_ignores_close))
			return -ESHUTDOWN;
		if (unlikely((s64)kwg_state_count(old) + n >
			     KWAITGROUP_COUNT_MAX))
			return -EOVERFLOW;
		new = (old - n * KWAITGROUP_ONE) | flags;
	} while (unlikely(!atomic64_try_cmpxchg_acquire(&wg->state, &old,
							new)));
	if (static_branch_unlikely(&kwaitgroup_observed))
		kwg_observe(wg, n, new, ip);
	return 0;
}

/* bucket.c */

#define KWG_ASLEEP	1

/*
 * Which waits can stall: always, or if the owner of the group asks for it as
 * a signal ends them. A user's and an idle thread's may take any time.
 */
enum kwg_wait_kind {
	KWG_WAIT_WORK,
	KWG_WAIT_SIGNAL,
	KWG_WAIT_IDLE,
	KWG_WAIT_USER,
};

/* A waiter: a task, on its own stack, or an asynchronous one, see async.c. */
struct kwg_waiter {
	struct kwaitgroup *wg;
	struct kwg_bucket *bucket;
	/* All of these under the bucket lock, see queue.c: */
	struct rb_node node;		/* cleared: not queued */
	struct list_head stamped;
	struct list_head unfinished;
	u64 until;			/* if unfinished: a wake-up goes on */
	int until_result;		/* here, up to this ticket */
	u64 ticket;			/* a waker with this one, or newer, wakes it */
	u64 stamp;			/* what its group's word had since then */
	bool rest;			/* not woken before the count is zero */
	int result;			/* KWG_ASLEEP until woken */
	/* Of a task, for debugfs and the watch: */
	u64 reported_ns;		/* as stalled; under the bucket lock */
	u64 since_ns;			/* CLOCK_MONOTONIC */
	unsigned long ip;		/* the call that waits */
	enum kwg_wait_kind kind;
	bool warned;			/* under the bucket lock */
	/* The task that waits, or NULL and what to call instead: */
	struct task_struct *task;
	void (*notify)(struct kwg_waiter *w, u64 ticket);
	/* Of a wait that user space may go on with: */
	u64 position;			/* where it stood, or 0 */
	struct kwg_standin *standin;	/* who waits meanwhile, or NULL */
};

static inline bool kwg_waiter_settled(const struct kwg_waiter *w, s64 state)
{
	return w->rest ? kwg_finished(state) : kwg_settled(state);
}

void kwg_waiter_init(struct kwg_waiter *w, struct kwaitgroup *wg);
bool kwg_register_waiter(struct kwg_waiter *w, struct kwaitgroup *wg);
bool kwg_unregister_waiter(struct kwg_waiter *w);
void kwg_wake(struct kwaitgroup *wg, s64 state, unsigned long ip);

/* async.c */
void kwg_async_init(struct kwg_waiter *w, struct kwaitgroup *wg,
		    void (*notify)(struct kwg_waiter *w, u64 ticket));
void kwg_async_arm(struct kwg_waiter *w);
void kwg_async_disarm(struct kwg_waiter *w, bool (*needed)(struct kwg_waiter *));

/* standin.c: waits for a process whose wait was interrupted. */
struct kwg_standin {
	struct kwg_waiter waiter;
	/* Under the bucket lock: */
	u64 newest;		/* of the positions that it waits for */
	u64 settled;		/* positions up to this one have had their zero */
};

void kwg_standin_init(struct kwg_standin *s, struct kwaitgroup *wg);

/* What has happened in the buckets since the module was loaded. */
struct kwg_wait_stats {
	unsigned long sleeps;	/* waits that had to sleep */
	unsigned long wakeups;	/* waiters woken by a done or by breakage */
	unsigned long aborts;	/* waits ended by a signal or a timeout */
};

void kwg_wait_stats(struct kwg_wait_stats *stats);
int kwg_buckets_init(void);
void kwg_buckets_exit(void);
/* For what must not be done where a member is done; idle after buckets_exit(). */
extern struct workqueue_struct *kwg_wake_wq;

/* lockdep.c */
#ifdef CONFIG_LOCKDEP
void kwg_lockdep_wait(struct kwaitgroup *wg);
#else
static inline void kwg_lockdep_wait(struct kwaitgroup *wg)
{
}
#endif

/* wait.c */
int kwg_wait_until(struct kwaitgroup *wg, ktime_t deadline,
		   struct kwg_standin *standin, u64 *position);

/* misuse.c */

enum kwg_misuse {
	KWG_MISUSE_NEGATIVE,	/* a done without an add */
	KWG_MISUSE_OVERFLOW,	/* more than KWAITGROUP_COUNT_MAX members */
	KWG_MISUSE_CLOSED,	/* an add to a closed group */
	KWG_MISUSE_ATOMIC_WAIT,	/* a wait where sleeping is not allowed */
	KWG_MISUSE_WAKE_CONTEXT, /* too many last dones in one NMI */
	KWG_MISUSE_REINIT,	/* a reinit while the group is in use */
	KWG_MISUSE_UNREGISTER,	/* unregistered with members or waiters left */
	KWG_MISUSE_UNKNOWN,	/* unregistered, but was not registered */
	KWG_MISUSE_LEAK,	/* its module went away without unregistering */
	KWG_MISUSE_JOINED,	/* joined with a member that is joined */
	KWG_MISUSE_NOT_JOINED,	/* left twice, or never joined */
	KWG_MISUSE_NOT_OWNER,	/* left what another task has joined */
	KWG_MISUSE_MEMBER_CONTEXT, /* joined or left in an interrupt */
	KWG_MISUSE_MEMBER_LEAK,	/* a module went away, its member has not left */
	KWG_MISUSE_PLAIN_DONE,	/* a named member was finished without its name */
	KWG_MISUSE_DEATH,	/* a task died as a member: a line, no WARN */
	/* From here on the doing of user space: noted, but no WARN or BUG. */
	KWG_MISUSE_FD_LEAK,	/* the last descriptor closed, members left */
	KWG_MISUSE_MEMBER_DIED,	/* a member's descriptor closed without DONE */
	KWG_MISUSE_NR
};

/* A call site as text: its module, or its __init text, may go away. */
#define KWG_CALLER_LEN	80

/* The longest name of a kind in debugfs and traces, with its terminating zero. */
#define KWG_KIND_LEN	16

/* Whom a report is about. */
struct kwg_culprit {
	unsigned long ip;	/* the call, */
	const char *caller;	/* and what it is called */
	pid_t pid;
	char comm[TASK_COMM_LEN];
	char group[KWAITGROUP_NAME_LEN];
};

bool kwg_note(enum kwg_misuse what, int count,
	      const struct kwg_culprit *culprit);
unsigned long kwg_misuse_deaths(void);
void kwg_misuse(const struct kwaitgroup *wg, enum kwg_misuse what, int count,
		unsigned long ip);
void kwg_misuse_by(const struct kwaitgroup *wg, enum kwg_misuse what, int count,
		   unsigned long ip, const char *caller);
void kwg_misuse_of(const struct kwaitgroup *wg, enum kwg_misuse what, int count,
		   const struct kwg_culprit *culprit);
void kwg_copy_comm(char to[TASK_COMM_LEN], const char *from);
void kwg_misuse_show_stats(struct seq_file *m);
extern const struct seq_operations kwg_misuse_sops;

/* misuse_limit.c */
bool kwg_misuse_allowed(unsigned long key);

/* history.c */

/* Waits that slept, by how long: less than 1, 2, 4, ... us, and the rest. */
#define KWG_HISTORY_BUCKETS	25

struct kwg_history {
	atomic64_t waits[KWG_HISTORY_BUCKETS];
	atomic64_t aborted;		/* of them, by a signal or a timeout */
	atomic64_t total_us;
	atomic64_t max_us;
};

void kwg_history_add(const struct kwaitgroup *wg, u64 ns, bool aborted);
u64 kwg_history_p99_us(const struct kwg_history *h);
void kwg_history_show(struct seq_file *m, const struct kwg_history *h);

/* registry.c */

struct kwg_tally;

/* A registered group, as the registry knows it. */
struct kwg_entry {
	struct kwaitgroup *wg;
	struct module *owner;
	unsigned long ip;	/* where it was registered, */
	char caller[KWG_CALLER_LEN]; /* and what that is called */
	u64 registered_ns;	/* when, in boot time */
	u32 id;			/* never reused before 2^32 registrations */
	int stall_secs;		/* of this group; KWG_STALL_DEFAULT: all groups' */
	atomic64_t cookie;
	struct kwg_history history;
	struct kwg_tally __rcu *tally;	/* with accounting=1 */
	char name[KWAITGROUP_NAME_LEN];
	struct hlist_node by_address;
	struct rcu_head rcu;
};

int kwg_registry_insert(struct kwg_entry *entry, u32 *id);
bool kwg_registry_drop(const struct kwaitgroup *wg);
unsigned long kwg_registry_size(void);
void kwg_registry_name(const struct kwaitgroup *wg, char *buf, size_t size);
struct kwg_entry *kwg_registry_find(const struct kwaitgroup *wg);
bool kwg_registry_visit(unsigned long *id,
			void (*fn)(struct kwg_entry *entry, void *arg),
			void *arg);
void *kwg_registry_start(struct seq_file *m, loff_t *pos);
void *kwg_registry_next(struct seq_file *m, void *v, loff_t *pos);
void kwg_registry_stop(struct seq_file *m, void *v);
bool kwg_registry_leak(const struct module *owner, struct kwg_entry *leak);
void kwg_registry_exit(void);

/* register.c */
int kwg_registry_add(struct kwaitgroup *wg, const char *name,
		     const char *caller, u32 *id);

/* leak.c */
#ifdef CONFIG_MODULES
int kwg_leak_init(void);
void kwg_leak_exit(void);
#else
static inline int kwg_leak_init(void)
{
	return 0;
}

static inline void kwg_leak_exit(void)
{
}
#endif

/* lists.c */
extern const struct seq_operations kwg_groups_sops;
extern const struct seq_operations kwg_waits_sops;

/* A group as traces and lists call it. */
struct kwg_label {
	u32 id;			/* 0: not registered */
	u64 cookie;
	char name[KWAITGROUP_NAME_LEN];
};

void kwg_label(const struct kwaitgroup *wg, struct kwg_label *label);

/* accounting.c */
int kwg_tally_prepare(struct kwg_entry *entry);
bool kwg_tally_missing(const struct kwg_entry *entry);
void kwg_tally_free(struct kwg_entry *entry);
extern const struct seq_operations kwg_sites_sops;
extern const struct seq_operations kwg_totals_sops;

/* stall.c */
#define KWG_STALL_DEFAULT	(-1)

void kwg_stall_expect(const struct kwg_waiter *w);
u64 kwg_check_stalls(void);

/* stall_report.c */
void kwg_stall_show_stats(struct seq_file *m);

/* stale.c */
bool kwg_members_settled(const struct kwaitgroup *wg);
void kwg_members_forget(const struct kwaitgroup *wg);

/* watch.c */
void kwg_watch_in(unsigned long delay);
void kwg_watch_start(void);
void kwg_watch_now(void);
void kwg_watch_queue(struct work_struct *work);
int kwg_watch_init(void);
void kwg_watch_exit(void);

/* waiters.c */
extern const struct file_operations kwg_waiters_fops;

/* members.c */
extern const struct file_operations kwg_members_fops;
extern const struct file_operations kwg_stacks_fops;

/* device.c */
int kwg_device_init(void);
void kwg_device_exit(void);

/* debugfs.c */
void kwg_debugfs_init(void);
void kwg_debugfs_exit(void);

#endif /* _KWG_INTERNAL_H */
