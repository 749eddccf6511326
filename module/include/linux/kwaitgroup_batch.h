/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kwaitgroup batches - run jobs, at most so many at a time, and wait for all
 *
 *	struct kwaitgroup_batch b;
 *
 *	kwaitgroup_batch_init(&b, 4);
 *	for (i = 0; i < n; i++)
 *		if (kwaitgroup_batch_run(&b, job, &jobs[i], "job/%d", i))
 *			break;
 *	err = kwaitgroup_batch_wait(&b);
 *
 * A job is a function that a thread or a work item of its own calls. Whatever
 * happens in it, by the end of the wait it is over: it has returned, or died.
 * What it returns is its error. The first one is the batch's, cancels it, and
 * is what the wait returns; a job that dies has the error -EOWNERDEAD.
 *
 * Unloading
 * ---------
 *
 * The thread of a job runs in kwaitgroup.ko, which calls the job and is told
 * when it has returned. So nothing of the caller's module is executed any more
 * for a job that the wait has waited for, and the module may go away straight
 * after it. With threads that are started in another way that is not so, as
 * behind their done they have to return: they end by kwaitgroup_done_and_exit().
 *
 * Cancelling
 * ----------
 *
 * A cancelled batch starts nothing: who runs jobs, also who waits for room to do
 * so, gets -ECANCELED, and a job that was started and has not come to its
 * function will not. Those that run are asked, and ask in turn:
 * kwaitgroup_batch_cancelled(). It stays so until kwaitgroup_batch_reinit().
 */
#ifndef _LINUX_KWAITGROUP_BATCH_H
#define _LINUX_KWAITGROUP_BATCH_H

#include <linux/kwaitgroup.h>
#include <linux/list.h>
#include <linux/numa.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

/* Threads for a group */

__printf(5, 6)
int __must_check kwaitgroup_run_on_cpu(struct kwaitgroup *wg, unsigned int cpu,
				       int (*fn)(void *data), void *data,
				       const char *namefmt, ...);
__printf(5, 6)
int __must_check kwaitgroup_run_on_node(struct kwaitgroup *wg, int node,
					int (*fn)(void *data), void *data,
					const char *namefmt, ...);
/**
 * kwaitgroup_run - start a thread that is a member of a group
 * @wg: the group
 * @fn: what the thread does; what it returns is not used
 * @data: for @fn
 * @namefmt: what the thread is called, with its arguments
 *
 * One is added, and finished when @fn has returned or the thread has died. When
 * a wait has waited for it, nothing of the caller's module is executed for it
 * any more.
 *
 * Context: Process context. May sleep.
 * Return:
 * * 0			- started
 * * -ESHUTDOWN		- the group is closed
 * * -EOVERFLOW		- there would be more than KWAITGROUP_COUNT_MAX
 * * -ENOMEM, -EINTR	- the thread could not be created, or the caller was killed
 */
#define kwaitgroup_run(wg, fn, data, namefmt, ...)			\
	kwaitgroup_run_on_node(wg, NUMA_NO_NODE, fn, data, namefmt, ##__VA_ARGS__)

void kwaitgroup_done_and_exit(struct kwaitgroup *wg, long code);

/* Batches */

/* An error cancels nothing: the other jobs go on, and more may be run. */
#define KWAITGROUP_BATCH_CARRY_ON	BIT(0)

/*
 * A thread that has done its job does the next one that there is, of this batch or
 * of another that keeps threads, and ends when there is none for a few seconds. For
 * jobs so short that making a thread is most of them. A job has to leave its thread
 * as it has found it: CPUs, priority, signals. Names are cut to 15 characters.
 */
#define KWAITGROUP_BATCH_KEEP_THREADS	BIT(1)

/**
 * struct kwaitgroup_batch - jobs that run, and what has become of them
 * @wg: the jobs that are not over
 *
 * All else is private. The memory is the owner's when kwaitgroup_batch_wait()
 * has returned.
 */
struct kwaitgroup_batch {
	struct kwaitgroup wg;
	/* private: all of these under @lock, some also read without */
	raw_spinlock_t lock;
	unsigned int flags;
	unsigned int limit;		/* UINT_MAX: there is none */
	unsigned int running;		/* jobs that have room */
	struct list_head queue;		/* who waits for room, in turn */
	bool cancelled;
	int error;			/* the first one, and whose: */
	pid_t error_pid;
	char error_comm[TASK_COMM_LEN];
	unsigned long total;		/* jobs since the batch was made */
	unsigned long over;		/* of them, returned, skipped or dead */
};

/* private: a job that a thread has taken on */
struct kwaitgroup_job {
	struct hlist_node node;
	struct task_struct *task;
	struct kwaitgroup_batch *batch;
	bool allocated;			/* by kwaitgroup_run() and the like */
};

/**
 * struct kwaitgroup_work - a job that is a work item
 * @work: the item; kwaitgroup_batch_queue() queues it
 * @fn: what it does; returns 0, or its error
 *
 * Stays where it is until the wait has returned.
 */
struct kwaitgroup_work {
	struct work_struct work;
	int (*fn)(struct kwaitgroup_work *w);
	/* private: */
	struct kwaitgroup_job job;
};

void __kwaitgroup_work_fn(struct work_struct *work);

/**
 * kwaitgroup_work_init - initialise a job that is a work item
 * @w: the job
 * @f: what it does
 */
#define kwaitgroup_work_init(w, f)					\
do {									\
	struct kwaitgroup_work *__w = (w);				\
									\
	INIT_WORK(&__w->work, __kwaitgroup_work_fn);			\
	__w->fn = (f);							\
	__w->job = (struct kwaitgroup_job) {};				\
} while (0)

void __kwaitgroup_batch_init(struct kwaitgroup_batch *b, unsigned int limit,
			     unsigned int flags);

/**
 * kwaitgroup_batch_init_flags - make an empty batch
 * @b: the batch
 * @max: how many jobs run at a time; 0 is any number
 * @batch_flags: 0, or KWAITGROUP_BATCH_CARRY_ON, KWAITGROUP_BATCH_KEEP_THREADS
 *
 * Context: Any.
 */
#define kwaitgroup_batch_init_flags(b, max, batch_flags)		\
do {									\
	struct kwaitgroup_batch *__b = (b);				\
									\
	kwaitgroup_init(&__b->wg);					\
	__kwaitgroup_batch_init(__b, max, batch_flags);			\
} while (0)

/**
 * kwaitgroup_batch_init - make an empty batch, which its first error cancels
 * @b: the batch
 * @max: how many jobs run at a time; 0 is any number
 *
 * Context: Any.
 */
#define kwaitgroup_batch_init(b, max) kwaitgroup_batch_init_flags(b, max, 0)

__printf(4, 5)
int __must_check kwaitgroup_batch_run(struct kwaitgroup_batch *b,
				      int (*fn)(void *data), void *data,
				      const char *namefmt, ...);
__printf(4, 5)
int __must_check kwaitgroup_batch_try_run(struct kwaitgroup_batch *b,
					  int (*fn)(void *data), void *data,
					  const char *namefmt, ...);
int __must_check kwaitgroup_batch_queue(struct kwaitgroup_batch *b,
					struct workqueue_struct *wq,
					struct kwaitgroup_work *w);

void kwaitgroup_batch_cancel(struct kwaitgroup_batch *b, int err);
void kwaitgroup_batch_set_limit(struct kwaitgroup_batch *b, unsigned int limit);
int kwaitgroup_batch_reinit(struct kwaitgroup_batch *b);

int kwaitgroup_batch_wait(struct kwaitgroup_batch *b);
int __must_check kwaitgroup_batch_wait_killable(struct kwaitgroup_batch *b);
int __must_check kwaitgroup_batch_wait_timeout(struct kwaitgroup_batch *b,
					       long timeout);

/**
 * kwaitgroup_batch_cancelled - whether a job should give up
 * @b: the batch
 *
 * Context: Any.
 * Return: true once the batch was cancelled, or a job of it had an error
 */
static inline bool kwaitgroup_batch_cancelled(const struct kwaitgroup_batch *b)
{
	return READ_ONCE(b->cancelled);
}

/**
 * struct kwaitgroup_batch_progress - how far a batch is
 * @total: jobs that were run since it was made, or reinitialised
 * @over: of them, those that have returned, were skipped, or have died
 * @running: those that have room now
 * @error: the first error, or 0
 * @error_pid: the thread it came from, if it came from a job
 * @error_comm: its name
 */
struct kwaitgroup_batch_progress {
	unsigned long total;
	unsigned long over;
	unsigned int running;
	int error;
	pid_t error_pid;
	char error_comm[TASK_COMM_LEN];
};

void kwaitgroup_batch_progress(struct kwaitgroup_batch *b,
			       struct kwaitgroup_batch_progress *p);

#ifdef CONFIG_KWAITGROUP_OBSERVE
void __kwaitgroup_batch_registered(struct kwaitgroup_batch *b);
#else
static inline void __kwaitgroup_batch_registered(struct kwaitgroup_batch *b)
{
}
#endif

/**
 * kwaitgroup_batch_register - show a batch in debugfs under a name
 * @b: the batch
 * @fmt: of the name, as kwaitgroup_register()
 *
 * Its group is registered, with its members and waits, and its line in "batches"
 * has what kwaitgroup_batch_progress() tells. kwaitgroup_unregister(&b->wg) takes
 * it off again.
 *
 * Context: Process context. May sleep.
 * Return: as kwaitgroup_register()
 */
#define kwaitgroup_batch_register(b, fmt, ...)				\
({									\
	struct kwaitgroup_batch *__b = (b);				\
	int __err = kwaitgroup_register(&__b->wg, fmt, ##__VA_ARGS__);	\
									\
	if (!__err)							\
		__kwaitgroup_batch_registered(__b);			\
	__err;								\
})

/*
 * guard(kwaitgroup_batch_wait)(b): whichever way the scope is left, all jobs are
 * over then.
 */
DEFINE_GUARD(kwaitgroup_batch_wait, struct kwaitgroup_batch *, (void)_T,
	     kwaitgroup_batch_wait(_T))

#endif /* _LINUX_KWAITGROUP_BATCH_H */
