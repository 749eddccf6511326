/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rounds of a random test: as many as there is time for, and a few where
 * there is none. How fast a machine is decides how much is tried on it, and
 * never whether the case passes.
 */
#ifndef _KWG_BUDGET_H
#define _KWG_BUDGET_H

#include <linux/jiffies.h>
#include <linux/minmax.h>

#include "kwg_kunit.h"

/* The parameter race_ms, for each race of kwaitgroup_kunit. */
extern unsigned int kwg_race_ms;

/* Well within what KUnit allows a case, and hung-task detectors its starter. */
#define KWG_RACE_MS_MAX	60000U

struct kwg_budget {
	unsigned long end;
	int floor;
	int round;	/* the current one, from 1 */
};

/* At least @floor rounds, and more until @ms milliseconds have passed. */
static inline struct kwg_budget kwg_budget(unsigned int ms, int floor)
{
	return (struct kwg_budget) {
		.end = jiffies + msecs_to_jiffies(min(ms, KWG_RACE_MS_MAX)),
		.floor = floor,
	};
}

/* Whether there is one more; its number is in @round. */
static inline bool kwg_next_round(struct kwg_budget *budget)
{
	if (budget->round >= budget->floor &&
	    time_after_eq(jiffies, budget->end))
		return false;
	budget->round++;
	return true;
}

/* How many there were, for people. */
#define kwg_tell_rounds(test, budget)					\
	kunit_info(test, "%d rounds", (budget)->round)

#endif /* _KWG_BUDGET_H */
