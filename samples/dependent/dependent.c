// SPDX-License-Identifier: GPL-2.0
/*
 * A driver out of kwaitgroup's tree, and how it unloads while it has workers.
 *
 * A member's done is the last that it does with the group, and not the last
 * that it does: the return from its function is still code of this module. So
 * a wait for the group must not be what unloading relies on. What it relies on
 * is the kernel's own code, from where somebody sees that ours was left:
 * kthread_stop() returns when the thread has exited, cancel_work_sync() and
 * flush_workqueue() when the function of the work has returned.
 */
#define pr_fmt(fmt) "dependent: " fmt

#include <linux/kthread.h>
#include <linux/kwaitgroup.h>
#include <linux/module.h>
#include <linux/workqueue.h>

static DEFINE_KWAITGROUP(workers);
static struct task_struct *thread;

static int thread_function(void *unused)
{
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	kwaitgroup_done(&workers);
	return 0;	/* here the group may be empty already */
}

static void work_function(struct work_struct *work)
{
	kwaitgroup_done(&workers);
}

static DECLARE_WORK(work, work_function);

static int __init dependent_init(void)
{
	kwaitgroup_add(&workers, 1);
	thread = kthread_run(thread_function, NULL, "dependent");
	if (IS_ERR(thread)) {
		kwaitgroup_done(&workers);
		return PTR_ERR(thread);
	}
	kwaitgroup_add(&workers, 1);
	schedule_work(&work);
	return 0;
}

/* What was stopped before it ran says so, and its done has to be called for it. */
static void __exit dependent_exit(void)
{
	kwaitgroup_close(&workers);
	if (kthread_stop(thread) == -EINTR)
		kwaitgroup_done(&workers);
	if (cancel_work_sync(&work))
		kwaitgroup_done(&workers);
	/* No code of ours runs any more, and nobody can be left. */
	kwaitgroup_drain(&workers);
	pr_info("all workers are done\n");
}

module_init(dependent_init);
module_exit(dependent_exit);

MODULE_DESCRIPTION("kwaitgroup sample: a driver that uses it as it is installed");
MODULE_AUTHOR("The kwaitgroup maintainers");
MODULE_LICENSE("GPL");
