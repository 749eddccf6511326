// SPDX-License-Identifier: GPL-2.0
/* Threads of the test-only door: members of a group, or waiters. */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "door.h"

static void kwgt_work(u32 us)
{
	if (us)
		usleep_range(us, us + us / 8 + 1);
}

static void kwgt_execute_mode(struct kwgt_thread *t)
{
	struct kwgt_run *run = t->run;

	switch (run->mode) {
	case KWAITGROUP_TEST_WAIT:
		t->result = kwaitgroup_wait_killable(run->wg);
		break;
	case KWAITGROUP_TEST_REST:
		t->result = kwaitgroup_wait(run->wg);
		break;
	default:
		kwgt_work(run->work_us);
		if (run->mode == KWAITGROUP_TEST_DONE)
			kwaitgroup_done(run->wg);
	}
}

static int kwgt_thread_main(void *data)
{
	struct kwgt_thread *t = data;
	struct kwgt_run *run = t->run;

	/* So that closing the device can end a wait. */
	allow_signal(SIGKILL);
	kwaitgroup_done(&run->started);
	kwgt_execute_mode(t);
	kwaitgroup_done(&run->door->running);
	return 0;
}

/* The CPU of the @i-th thread, or a negative number for any. */
static int kwgt_cpu(u32 cpus, unsigned int i)
{
	int cpu = cpumask_first(cpu_online_mask);

	if (cpus == KWAITGROUP_TEST_ANY)
		return -1;
	if (cpus == KWAITGROUP_TEST_SAME)
		return cpu;
	for (i %= num_online_cpus(); i; i--)
		cpu = cpumask_next(cpu, cpu_online_mask);
	/* One may have gone offline while we counted. */
	return cpu < nr_cpu_ids ? cpu : -1;
}

static int kwgt_create_thread(struct kwgt_run *run, u32 cpus)
{
	struct kwgt_thread *t = &run->threads[run->nr];
	int cpu = kwgt_cpu(cpus, run->nr);

	t->run = run;
	t->task = kthread_create(kwgt_thread_main, t, "kwg_test/%u", run->nr);
	if (IS_ERR(t->task))
		return PTR_ERR(t->task);
	if (cpu >= 0)
		kthread_bind(t->task, cpu);
	/* It may end before it is stopped. */
	get_task_struct(t->task);
	run->nr++;
	return 0;
}

/* Threads that were created and not woken yet never run. */
static void kwgt_stop_threads(struct kwgt_run *run)
{
	unsigned int i;

	for (i = 0; i < run->nr; i++) {
		kthread_stop(run->threads[i].task);
		put_task_struct(run->threads[i].task);
	}
}

static int kwgt_create_threads(struct kwgt_run *run,
			       const struct kwaitgroup_test_run *arg)
{
	bool members = arg->mode == KWAITGROUP_TEST_DONE ||
		       arg->mode == KWAITGROUP_TEST_LEAK;
	int err = 0;

	if (members)
		err = kwaitgroup_try_add_many(run->wg, arg->threads);
	if (err)
		return err;
	while (!err && run->nr < arg->threads)
		err = kwgt_create_thread(run, arg->cpus);
	if (err) {
		kwgt_stop_threads(run);
		if (members)
			kwaitgroup_add(run->wg, -(int)arg->threads);
	}
	return err;
}

/* A group is given up where memory is reclaimed, too: lockdep looks on. */
static void kwgt_free_run(struct kwgt_run *run)
{
	fs_reclaim_acquire(GFP_KERNEL);
	kwaitgroup_put(run->wg);
	fs_reclaim_release(GFP_KERNEL);
	kfree(run);
}

static struct kwgt_run *kwgt_new_run(struct kwgt_door *door,
				     const struct kwaitgroup_test_run *arg)
{
	struct kwaitgroup *wg = kwaitgroup_fdget(arg->fd);
	struct kwgt_run *run;
	int err;

	if (IS_ERR(wg))
		return ERR_CAST(wg);
	run = kzalloc(struct_size(run, threads, arg->threads), GFP_KERNEL);
	if (!run) {
		kwaitgroup_put(wg);
		return ERR_PTR(-ENOMEM);
	}
	run->door = door;
	run->wg = wg;
	run->work_us = arg->work_us;
	run->mode = arg->mode;
	kwaitgroup_init(&run->started);
	err = kwgt_create_threads(run, arg);
	if (!err)
		return run;
	kwgt_free_run(run);
	return ERR_PTR(err);
}

int kwgt_do_run(struct kwgt_door *door, void *data)
{
	const struct kwaitgroup_test_run *arg = data;
	struct kwgt_run *run;
	unsigned int i;

	if (!arg->threads || arg->threads > KWAITGROUP_TEST_THREADS_MAX ||
	    arg->work_us > KWAITGROUP_TEST_WORK_MAX_US ||
	    arg->mode >= KWAITGROUP_TEST_MODES ||
	    arg->cpus >= KWAITGROUP_TEST_CPUS)
		return -EINVAL;
	if (door->threads + arg->threads > KWAITGROUP_TEST_THREADS_MAX)
		return -EBUSY;
	run = kwgt_new_run(door, arg);
	if (IS_ERR(run))
		return PTR_ERR(run);

	list_add_tail(&run->list, &door->runs);
	door->threads += run->nr;
	kwaitgroup_add(&door->running, run->nr);
	kwaitgroup_add(&run->started, run->nr);
	for (i = 0; i < run->nr; i++)
		wake_up_process(run->threads[i].task);
	return kwaitgroup_wait(&run->started);
}

/* Stop the threads, which all end, and sum up what became of their waits. */
static void kwgt_collect_run(struct kwgt_run *run,
			     struct kwaitgroup_test_collect *sum)
{
	unsigned int i;

	kwgt_stop_threads(run);
	for (i = 0; i < run->nr; i++) {
		int result = run->threads[i].result;

		sum->threads++;
		if (!result)
			continue;
		if (!sum->errors++)
			sum->error = -result;
	}
	run->door->threads -= run->nr;
	list_del(&run->list);
	kwgt_free_run(run);
}

static void kwgt_collect_all(struct kwgt_door *door,
			     struct kwaitgroup_test_collect *sum)
{
	struct kwgt_run *run, *next;

	list_for_each_entry_safe(run, next, &door->runs, list)
		kwgt_collect_run(run, sum);
}

int kwgt_do_collect(struct kwgt_door *door, void *data)
{
	struct kwaitgroup_test_collect *arg = data;

	if (arg->threads || arg->errors || arg->error)
		return -EINVAL;
	/* Only a signal that kills ends it, so nobody sees -ERESTARTSYS. */
	if (kwaitgroup_wait_killable(&door->running))
		return -EINTR;
	kwgt_collect_all(door, arg);
	return 0;
}

/* Closing: end the waits, and with them all threads. */
void kwgt_end_all(struct kwgt_door *door)
{
	struct kwaitgroup_test_collect sum = {};
	struct kwgt_run *run;
	unsigned int i;

	/* All have started, so none misses the signal. */
	list_for_each_entry(run, &door->runs, list)
		for (i = 0; i < run->nr; i++)
			send_sig(SIGKILL, run->threads[i].task, 1);
	kwgt_collect_all(door, &sum);
}
