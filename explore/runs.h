/* SPDX-License-Identifier: GPL-2.0 */
/* What main.c and runs.c want of an engine, be it the explorer or threads. */
#ifndef _EX_RUNS_H
#define _EX_RUNS_H

#include "scenario.h"

/* What is asked for, and what has come of it. */
struct search {
	unsigned int bound;		/* preemptions, or EX_NO_BOUND */
	double seconds;			/* for all of it */
	unsigned long long executions, states;
	unsigned int longest, restarts;
	bool exhaustive;
};

struct runs_options {
	int bound;		/* preemptions, or -1: the scenario's own */
	double seconds;		/* for each scenario, or 0: as the engine likes */
};

extern struct search *ex_search_now;
/* list.c: the seeded bug there is. */
extern char *kwg_seeded;

void ex_explore(const struct scenario *s);
void ex_replay(const struct scenario *s, const char *schedule);
void ex_print_schedule(void);

/* variables.c */
void ex_snapshot(void);
void ex_restore(void);

const struct scenario *runs_find(const char *name);
/* Exit statuses. */
int runs_all(const struct runs_options *o, char **names);
int runs_mutants(const struct runs_options *o, char **names);

#endif /* _EX_RUNS_H */
