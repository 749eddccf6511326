// SPDX-License-Identifier: GPL-2.0
/* What kthread_array.cocci finds, and what it does not. */
#include <linux/kthread.h>
#include <linux/list.h>
#include "fixture.h"

struct worker {
	struct task_struct *task;
	struct list_head list;
};

static void bad_array(struct task_struct **tasks, int n)
{
	int i;

	for (i = 0; i < n; i++)
		kthread_stop(tasks[i]); /* expect: kthread_array */
}

static void bad_list(struct list_head *workers)
{
	struct worker *w;

	list_for_each_entry(w, workers, list) {
		if (w->task)
			kthread_stop(w->task); /* expect: kthread_array */
	}
}

static void bad_unwind(struct task_struct **tasks, int n)
{
	while (n--)
		kthread_stop_put(tasks[n]); /* expect: kthread_array */
}

static void good_one(struct worker *w)
{
	kthread_stop(w->task);
}

static void good_behind(struct task_struct **tasks, int n)
{
	while (n--)
		wake_up_process(tasks[n]);
	kthread_stop(tasks[0]);
}

static void good_group(struct task_struct **tasks, int n, struct job *job)
{
	while (n--)
		wake_up_process(tasks[n]);
	kwaitgroup_wait(&job->wg);
}
