// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that are started for a group.
 *
 * What a thread runs is here, and calls its function. So behind its done there is
 * no code of the caller's module left to execute, only a few instructions of
 * ours, and kwg_runs_exit() waits for those before this module goes.
 */
#include <linux/export.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stdarg.h>

#include "job.h"

/* A thread that is started. */
struct kwg_thread {
	struct kwaitgroup_job job;
	struct kwaitgroup *wg;
	int (*fn)(void *data);
	void *data;
	unsigned long ip;		/* who has started it */
	bool keep;			/* whoever has done it does another one */
	char name[TASK_COMM_LEN];	/* if so */
	struct rcu_head rcu;
};

static void kwg_thread_work(struct kwg_thread *t)
{
	struct kwaitgroup_member m = {};
	int err = -ECANCELED;

	__kwaitgroup_adopted_enter(t->wg, &m, t->ip);
	kwg_job_begin(&t->job);
	if (!kwg_job_is_skipped(&t->job))
		err = t->fn(t->data);
	kwg_job_end(&t->job, err);
	kfree(t);
	__kwaitgroup_adopted_exit(&m);
}

static int kwg_thread_main(void *arg)
{
	struct kwg_thread *t = arg;
	bool keep;

	do {
		keep = t->keep;
		if (keep)
			kwg_kept_name(t->name);
		kwg_thread_work(t);
	} while (keep && (t = kwg_kept_wait()));
	return 0;
}

/* Its job has died with it. Where it was found out, memory may not be freed. */
void kwg_thread_bury(struct kwaitgroup_job *job)
{
	kfree_rcu(container_of(job, struct kwg_thread, job), rcu);
}

/* Returns NULL if one that is kept has the job. */
static __printf(3, 0) struct task_struct *
kwg_thread_create(struct kwg_thread *t, const struct kwg_place_to_run *place,
		  const char *namefmt, va_list args)
{
	struct task_struct *task;
	char name[64];

	/* A longer name would stay the thread's for ever. */
	vsnprintf(name, t->keep ? sizeof(t->name) : sizeof(name), namefmt, args);
	if (t->keep) {
		strscpy(t->name, name, sizeof(t->name));
		if (kwg_kept_give(t))
			return NULL;
	}
	task = kthread_create_on_node(kwg_thread_main, t, place->node, "%s",
				      name);
	if (!IS_ERR(task) && place->cpu >= 0)
		kthread_bind(task, place->cpu);
	return task;
}

/**
 * kwg_start_thread - start a thread that is a member of a group
 * @wg: the group; the thread's member was added, and stays if this fails
 * @b: whose job it is, or NULL
 * @place: where it runs
 * @fn: what it does
 * @data: for @fn
 * @ip: who starts it
 * @namefmt: what it is called
 * @args: for @namefmt
 *
 * Return: 0, -ENOMEM, or what kthread_create() returns
 */
int kwg_start_thread(struct kwaitgroup *wg, struct kwaitgroup_batch *b,
		     const struct kwg_place_to_run *place,
		     int (*fn)(void *data), void *data, unsigned long ip,
		     const char *namefmt, va_list args)
{
	struct kwg_thread *t = kmalloc(sizeof(*t), GFP_KERNEL);
	struct task_struct *task;

	if (!t)
		return -ENOMEM;
	*t = (struct kwg_thread) {
		.job = { .batch = b, .allocated = true },
		.wg = wg, .fn = fn, .data = data, .ip = ip,
		.keep = b && (b->flags & KWAITGROUP_BATCH_KEEP_THREADS),
	};
	task = kwg_thread_create(t, place, namefmt, args);
	if (IS_ERR(task)) {
		kfree(t);
		return PTR_ERR(task);
	}
	if (task)
		wake_up_process(task);
	return 0;
}

static __printf(6, 0)
int kwg_run(struct kwaitgroup *wg, const struct kwg_place_to_run *place,
	    int (*fn)(void *data), void *data, unsigned long ip,
	    const char *namefmt, va_list args)
{
	int err = kwg_try_add(wg, 1, 0, ip);

	if (err)
		return err;
	err = kwg_start_thread(wg, NULL, place, fn, data, ip, namefmt, args);
	if (err && !kwg_mutant(failed_run_stays))
		kwg_done(wg, ip);
	return err;
}

/**
 * kwaitgroup_run_on_cpu - kwaitgroup_run() on one CPU
 * @wg: the group
 * @cpu: where the thread runs
 * @fn: what the thread does
 * @data: for @fn
 * @namefmt: what the thread is called
 *
 * Context: Process context. May sleep.
 * Return: -EINVAL if there is no such CPU, or as kwaitgroup_run()
 */
int kwaitgroup_run_on_cpu(struct kwaitgroup *wg, unsigned int cpu,
			  int (*fn)(void *data), void *data,
			  const char *namefmt, ...)
{
	struct kwg_place_to_run place = { .cpu = cpu };
	va_list args;
	int err;

	if (cpu >= nr_cpu_ids || !cpu_possible(cpu))
		return -EINVAL;
	place.node = cpu_to_node(cpu);
	va_start(args, namefmt);
	err = kwg_run(wg, &place, fn, data, _RET_IP_, namefmt, args);
	va_end(args);
	return err;
}
EXPORT_SYMBOL_GPL(kwaitgroup_run_on_cpu);

/**
 * kwaitgroup_run_on_node - kwaitgroup_run() with memory of one node
 * @wg: the group
 * @node: where the thread's stack is
 * @fn: what the thread does
 * @data: for @fn
 * @namefmt: what the thread is called
 *
 * Context: Process context. May sleep.
 * Return: as kwaitgroup_run(), which is this for any node
 */
int kwaitgroup_run_on_node(struct kwaitgroup *wg, int node,
			   int (*fn)(void *data), void *data,
			   const char *namefmt, ...)
{
	const struct kwg_place_to_run place = { node, -1 };
	va_list args;
	int err;

	va_start(args, namefmt);
	err = kwg_run(wg, &place, fn, data, _RET_IP_, namefmt, args);
	va_end(args);
	return err;
}
EXPORT_SYMBOL_GPL(kwaitgroup_run_on_node);

/**
 * kwaitgroup_done_and_exit - the last thing that a thread does
 * @wg: the group, of which the current thread is an unnamed member
 * @code: what kthread_stop() returns, if somebody still calls it
 *
 * For threads that were started in another way than by kwaitgroup_run(): nothing
 * of the caller's module is executed after the done. It does not return, but is not
 * declared so: objtool knows only those that the kernel has itself.
 *
 * Context: A kthread.
 */
void kwaitgroup_done_and_exit(struct kwaitgroup *wg, long code)
{
	kwg_done(wg, _RET_IP_);
	kthread_complete_and_exit(NULL, code);
}
EXPORT_SYMBOL_GPL(kwaitgroup_done_and_exit);

/* Those whose done is made are still returning from here. */
void kwg_runs_exit(void)
{
	kwg_kept_exit();
	synchronize_rcu_tasks();
}
