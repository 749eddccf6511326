/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of kwaitgroup_test.ko share. */
#ifndef _KWGT_DOOR_H
#define _KWGT_DOOR_H

#include <linux/kwaitgroup.h>
#include <linux/list.h>
#include <linux/mutex.h>

#include "kwaitgroup_test.h"

struct task_struct;

/* An open device. */
struct kwgt_door {
	struct mutex lock;		/* one request at a time */
	struct list_head runs;
	unsigned int threads;		/* of all runs */
	struct kwaitgroup running;	/* they */
};

struct kwgt_thread {
	struct kwgt_run *run;
	struct task_struct *task;
	int result;			/* of its wait */
};

/* The threads of one KWAITGROUP_TEST_IOC_RUN. */
struct kwgt_run {
	struct list_head list;
	struct kwgt_door *door;
	struct kwaitgroup *wg;		/* a reference, for all threads */
	struct kwaitgroup started;
	u32 work_us;
	u32 mode;
	unsigned int nr;
	struct kwgt_thread threads[];
};

/* threads.c */
int kwgt_do_run(struct kwgt_door *door, void *data);
int kwgt_do_collect(struct kwgt_door *door, void *data);
void kwgt_end_all(struct kwgt_door *door);

/* measure.c */
int kwgt_do_measure(struct kwgt_door *door, void *data);

/* misuse.c */
int kwgt_do_misuse(struct kwgt_door *door, void *data);

#endif /* _KWGT_DOOR_H */
