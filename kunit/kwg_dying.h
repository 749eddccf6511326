/* SPDX-License-Identifier: GPL-2.0 */
/* Members that die when they are told to, in all the ways there are. */
#ifndef _KWG_DYING_H
#define _KWG_DYING_H

#include "kwg_console.h"
#include "kwg_files.h"

/* A task that joins, says so, and dies as a member when it is told to. */
struct kwg_mortal {
	struct kwaitgroup *wg;
	struct kwaitgroup *more[2];	/* joined as well, if not NULL */
	struct task_struct *task;	/* referenced */
	int err;			/* what joining returned */
	struct completion joined, die;
};

/* One way to die. */
struct kwg_way {
	const char *name;		/* the function that joins */
	void (*start)(struct kunit *test, struct kwg_mortal *mortal,
		      const struct kwg_way *way);
	int (*main)(void *mortal);
	bool oopses;
};

enum { KWG_DIES_RETURNING, KWG_DIES_EXITING, KWG_DIES_BY_OOPS, KWG_DIES_BY_BUG,
	KWG_DIES_AS_WORKER, KWG_DIES_AS_PROCESS, KWG_DIES_KILLED,
	KWG_DIES_RELEASING, KWG_DIES_OF_MANY, KWG_DIES_RACING,
	KWG_DIES_JOINING_NOTHING, KWG_WAYS };

extern const struct kwg_way kwg_ways[KWG_WAYS];

/* Does not return. */
void kwg_oops(void);
/* It has joined @wg when this returns. */
void kwg_raise(struct kunit *test, struct kwg_mortal *mortal,
	       struct kwaitgroup *wg, int way);
/* From now on it is dying, and does not use @mortal any more. */
void kwg_let_die(struct kwg_mortal *mortal);
/* It is dead. */
void kwg_reap(struct kunit *test, struct kwg_mortal *mortal);

extern struct kunit_suite kwg_stall_suite;
extern struct kunit_suite kwg_many_stalls_suite;
extern struct kunit_suite kwg_stall_after_oops_suite;
extern struct kunit_suite kwg_member_misuse_suite;
extern struct kunit_suite kwg_plain_done_suite;
extern struct kunit_suite kwg_stopped_suite;
extern struct kunit_suite kwg_death_race_suite;
extern struct kunit_suite kwg_many_deaths_suite;
extern struct kunit_suite kwg_rest_suite;
extern struct kunit_suite kwg_batch_death_suite;

#endif /* _KWG_DYING_H */
