// SPDX-License-Identifier: GPL-2.0
/* Batches: what their jobs have come to, and what is left of them. */
#include <linux/export.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "job.h"

static void kwg_batch_renew(struct kwaitgroup_batch *b)
{
	b->cancelled = false;
	b->error = 0;
	b->error_pid = 0;
	b->error_comm[0] = '\0';
	b->total = 0;
	b->over = 0;
}

void __kwaitgroup_batch_init(struct kwaitgroup_batch *b, unsigned int limit,
			     unsigned int flags)
{
	raw_spin_lock_init(&b->lock);
	INIT_LIST_HEAD(&b->queue);
	b->flags = flags;
	b->limit = limit ?: UINT_MAX;
	b->running = 0;
	kwg_batch_renew(b);
}
EXPORT_SYMBOL_GPL(__kwaitgroup_batch_init);

/* With the lock. @task: whose error it is, or NULL. */
static void kwg_batch_error(struct kwaitgroup_batch *b,
			    struct task_struct *task, int err)
{
	if (b->error)
		return;
	b->error = err;
	if (!task)
		return;
	b->error_pid = task_pid_nr(task);
	strscpy(b->error_comm, task->comm, sizeof(b->error_comm));
}

/* With the lock: whoever waits for room is sent away. */
static void kwg_batch_stop(struct kwaitgroup_batch *b)
{
	WRITE_ONCE(b->cancelled, true);
	kwg_room_recheck(b);
}

/**
 * kwg_batch_over - a job has ended in one way or another
 * @b: the batch, which is there: the done of the job is yet to come
 * @task: who had it
 * @err: its error, or 0
 */
void kwg_batch_over(struct kwaitgroup_batch *b, struct task_struct *task,
		    int err)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&b->lock, flags);
	b->over++;
	if (err)
		kwg_batch_error(b, task, err);
	if (err && !(b->flags & KWAITGROUP_BATCH_CARRY_ON) &&
	    !kwg_mutant(error_carries_on))
		kwg_batch_stop(b);
	if (!kwg_mutant(death_keeps_room) || err != -EOWNERDEAD)
		kwg_room_give(b);
	raw_spin_unlock_irqrestore(&b->lock, flags);
}

/**
 * kwaitgroup_batch_cancel - start no more jobs, and ask those that run to end
 * @b: the batch
 * @err: its error from now on, unless there is one; a negative errno
 *
 * Context: Any but NMI.
 */
void kwaitgroup_batch_cancel(struct kwaitgroup_batch *b, int err)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&b->lock, flags);
	kwg_batch_error(b, NULL, err);
	kwg_batch_stop(b);
	raw_spin_unlock_irqrestore(&b->lock, flags);
}
EXPORT_SYMBOL_GPL(kwaitgroup_batch_cancel);

/**
 * kwaitgroup_batch_set_limit - let more or fewer jobs run at a time
 * @b: the batch
 * @limit: how many; 0 is any number
 *
 * Those that run go on if they are too many; no other is started meanwhile.
 *
 * Context: Any but NMI.
 */
void kwaitgroup_batch_set_limit(struct kwaitgroup_batch *b, unsigned int limit)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&b->lock, flags);
	b->limit = limit ?: UINT_MAX;
	kwg_room_recheck(b);
	raw_spin_unlock_irqrestore(&b->lock, flags);
}
EXPORT_SYMBOL_GPL(kwaitgroup_batch_set_limit);

/* A job's death is its error, so what the group says is known already. */
static int kwg_batch_result(struct kwaitgroup_batch *b, int err)
{
	return READ_ONCE(b->error) ?: err;
}

/**
 * kwaitgroup_batch_wait - wait until all jobs are over
 * @b: the batch
 *
 * Not less than that, whatever it returns: nothing of a job is executed any
 * more, so what the jobs use, the batch, and the module that they are of may go
 * away. The batch can be used again, after an error once it was reinitialised.
 *
 * Ordering: acquires all that the jobs wrote.
 *
 * Context: Process context. May sleep, uninterruptibly.
 * Return: 0, or the first error: what a job has returned, kwaitgroup_batch_cancel()
 * was given, or -EOWNERDEAD if a job died
 */
int kwaitgroup_batch_wait(struct kwaitgroup_batch *b)
{
	int err = kwaitgroup_wait(&b->wg);

	return kwg_batch_result(b, err);
}
EXPORT_SYMBOL_GPL(kwaitgroup_batch_wait);

/**
 * kwaitgroup_batch_wait_killable - an early wait, ended also by a fatal signal
 * @b: the batch
 *
 * After any other result than 0 jobs may be running: kwaitgroup_batch_cancel()
 * and kwaitgroup_batch_wait() before anything goes away.
 *
 * Context: Process context. May sleep.
 * Return:
 * * 0			- all jobs are over, and none had an error
 * * -ERESTARTSYS	- a fatal signal came first
 * * else		- the first error
 */
int kwaitgroup_batch_wait_killable(struct kwaitgroup_batch *b)
{
	int err = kwaitgroup_wait_killable(&b->wg);

	return err == -ERESTARTSYS ? err : kwg_batch_result(b, err);
}
EXPORT_SYMBOL_GPL(kwaitgroup_batch_wait_killable);

/**
 * kwaitgroup_batch_wait_timeout - an early wait, ended also by the time
 * @b: the batch
 * @timeout: how long to wait at most, in jiffies
 *
 * Context: Process context. May sleep if @timeout is above 0.
 * Return:
 * * -ETIMEDOUT		- jobs are left
 * * else		- as kwaitgroup_batch_wait_killable()
 */
int kwaitgroup_batch_wait_timeout(struct kwaitgroup_batch *b, long timeout)
{
	int err = kwaitgroup_wait_timeout(&b->wg, timeout);

	return err == -ETIMEDOUT ? err : kwg_batch_result(b, err);
}
EXPORT_SYMBOL_GPL(kwaitgroup_batch_wait_timeout);

/**
 * kwaitgroup_batch_reinit - make a batch that has ended as good as new
 * @b: the batch; all jobs were waited for
 *
 * The limit and the flags stay.
 *
 * Context: Any but NMI.
 * Return:
 * * 0		- it is open, and has no error
 * * -EBUSY - jobs are left, or somebody waits; nothing was changed, and it was
 *   reported
 */
int kwaitgroup_batch_reinit(struct kwaitgroup_batch *b)
{
	unsigned long flags;
	int err = kwaitgroup_reinit(&b->wg);

	if (err)
		return err;
	raw_spin_lock_irqsave(&b->lock, flags);
	kwg_batch_renew(b);
	raw_spin_unlock_irqrestore(&b->lock, flags);
	return 0;
}
EXPORT_SYMBOL_GPL(kwaitgroup_batch_reinit);

/**
 * kwaitgroup_batch_progress - how far a batch is
 * @b: the batch
 * @p: gets it, all of one moment
 *
 * Context: Any but NMI.
 */
void kwaitgroup_batch_progress(struct kwaitgroup_batch *b,
			       struct kwaitgroup_batch_progress *p)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&b->lock, flags);
	*p = (struct kwaitgroup_batch_progress) {
		.total = b->total, .over = b->over, .running = b->running,
		.error = b->error, .error_pid = b->error_pid,
	};
	memcpy(p->error_comm, b->error_comm, sizeof(p->error_comm));
	raw_spin_unlock_irqrestore(&b->lock, flags);
}
EXPORT_SYMBOL_GPL(kwaitgroup_batch_progress);
