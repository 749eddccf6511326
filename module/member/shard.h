/* SPDX-License-Identifier: GPL-2.0 */
/* Where memberships are kept, for the files of this room alone. */
#ifndef _KWG_SHARD_H
#define _KWG_SHARD_H

#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "member.h"

struct module;
struct work_struct;

#define KWG_SHARD_BITS	8
#define KWG_NR_SHARDS	BIT(KWG_SHARD_BITS)

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

extern struct kwg_shard kwg_shards[KWG_NR_SHARDS];

/* Half of the address is as good as all of it, and a shorter multiplication. */
static __always_inline unsigned int kwg_shard_nr(const struct task_struct *task)
{
	return hash_32((unsigned long)task, KWG_SHARD_BITS);
}

static inline struct kwg_shard *kwg_shard(const struct task_struct *task)
{
	return &kwg_shards[kwg_shard_nr(task)];
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
void kwg_report_stale(const struct kwg_record *rec);
void kwg_name_culprit(struct kwg_culprit *culprit, const struct kwg_record *rec,
		      char *caller);

/* shard.c */
struct kwg_record *kwg_record_of(struct kwg_shard *shard,
				 const struct task_struct *task,
				 const struct kwaitgroup_member *m);
struct kwg_record *kwg_record_next(struct kwg_shard *shard,
				   struct kwg_cursor *place,
				   struct kwg_record *prev);
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

/* member.c */
void kwg_leave_slowly(struct kwaitgroup_member *m, unsigned long ip);

/* unnamed.c */
struct kwaitgroup *kwg_unnamed_group(const struct kwaitgroup_member *m);
void kwg_join_unnamed(struct kwaitgroup *wg, struct kwaitgroup_member *m);
struct kwaitgroup *kwg_leave_unnamed(struct kwaitgroup_member *m);

/* exits.c */
bool kwg_exits_announce(void);
void kwg_exits_end(void);

/* death.c */
extern bool kwg_exit_announced;
void kwg_task_exits(struct task_struct *task);
bool kwg_poll_deaths(void);

/* watch.c */
void kwg_watch_start(void);
void kwg_watch_queue(struct work_struct *work);

#endif /* _KWG_SHARD_H */
