/* SPDX-License-Identifier: GPL-2.0 */
/* Jobs, for the files of this room alone. */
#ifndef _KWG_JOB_H
#define _KWG_JOB_H

#include <linux/stdarg.h>

#include "batch.h"

struct kwg_place_to_run {
	int node;
	int cpu;		/* or -1 */
};

/* job.c */

/* It was started, and the batch cancelled before its function was called. */
static inline bool kwg_job_is_skipped(const struct kwaitgroup_job *job)
{
	return job->batch && kwaitgroup_batch_cancelled(job->batch) &&
	       !kwg_mutant(cancel_starts_jobs);
}

void kwg_job_begin(struct kwaitgroup_job *job);
void kwg_job_end(struct kwaitgroup_job *job, int err);

/* kept.c */
struct kwg_thread;

struct kwg_thread *kwg_kept_wait(void);
bool kwg_kept_give(struct kwg_thread *job);
void kwg_kept_name(const char *name);
void kwg_kept_exit(void);

/* run.c */
__printf(7, 0)
int kwg_start_thread(struct kwaitgroup *wg, struct kwaitgroup_batch *b,
		     const struct kwg_place_to_run *place,
		     int (*fn)(void *data), void *data, unsigned long ip,
		     const char *namefmt, va_list args);
void kwg_thread_bury(struct kwaitgroup_job *job);

/* limit.c */
int kwg_room_take(struct kwaitgroup_batch *b, bool wait);
void kwg_room_give(struct kwaitgroup_batch *b);
void kwg_room_refuse(struct kwaitgroup_batch *b);
void kwg_room_recheck(struct kwaitgroup_batch *b);

/* batch.c */
void kwg_batch_over(struct kwaitgroup_batch *b, struct task_struct *task,
		    int err);

#endif /* _KWG_JOB_H */
