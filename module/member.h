/* SPDX-License-Identifier: GPL-2.0 */
/* Memberships, for member.c, death.c, watch.c and the lists in debugfs. */
#ifndef _KWG_MEMBER_H
#define _KWG_MEMBER_H

#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "internal.h"

struct module;

#define KWG_SHARD_BITS	8
#define KWG_NR_SHARDS	BIT(KWG_SHARD_BITS)

/* One membership: the task @task is a member of @wg, by the name of @member. */
struct kwg_record {
	struct hlist_node node;		/* of the shard of @task, newest first */
	struct kwaitgroup *wg;
	struct task_struct *task;	/* NULL: a reader's bookmark */
	const struct kwaitgroup_member *member;	/* compared, never followed */
	unsigned long ip;		/* the call that joined */
	u64 cookie;
	unsigned long joined;		/* jiffies */
	/* Has a reference to @task: its exit is not announced, but polled for. */
	bool polled;
};

#ifdef CONFIG_64BIT
/* What a membership costs in memory; a task's first one often nothing. */
static_assert(sizeof(struct kwg_record) == 72);
#endif

/*
 * A membership without a lock: the first one of a task, if no other task's is
 * in the same place. @task owns the slot; it alone writes to it.
 */
struct kwg_slot {
	struct task_struct *task;	/* NULL: free; claimed by cmpxchg */
	const struct kwaitgroup_member *member;	/* NULL: not joined */
	struct kwaitgroup *wg;
	unsigned long ip;
	u64 cookie;
	unsigned long joined;
	unsigned long seq;		/* counts the joins */
};

/* The memberships of those tasks that hash to it. */
struct kwg_shard {
	struct kwg_slot slot ____cacheline_aligned_in_smp;
	raw_spinlock_t lock ____cacheline_aligned_in_smp;	/* of all below */
	struct hlist_head records;
	struct hlist_head spare;	/* unused records, a few */
	unsigned int nr_spare;
	unsigned int nr_polled;		/* also read without the lock */
	unsigned long nr_records;
};

extern struct kwg_shard kwg_shards[KWG_NR_SHARDS];

static inline struct kwg_shard *kwg_shard(const struct task_struct *task)
{
	return &kwg_shards[hash_ptr(task, KWG_SHARD_BITS)];
}

/* slot.c */
void kwg_slots_close(void);
bool kwg_slot_get(struct kwg_shard *shard, struct kwg_record *copy);
bool kwg_slot_take_dead(struct kwg_shard *shard, struct task_struct *task,
			struct kwg_record *copy);
bool kwg_slot_drop(struct kwg_shard *shard, const struct module *module,
		   struct kwg_record *copy);

/* shard.c */
struct kwg_record *kwg_record_get(struct kwg_shard *shard,
				  unsigned long *flags);
void kwg_record_put(struct kwg_shard *shard, struct kwg_record *rec);
void kwg_record_unlink(struct kwg_shard *shard, struct kwg_record *rec);
void kwg_record_release(struct kwg_record *rec);
struct kwg_record *kwg_take_excess(struct kwg_shard *shard);
void kwg_record_free(struct kwg_record *rec);
void kwg_members_drop(const struct module *module);
unsigned long kwg_nr_members(void);
int kwg_members_init(void);
void kwg_members_exit(void);

/* death.c */
extern bool kwg_exit_announced;
bool kwg_poll_deaths(void);
void kwg_deaths_init(void);
void kwg_deaths_exit(void);

#endif /* _KWG_MEMBER_H */
