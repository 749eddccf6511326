/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_RCUPDATE_H
#define _LINUX_RCUPDATE_H

#include <linux/atomic.h>
#include <linux/slab.h>

/*
 * "Wait until an rcu-tasks grace period has elapsed: all currently executing
 * tasks have passed through a voluntary context switch, or run in user space, or
 * idle"; interrupts that run are waited for, too, as it has two grace periods of
 * RCU itself in it.
 */
#define synchronize_rcu_tasks() \
	ex_grace_period(EX_SITE("synchronize_rcu_tasks()"))

/* Longer than need be: until who is between two sleeps has slept. */
#define synchronize_rcu() \
	ex_grace_period(EX_SITE("synchronize_rcu()"))
#define synchronize_rcu_expedited() \
	ex_grace_period(EX_SITE("synchronize_rcu_expedited()"))

struct rcu_head {
};

/* Who reads under RCU does not sleep, so the grace period above is one for it. */
#define rcu_read_lock()		do { } while (0)
#define rcu_read_unlock()	ex_section_end()
#define rcu_read_lock_sched()	do { } while (0)
#define rcu_read_unlock_sched()	ex_section_end()
/* In a work item, which may as well wait. */
#define kfree_rcu(p, field)	ex_free_later(p)

/* What is reached through the pointer is ordered by it. */
#define rcu_dereference(p)	smp_load_acquire(&(p))
#define rcu_dereference_sched(p) smp_load_acquire(&(p))
#define rcu_access_pointer(p)	READ_ONCE(p)
#define rcu_dereference_protected(p, c) READ_ONCE(p)
#define rcu_assign_pointer(p, v) smp_store_release(&(p), v)
#define RCU_INIT_POINTER(p, v)	WRITE_ONCE(p, v)

#endif
