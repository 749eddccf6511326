// SPDX-License-Identifier: GPL-2.0
/*
 * Start a batch of kthreads, wait for all of them: the driver to copy from.
 *
 * The wait lets the threads finish. What it leaves to be done: a thread that
 * has called done still has some instructions of this module to run, and a
 * wait that was killed leaves threads with a group on a stack that goes away.
 * kthread_stop() settles both: it tells a thread to stop, and returns when it
 * has left the module's text. It needs a reference to the task, taken before
 * the thread runs, as the thread may be gone afterwards. A thread that was
 * stopped before it ran never runs; kthread_stop() says -EINTR, and its done
 * has to be called for it. Then the group is empty, and nobody will touch it.
 */
#define pr_fmt(fmt) "batch: " fmt

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/kwaitgroup.h>
#include <linux/module.h>
#include <linux/sched/task.h>

#define NR_JOBS 8

struct job {
	struct kwaitgroup *wg;
	struct task_struct *task;
	unsigned int number;
	bool finished;
};

static int job_thread(void *data)
{
	struct job *job = data;

	/* Whichever way this function is left, the batch gets to know. */
	guard(kwaitgroup_done)(job->wg);

	usleep_range(500, 1500);	/* the work */
	if (kthread_should_stop())
		return -ECANCELED;
	job->finished = true;
	return 0;
}

static int job_start(struct job *job)
{
	struct task_struct *task;

	task = kthread_create(job_thread, job, "batch/%u", job->number);
	if (IS_ERR(task))
		return PTR_ERR(task);
	job->task = get_task_struct(task);
	/* The thread exists but does not run: there is no add to undo. */
	kwaitgroup_add(job->wg, 1);
	wake_up_process(task);
	return 0;
}

static void job_reap(struct job *job)
{
	if (kthread_stop(job->task) == -EINTR)
		kwaitgroup_done(job->wg);
	put_task_struct(job->task);
}

static int __init batch_init(void)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct job jobs[NR_JOBS] = {};
	unsigned int i, started, finished = 0;
	int err = 0;

	for (started = 0; started < NR_JOBS; started++) {
		jobs[started].wg = &wg;
		jobs[started].number = started;
		err = job_start(&jobs[started]);
		if (err)
			break;
	}
	/* After an error or a kill, job_reap() cancels what is running. */
	if (!err)
		err = kwaitgroup_wait_killable(&wg);
	for (i = 0; i < started; i++) {
		job_reap(&jobs[i]);
		finished += jobs[i].finished;
	}
	pr_info("%u of %u jobs finished\n", finished, NR_JOBS);
	return err;
}

static void __exit batch_exit(void)
{
}

module_init(batch_init);
module_exit(batch_exit);

MODULE_DESCRIPTION("kwaitgroup sample: run a batch of kthreads and wait for it");
MODULE_AUTHOR("The kwaitgroup maintainers");
MODULE_LICENSE("GPL");
