/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The call in do_exit() by which wait groups hear of members that die: a load
 * and a branch while nobody listens, and nothing at all where no wait group has
 * members. It is built in; who listens may be a module.
 */
#ifndef _LINUX_KWAITGROUP_EXIT_H
#define _LINUX_KWAITGROUP_EXIT_H

#include <linux/rcupdate.h>

struct task_struct;

#ifdef CONFIG_KWAITGROUP_EXIT_HOOK

struct kwaitgroup_exit_ops {
	void (*task_exit)(struct task_struct *tsk);
};

extern const struct kwaitgroup_exit_ops __rcu *kwaitgroup_exit_ops;

void kwaitgroup_exit_register(const struct kwaitgroup_exit_ops *ops);
void kwaitgroup_exit_unregister(void);
void __kwaitgroup_task_exit(struct task_struct *tsk);

/**
 * kwaitgroup_task_exit - tell wait groups that a task exits
 * @tsk: the current task, with PF_EXITING
 */
static inline void kwaitgroup_task_exit(struct task_struct *tsk)
{
	if (rcu_access_pointer(kwaitgroup_exit_ops))
		__kwaitgroup_task_exit(tsk);
}

#else

static inline void kwaitgroup_task_exit(struct task_struct *tsk)
{
}

#endif

#endif /* _LINUX_KWAITGROUP_EXIT_H */
