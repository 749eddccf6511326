// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs that run: by which thread, so that the batch of one that dies is told.
 *
 *	dying thread			waiter
 *	K: job off the table
 *	   batch: error, room, over
 *	D: count - 1, OWNERDEAD		is woken, may free the batch
 *
 * The batch is there at K, as one of its members is not yet off the count. A job
 * that ends as it should does the same two steps, with its done as the second.
 *
 * A thread has one job at a time; what it is a member of besides is its own.
 */
#include <linux/hash.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "job.h"

#define KWG_JOB_BITS	6

/* Of the tasks that share a hash. */
struct kwg_jobs {
	raw_spinlock_t lock;
	struct hlist_head list;
};

static struct kwg_jobs kwg_jobs[1 << KWG_JOB_BITS] = {
	[0 ... (1 << KWG_JOB_BITS) - 1] = {
		.lock = __RAW_SPIN_LOCK_UNLOCKED(kwg_jobs.lock),
	},
};

static struct kwg_jobs *kwg_jobs_of(const struct task_struct *task)
{
	return &kwg_jobs[hash_ptr(task, KWG_JOB_BITS)];
}

/* The current thread takes it on. */
void kwg_job_begin(struct kwaitgroup_job *job)
{
	struct kwg_jobs *jobs = kwg_jobs_of(current);
	unsigned long flags;

	job->task = current;
	raw_spin_lock_irqsave(&jobs->lock, flags);
	hlist_add_head(&job->node, &jobs->list);
	raw_spin_unlock_irqrestore(&jobs->lock, flags);
}

/* It has returned. The batch is there until the done that follows. */
void kwg_job_end(struct kwaitgroup_job *job, int err)
{
	struct kwg_jobs *jobs = kwg_jobs_of(current);
	unsigned long flags;

	raw_spin_lock_irqsave(&jobs->lock, flags);
	hlist_del(&job->node);
	raw_spin_unlock_irqrestore(&jobs->lock, flags);
	if (job->batch)
		kwg_batch_over(job->batch, current, err);
}

static struct kwaitgroup_job *kwg_job_take(const struct task_struct *task)
{
	struct kwg_jobs *jobs = kwg_jobs_of(task);
	struct kwaitgroup_job *job;
	unsigned long flags;

	raw_spin_lock_irqsave(&jobs->lock, flags);
	hlist_for_each_entry(job, &jobs->list, node) {
		if (job->task != task)
			continue;
		hlist_del(&job->node);
		break;
	}
	raw_spin_unlock_irqrestore(&jobs->lock, flags);
	return job;
}

/**
 * kwg_job_dies - a task is exiting, which may have been at a job
 * @task: the task
 *
 * K: before it is taken off the count of any group.
 *
 * Context: Any but NMI, also with preemption off on PREEMPT_RT.
 */
void kwg_job_dies(struct task_struct *task)
{
	struct kwaitgroup_job *job;

	/* Without the lock: its own is in sight, and most have none. */
	if (hlist_empty(&kwg_jobs_of(task)->list))
		return;
	job = kwg_job_take(task);
	if (!job)
		return;
	if (job->batch)
		kwg_batch_over(job->batch, task, -EOWNERDEAD);
	if (job->allocated)
		kwg_thread_bury(job);
}
