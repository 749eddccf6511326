/* SPDX-License-Identifier: GPL-2.0 */
/* Memberships, for member.c, death.c, watch.c and the lists in debugfs. */
#ifndef _KWG_MEMBER_H
#define _KWG_MEMBER_H

#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "internal.h"

struct module;

#define KWG_SHARD_BITS	8
#define KWG_NR_SHARDS	BIT(KWG_SHARD_BITS)

/* One membership: the task @task is a member of @wg, by the name of @member. */
struct kwg_record {
	union {
		struct rb_node by_task;	/* of its shard */
		struct hlist_node spare; /* not used */
		struct llist_node left;	/* of @task to a worker, see death.c */
	};
	struct rb_node by_group;
	struct kwaitgroup *wg;
	struct task_struct *task;
	const struct kwaitgroup_member *member;	/* compared, never followed */
	unsigned long ip;		/* the call that joined */
	u64 cookie;
	u64 joined;			/* jiffies */
	/* Has a reference to @task: its exit is not announced, but polled for. */
	bool polled;
};

#ifdef CONFIG_64BIT
/* What a membership costs in memory; a task's first one often nothing. */
static_assert(sizeof(struct kwg_record) == 104);
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
	u64 joined;
	unsigned long seq;		/* counts the joins */
	/* The shard has records, too; under its lock, also read without. */
	bool listed;
};

/* The memberships of those tasks that hash to it. */
struct kwg_shard {
	struct kwg_slot slot ____cacheline_aligned_in_smp;
	raw_spinlock_t lock ____cacheline_aligned_in_smp;	/* of all below */
	struct rb_root by_task;		/* by task and member */
	struct rb_root by_group;	/* by group, task and member */
	struct hlist_head spare;	/* unused records, a few */
	unsigned int nr_spare;
	unsigned int nr_polled;		/* also read without the lock */
	unsigned long nr_records;
	unsigned long joins;		/* also read without the lock */
};

/*
 * A place among the records, to go on from when the lock was dropped: behind
 * that of @task by the name of @member. Zero-filled, it is before all of them.
 */
struct kwg_cursor {
	const struct kwaitgroup *wg;	/* only those of it; NULL: all */
	unsigned int shard;
	bool within;			/* past the slot of @shard */
	const struct task_struct *task;
	const struct kwaitgroup_member *member;
};

/* So many records are looked at in one hold of a shard's lock. */
#define KWG_WALK_MAX	32

extern struct kwg_shard kwg_shards[KWG_NR_SHARDS];

static inline struct kwg_shard *kwg_shard(const struct task_struct *task)
{
	return &kwg_shards[hash_ptr(task, KWG_SHARD_BITS)];
}

/* How many jiffies ago that was. */
static inline u64 kwg_joined_for(u64 joined)
{
	return get_jiffies_64() - joined;
}

/* slot.c */
void kwg_slots_close(void);
bool kwg_slot_get(struct kwg_shard *shard, struct kwg_record *copy);
bool kwg_slot_read(const struct kwg_slot *slot, struct kwg_record *copy,
		   unsigned long *seq);
bool kwg_slot_is_same(const struct kwg_slot *slot,
		      const struct kwg_record *copy, unsigned long seq);
bool kwg_slot_take(struct kwg_slot *slot, const struct kwg_record *copy);
bool kwg_slot_drop(struct kwg_shard *shard, const struct module *module,
		   struct kwg_record *copy);

/* stale.c */

/* Of the members of a group: how many there are, and how many with a name. */
struct kwg_census {
	const struct kwaitgroup *wg;	/* compared, never followed */
	int count;
	unsigned long joins;
	u64 tick;
};

void kwg_census_begin(struct kwg_census *census, const struct kwaitgroup *wg);
bool kwg_census_is_short(const struct kwg_census *census);
void kwg_name_culprit(struct kwg_culprit *culprit, const struct kwg_record *rec,
		      char *caller);

/* shard.c */
struct kwg_record *kwg_record_of(struct kwg_shard *shard,
				 const struct task_struct *task,
				 const struct kwaitgroup_member *m);
struct kwg_record *kwg_record_next(struct kwg_shard *shard,
				   struct kwg_cursor *place,
				   struct kwg_record *prev);
unsigned int kwg_records_copy(struct kwg_cursor *place,
			      struct kwg_record *copies, unsigned int max);
bool kwg_is_joined(const struct kwaitgroup_member *m,
		   const struct kwaitgroup **wg);
struct kwg_record *kwg_record_get(struct kwg_shard *shard,
				  unsigned long *flags);
void kwg_record_put(struct kwg_shard *shard, struct kwg_record *rec);
void kwg_record_link(struct kwg_shard *shard, struct kwg_record *rec);
void kwg_record_unlink(struct kwg_shard *shard, struct kwg_record *rec);
void kwg_record_release(struct kwg_record *rec);
struct kwg_record *kwg_take_spare(struct kwg_shard *shard);
struct kwg_record *kwg_take_excess(struct kwg_shard *shard);
bool kwg_has_excess(const struct kwg_shard *shard);
void kwg_records_trim(void);
void kwg_record_free(struct kwg_record *rec);
void kwg_members_drop(const struct module *module);
unsigned long kwg_nr_members(void);
int kwg_members_init(void);
void kwg_members_exit(void);

/* unnamed.c */
long kwg_nr_unnamed(void);
struct kwaitgroup *kwg_unnamed_group(const struct kwaitgroup_member *m);
void kwg_join_unnamed(struct kwaitgroup *wg, struct kwaitgroup_member *m);
struct kwaitgroup *kwg_leave_unnamed(struct kwaitgroup_member *m);

/* death.c */
extern bool kwg_exit_announced;
bool kwg_poll_deaths(void);
void kwg_deaths_init(void);
void kwg_deaths_exit(void);

#endif /* _KWG_MEMBER_H */
