/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_RCUPDATE_H
#define _LINUX_RCUPDATE_H

#include <linux/compiler.h>

/*
 * "Wait until an rcu-tasks grace period has elapsed: all currently executing
 * tasks have passed through a voluntary context switch, or run in user space, or
 * idle"; interrupts that run are waited for, too, as it has two grace periods of
 * RCU itself in it.
 */
#define synchronize_rcu_tasks() \
	ex_grace_period(EX_SITE("synchronize_rcu_tasks()"))

#endif
