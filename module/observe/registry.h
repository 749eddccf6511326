/* SPDX-License-Identifier: GPL-2.0 */
/* Registered groups and what is kept of them, for the files of this room alone. */
#ifndef _KWG_REGISTRY_H
#define _KWG_REGISTRY_H

#include "observe.h"

struct seq_file;

/* misuse.c */

/* The longest name of a kind in debugfs and traces, with its terminating zero. */
#define KWG_KIND_LEN	16

unsigned long kwg_misuse_deaths(void);
void kwg_misuse_show_stats(struct seq_file *m);

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
	bool is_batch;		/* the group is that of a kwaitgroup_batch, */
	bool is_percpu;		/* or of a kwaitgroup_percpu */
	int stall_secs;		/* of this group; KWG_STALL_DEFAULT: all groups' */
	atomic64_t cookie;
	struct kwg_history history;
	struct kwg_tally __rcu *tally;	/* with accounting=1 */
	char name[KWAITGROUP_NAME_LEN];
	struct hlist_node by_address;
	struct rcu_head rcu;
};

int kwg_registry_insert(struct kwg_entry *entry, u32 *id);
unsigned long kwg_registry_size(void);
struct kwg_entry *kwg_registry_find(const struct kwaitgroup *wg);
bool kwg_registry_visit(unsigned long *id,
			void (*fn)(struct kwg_entry *entry, void *arg),
			void *arg);
void *kwg_registry_start(struct seq_file *m, loff_t *pos);
void *kwg_registry_next(struct seq_file *m, void *v, loff_t *pos);
void kwg_registry_stop(struct seq_file *m, void *v);
bool kwg_registry_leak(const struct module *owner, struct kwg_entry *leak);

/* register.c */
void kwg_unregister(struct kwaitgroup *wg, s64 state, unsigned long ip);

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
void kwg_tally_count(struct kwg_entry *entry, int n, int count,
		     unsigned long ip);
void kwg_tally_print(const struct kwaitgroup *wg);

/* stall.c, and of which group: */
#define KWG_STALL_DEFAULT	(-1)

/* stall_report.c */
void kwg_stall_show_stats(struct seq_file *m);

/* The files in debugfs. */
extern const struct seq_operations kwg_groups_sops;	/* lists.c */
extern const struct seq_operations kwg_waits_sops;
extern const struct seq_operations kwg_sites_sops;	/* accounting.c */
extern const struct seq_operations kwg_totals_sops;
extern const struct seq_operations kwg_batches_sops;	/* batches.c */
extern const struct seq_operations kwg_misuse_sops;	/* misuse.c */
extern const struct file_operations kwg_waiters_fops;	/* waiters.c */
extern const struct file_operations kwg_members_fops;	/* members.c */
extern const struct file_operations kwg_stacks_fops;
extern const struct file_operations kwg_holders_fops;	/* holders.c */

#endif /* _KWG_REGISTRY_H */
