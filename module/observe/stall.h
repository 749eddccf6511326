/* SPDX-License-Identifier: GPL-2.0 */
/* Waits that take too long: what stall.c finds and stall_report.c tells. */
#ifndef _KWG_STALL_H
#define _KWG_STALL_H

#include "registry.h"

/* Reports in full of one look of the watch, as many as khungtaskd's. */
#define KWG_STALL_REPORTS	10

/* Members named in a report: the oldest ones. */
#define KWG_STALL_MEMBERS	8

/* The oldest members and holders of a group, tasks referenced; how many it has. */
struct kwg_holders {
	struct kwg_record oldest[KWG_STALL_MEMBERS];
	int nr;			/* in @oldest */
	int members;		/* in all, by name */
	u64 print;		/* is another one if these are others */
};

/* A wait to report. */
struct kwg_stall {
	unsigned int bucket;
	const struct kwaitgroup *wg;	/* compared, never followed */
	struct task_struct *task;	/* referenced */
	unsigned long ip;
	u64 since_ns;
	u64 ns;				/* how long already */
	u64 p99_us;			/* 0: a stall; else a warning */
	int count;
	int waiters;
	struct kwg_holders holders;
};

/* One look at all waits. */
struct kwg_pass {
	u64 now_ns;
	u64 due_ns;		/* when the next wait is due; U64_MAX: none */
	unsigned int nr;	/* in @stalls */
	unsigned int more_stalls;	/* that are counted, and no more */
	unsigned int more_warnings;
	struct kwg_stall stalls[KWG_STALL_REPORTS];
};

void kwg_stall_report(struct kwg_pass *pass);

#endif /* _KWG_STALL_H */
