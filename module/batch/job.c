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

static struct hlist_head kwg_jobs[1 << KWG_JOB_BITS];
static DEFINE_RAW_SPINLOCK(kwg_jobs_lock);

static struct hlist_head *kwg_jobs_of(const struct task_struct *task)
{
	return &kwg_jobs[hash_ptr(task, KWG_JOB_BITS)];
}

/* The current thread takes it on. */
void kwg_job_begin(struct kwaitgroup_job *job)
{
	unsigned long flags;

	job->task = current;
	raw_spin_lock_irqsave(&kwg_jobs_lock, flags);
	hlist_add_head(&job->node, kwg_jobs_of(current));
	raw_spin_unlock_irqrestore(&kwg_jobs_lock, flags);
}

/* It has returned. The batch is there until the done that follows. */
void kwg_job_end(struct kwaitgroup_job *job, int err)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&kwg_jobs_lock, flags);
	hlist_del(&job->node);
	raw_spin_unlock_irqrestore(&kwg_jobs_lock, flags);
	if (job->batch)
		kwg_batch_over(job->batch, current, err);
}

static struct kwaitgroup_job *kwg_job_take(const struct task_struct *task)
{
	struct kwaitgroup_job *job;
	unsigned long flags;

	raw_spin_lock_irqsave(&kwg_jobs_lock, flags);
	hlist_for_each_entry(job, kwg_jobs_of(task), node) {
		if (job->task != task)
			continue;
		hlist_del(&job->node);
		break;
	}
	raw_spin_unlock_irqrestore(&kwg_jobs_lock, flags);
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
	if (hlist_empty(kwg_jobs_of(task)))
		return;
	job = kwg_job_take(task);
	if (!job)
		return;
	if (job->batch)
		kwg_batch_over(job->batch, task, -EOWNERDEAD);
	if (job->allocated)
		kwg_thread_bury(job);
}
