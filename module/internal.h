/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of kwaitgroup.ko share among themselves. */
#ifndef _KWG_INTERNAL_H
#define _KWG_INTERNAL_H

#include <linux/kwaitgroup.h>
#include <linux/wait.h>

#include "mutants.h"

struct seq_file;

/*
 * Where a torture test stretches a race window. Compiled in by
 * CONFIG_KWAITGROUP_DEBUG only (make KWAITGROUP_DEBUG=y out of the tree).
 */
enum kwg_window {
	KWG_WINDOW_FINISHED,	/* between the last done and the bucket lock */
	KWG_WINDOW_BROKEN,	/* between breaking a group and the wake */
	KWG_WINDOW_WOKEN,	/* a waiter is told, the waker is in its entry;
				 * under the bucket lock
				 */
	KWG_WINDOW_REGISTER,	/* before a waiter takes the bucket lock */
	KWG_WINDOW_LEAVE,	/* a waiter is woken, or gives up */
};

#ifdef CONFIG_KWAITGROUP_DEBUG
extern void (*kwg_window_hook)(enum kwg_window window);

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

/* A waiter has nothing (more) to wait for: the count is zero, or broken. */
static inline bool kwg_settled(s64 state)
{
	s64 members = kwg_mutant(count_off_by_one) ? -KWAITGROUP_ONE : 0;

	return state >= members || (state & KWAITGROUP_BROKEN);
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

/* bucket.c */

#define KWG_ASLEEP	1

/* A waiter, on its own stack. */
struct kwg_waiter {
	struct wait_queue_entry wait;	/* under the bucket lock */
	struct kwaitgroup *wg;
	u64 ticket;
	int result;			/* KWG_ASLEEP until woken */
};

bool kwg_register_waiter(struct kwg_waiter *w, struct kwaitgroup *wg);
bool kwg_unregister_waiter(struct kwg_waiter *w);
void kwg_wake(struct kwaitgroup *wg, s64 state, unsigned long ip);

/* What has happened in the buckets since the module was loaded. */
struct kwg_wait_stats {
	unsigned long sleeps;	/* waits that had to sleep */
	unsigned long wakeups;	/* waiters woken by a done or by breakage */
	unsigned long aborts;	/* waits ended by a signal or a timeout */
};

void kwg_wait_stats(struct kwg_wait_stats *stats);
void kwg_buckets_init(void);
void kwg_buckets_exit(void);

/* misuse.c */

enum kwg_misuse {
	KWG_MISUSE_NEGATIVE,	/* a done without an add */
	KWG_MISUSE_OVERFLOW,	/* more than KWAITGROUP_COUNT_MAX members */
	KWG_MISUSE_CLOSED,	/* an add to a closed group */
	KWG_MISUSE_ATOMIC_WAIT,	/* a wait where sleeping is not allowed */
	KWG_MISUSE_WAKE_CONTEXT, /* a last done where waking is not allowed */
	KWG_MISUSE_REINIT,	/* a reinit while the group is in use */
	KWG_MISUSE_UNREGISTER,	/* unregistered with members or waiters left */
	KWG_MISUSE_UNKNOWN,	/* unregistered, but was not registered */
	KWG_MISUSE_LEAK,	/* its module went away without unregistering */
	KWG_MISUSE_NR
};

/* A call site as text: its module, or its __init text, may go away. */
#define KWG_CALLER_LEN	80

void kwg_misuse(const struct kwaitgroup *wg, enum kwg_misuse what, int count,
		unsigned long ip);
void kwg_misuse_by(const struct kwaitgroup *wg, enum kwg_misuse what, int count,
		   unsigned long ip, const char *caller);
void kwg_misuse_init(void);
void kwg_misuse_show_stats(struct seq_file *m);
extern const struct seq_operations kwg_misuse_sops;

/* registry.c */

/* A registered group, as the registry knows it. */
struct kwg_entry {
	struct kwaitgroup *wg;
	struct module *owner;
	unsigned long ip;	/* where it was registered, */
	char caller[KWG_CALLER_LEN]; /* and what that is called */
	u64 registered_ns;	/* when, in boot time */
	u32 id;			/* never reused before 2^32 registrations */
	char name[KWAITGROUP_NAME_LEN];
	struct hlist_node by_address;
	struct rcu_head rcu;
};

unsigned long kwg_registry_size(void);
void kwg_registry_name(const struct kwaitgroup *wg, char *buf, size_t size);
int kwg_registry_init(void);
void kwg_registry_exit(void);
extern const struct seq_operations kwg_groups_sops;

/* debugfs.c */
void kwg_debugfs_init(void);
void kwg_debugfs_exit(void);

#endif /* _KWG_INTERNAL_H */
