/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _EX_RUNS_H
#define _EX_RUNS_H

struct runs_options {
	int bound;		/* preemptions, or -1: the scenario's own */
	double seconds;		/* for each */
};

const struct scenario *runs_find(const char *name);
/* Exit statuses. */
int runs_all(const struct runs_options *o, char **names);
int runs_mutants(const struct runs_options *o, char **names);

#endif /* _EX_RUNS_H */
