// SPDX-License-Identifier: GPL-2.0
/* Who listens to the exits of tasks: built in, as do_exit() is. */
#include <linux/cache.h>
#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/kwaitgroup_exit.h>
#include <linux/rcupdate.h>

const struct kwaitgroup_exit_ops __rcu *kwaitgroup_exit_ops __read_mostly;

void __kwaitgroup_task_exit(struct task_struct *tsk)
{
	const struct kwaitgroup_exit_ops *ops;

	guard(rcu)();
	ops = rcu_dereference(kwaitgroup_exit_ops);
	if (ops)
		ops->task_exit(tsk);
}

/**
 * kwaitgroup_exit_register - listen to the exits of tasks
 * @ops: what to call, by the task that exits, with RCU; there is one listener
 */
void kwaitgroup_exit_register(const struct kwaitgroup_exit_ops *ops)
{
	rcu_assign_pointer(kwaitgroup_exit_ops, ops);
}
EXPORT_SYMBOL_GPL(kwaitgroup_exit_register);

/**
 * kwaitgroup_exit_unregister - listen no more
 *
 * Nobody is in the function afterwards.
 *
 * Context: Process context. May sleep.
 */
void kwaitgroup_exit_unregister(void)
{
	RCU_INIT_POINTER(kwaitgroup_exit_ops, NULL);
	synchronize_rcu();
}
EXPORT_SYMBOL_GPL(kwaitgroup_exit_unregister);
