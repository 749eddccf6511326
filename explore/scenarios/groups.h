/* SPDX-License-Identifier: GPL-2.0 */
/* What scenarios of wait groups share. */
#ifndef _EX_GROUPS_H
#define _EX_GROUPS_H

#include <linux/slab.h>
#include <linux/workqueue.h>

#include "core/bucket.h"
#include "../scenario.h"

#define CHECK(cond) \
	do { \
		if (!(cond)) \
			ex_fail("%s:%d: %s", __FILE__, __LINE__, #cond); \
	} while (0)

/* A completion: another task may go on that is in until(). */
static inline void tell(int *flag)
{
	/* Pairs with the acquire of until(). */
	smp_store_release(flag, 1);
}

/*
 * Plain accesses to what tasks share. The compiler tells of those that are made by
 * a pointer, and not of a variable's by its name.
 */
void put(int *p, int value);
int get(const int *p);

bool is_set(unsigned long long value);
bool has_waiter(unsigned long long state);

#define until(flag) \
	ex_await(flag, sizeof(*(flag)), is_set, EX_SITE("until(" #flag ")"))
/* Somebody has registered, and so his wait has begun; or nobody has to wait. */
#define until_waiter(wg) \
	ex_await(&(wg)->state, 8, has_waiter, EX_SITE("until_waiter(" #wg ")"))

/* All members are done, at this moment. */
#define until_zero(wg) \
	ex_await(&(wg)->state, 8, ex_is_zero, EX_SITE("until_zero(" #wg ")"))

void group_init(struct kwaitgroup *wg, int members);
struct kwaitgroup *group_alloc(int members);
/* Two groups in one bucket. */
void group_mates(struct kwaitgroup **a, struct kwaitgroup **b);

/*
 * Waits, with what they promise: S1, also for the rest S6, and that nobody is in
 * their frames when they have returned.
 */
int waits(struct kwaitgroup *wg);
int waits_killable(struct kwaitgroup *wg);
int waits_interruptible(struct kwaitgroup *wg);
int waits_timeout(struct kwaitgroup *wg, long timeout);
int waits_until(struct kwaitgroup *wg, struct kwg_standin *s, u64 *position);

/* Tasks that many scenarios have: with the group as argument. */
void member(void *wg);
void waiter(void *wg);
/* The last who uses the group. */
void owner(void *wg);

#endif /* _EX_GROUPS_H */
