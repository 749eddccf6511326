/* SPDX-License-Identifier: GPL-2.0 */
/*
 * member/: who holds a group. Slots and shards with a record of each membership,
 * chunks with those of holders, which are no tasks; deaths, names that a plain done has
 * left behind, and the watch that looks now and then.
 * It uses core/ and nothing of the other rooms: what it tells them is in hooks.h.
 */
#ifndef _KWG_MEMBER_H
#define _KWG_MEMBER_H

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rbtree.h>
#include <linux/types.h>

#include "../core/core.h"
#include "hooks.h"

struct kwaitgroup_holder;
struct module;

#ifdef CONFIG_KWAITGROUP_MEMBERS

/*
 * One membership: the task @task is a member of @wg, by the name of @member. Or, in
 * copies, without a task, @holder holds @wg.
 */
struct kwg_record {
	union {
		struct rb_node by_task;	/* of its shard */
		struct hlist_node spare; /* not used */
		struct llist_node left;	/* of @task to a worker, see death.c */
	};
	struct rb_node by_group;
	struct kwaitgroup *wg;
	struct task_struct *task;
	union {				/* compared, never followed */
		const struct kwaitgroup_member *member;
		const struct kwaitgroup_holder *holder;
	};
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

/* How many jiffies ago that was. */
static inline u64 kwg_joined_for(u64 joined)
{
	return get_jiffies_64() - joined;
}

/* record.c */
unsigned int kwg_records_copy(struct kwg_cursor *place,
			      struct kwg_record *copies, unsigned int max);

/* Where to go on among the holders. */
struct kwg_hold_place {
	const struct kwaitgroup *wg;	/* only those of it; NULL: all */
	unsigned int index;		/* of the chunk */
	unsigned int slot;
};

/* held.c */
unsigned int kwg_holds_copy(struct kwg_hold_place *place,
			    struct kwg_record *copies, unsigned int max);
unsigned long kwg_nr_holders(void);
unsigned long kwg_nr_places(void);

/* hold.c */
long kwg_nr_unlisted(void);

/* chunk.c */
int kwg_chunks_init(void);
void kwg_chunks_exit(void);

/* shard.c */
void kwg_members_drop(const struct module *module);
unsigned long kwg_nr_members(void);
int kwg_members_init(void);
void kwg_members_exit(void);

/* unnamed.c */
long kwg_nr_unnamed(void);

/* death.c */
int kwg_deaths_init(void);
void kwg_deaths_exit(void);

/* watch.c */
void kwg_watch_in(unsigned long delay);
void kwg_watch_now(void);
int kwg_watch_init(void);
void kwg_watch_exit(void);

#else

static inline int kwg_members_init(void)
{
	return 0;
}

static inline void kwg_members_exit(void)
{
}

static inline int kwg_chunks_init(void)
{
	return 0;
}

static inline void kwg_chunks_exit(void)
{
}

static inline int kwg_deaths_init(void)
{
	return 0;
}

static inline void kwg_deaths_exit(void)
{
}

static inline int kwg_watch_init(void)
{
	return 0;
}

static inline void kwg_watch_exit(void)
{
}

#endif

#endif /* _KWG_MEMBER_H */
