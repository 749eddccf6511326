// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that are kept for the next job, for batches of short ones: to wake a
 * thread is several times cheaper than to make it.
 *
 * A thread that has done its job, and the done of it, is nobody's. It lists itself
 * and sleeps. Who starts the next job takes it off, gives it the job, and wakes it,
 * in one hold of the lock; when its time is up it takes itself off:
 *
 *	its time is up			a job is started
 *	lock				lock
 *	  listed: off, ends		  off, its job
 *	  not: has a job		  wake
 *	unlock				unlock
 *
 * The lock is held over the wake-up, as the job may be over at once, and the thread
 * gone with it.
 *
 * Such a thread sleeps in this module. So when that goes, each is woken and waited
 * for, by a group of our own, whose done is as every other one the last thing but a
 * few instructions.
 */
#include <linux/kwaitgroup.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "job.h"

/* More are not kept, and none for longer. */
#define KWG_KEPT_MAX	64
#define KWG_KEPT_TIME	(5 * HZ)

/* On the stack of a thread that sleeps. */
struct kwg_kept {
	struct list_head node;
	struct task_struct *task;
	struct kwg_thread *job;		/* NULL: listed, or its time is up */
};

static DEFINE_RAW_SPINLOCK(kwg_kept_lock);	/* all of these */
static LIST_HEAD(kwg_kept_list);	/* who came last is the first */
static unsigned int kwg_kept_nr;
static bool kwg_kept_closed;

static DEFINE_KWAITGROUP(kwg_kept_group);

unsigned int kwg_nr_kept(void)
{
	return READ_ONCE(kwg_kept_nr);
}

/* With the lock. */
static void kwg_kept_unlist(struct kwg_kept *kept)
{
	list_del_init(&kept->node);
	WRITE_ONCE(kwg_kept_nr, kwg_kept_nr - 1);
}

static bool kwg_kept_enlist(struct kwg_kept *kept)
{
	unsigned long flags;
	bool may;

	raw_spin_lock_irqsave(&kwg_kept_lock, flags);
	may = !kwg_kept_closed && kwg_kept_nr < KWG_KEPT_MAX;
	if (may) {
		kwaitgroup_add(&kwg_kept_group, 1);
		list_add(&kept->node, &kwg_kept_list);
		WRITE_ONCE(kwg_kept_nr, kwg_kept_nr + 1);
	}
	raw_spin_unlock_irqrestore(&kwg_kept_lock, flags);
	return may;
}

/* Its time is up, unless it has a job by now. */
static void kwg_kept_end(struct kwg_kept *kept)
{
	unsigned long flags;

	kwg_window(KWG_WINDOW_KEPT);
	raw_spin_lock_irqsave(&kwg_kept_lock, flags);
	if (!list_empty(&kept->node))
		kwg_kept_unlist(kept);
	raw_spin_unlock_irqrestore(&kwg_kept_lock, flags);
}

/**
 * kwg_kept_wait - wait for the next job, as a thread that has none
 *
 * Return: the job; NULL: there was none for a while, or enough threads are kept
 */
struct kwg_thread *kwg_kept_wait(void)
{
	struct kwg_kept kept = { .task = current };
	long left = KWG_KEPT_TIME;

	if (!kwg_kept_enlist(&kept))
		return NULL;
	while (left) {
		/* Not in the load, and no hung task. */
		set_current_state(TASK_IDLE);
		if (list_empty_careful(&kept.node))
			break;
		left = schedule_timeout(left);
	}
	__set_current_state(TASK_RUNNING);
	kwg_kept_end(&kept);
	/* What it does now is a job's. Or it ends, in a few instructions. */
	kwaitgroup_done(&kwg_kept_group);
	return kwg_mutant(kept_drops_job) && !left ? NULL : kept.job;
}

/* With the lock. */
static void kwg_kept_wake(struct kwg_thread *job)
{
	struct kwg_kept *kept = list_first_entry(&kwg_kept_list,
						 struct kwg_kept, node);

	kept->job = job;
	kwg_kept_unlist(kept);
	wake_up_process(kept->task);
}

/**
 * kwg_kept_give - have a thread that is kept do a job
 * @job: the job, which is the thread's from then on
 *
 * Return: false if no thread is kept
 */
bool kwg_kept_give(struct kwg_thread *job)
{
	unsigned long flags;
	bool given;

	raw_spin_lock_irqsave(&kwg_kept_lock, flags);
	given = !list_empty(&kwg_kept_list);
	if (given)
		kwg_kept_wake(job);
	raw_spin_unlock_irqrestore(&kwg_kept_lock, flags);
	return given;
}

/**
 * kwg_kept_name - call the current thread as its job is called
 * @name: the name
 *
 * What the kernel has for it is not for modules; a kthread's name is its own.
 */
void kwg_kept_name(const char *name)
{
	if (kwg_mutant(kept_keeps_name))
		return;
	task_lock(current);
	strscpy_pad(current->comm, name, sizeof(current->comm));
	task_unlock(current);
}

/* Nobody starts a job any more. */
void kwg_kept_exit(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&kwg_kept_lock, flags);
	kwg_kept_closed = true;
	while (!list_empty(&kwg_kept_list))
		kwg_kept_wake(NULL);
	raw_spin_unlock_irqrestore(&kwg_kept_lock, flags);
	kwaitgroup_wait(&kwg_kept_group);
}
