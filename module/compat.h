/* SPDX-License-Identifier: GPL-2.0 */
/* What differs between the kernels that kwaitgroup builds for. */
#ifndef _KWG_COMPAT_H
#define _KWG_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/timer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define timer_delete_sync	del_timer_sync
#endif

/* For the suites: with the function from the beginning on. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void kwg_hrtimer_setup(struct hrtimer *timer,
				     enum hrtimer_restart (*fn)(struct hrtimer *),
				     clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}

static inline void
kwg_hrtimer_setup_on_stack(struct hrtimer *timer,
			   enum hrtimer_restart (*fn)(struct hrtimer *),
			   clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init_on_stack(timer, clock, mode);
	timer->function = fn;
}

/* Macros, as a vendor's kernel may have the functions. */
#define hrtimer_setup		kwg_hrtimer_setup
#define hrtimer_setup_on_stack	kwg_hrtimer_setup_on_stack
#endif

/* The arguments of a probe on sched_process_exit. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define KWG_EXIT_PROBE_ARGS	struct task_struct *task, bool group_dead
#else
#define KWG_EXIT_PROBE_ARGS	struct task_struct *task
#endif

/* Modules of 6.1 cannot have another task's stack. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0) || !defined(CONFIG_STACKTRACE)
static inline unsigned int kwg_stack_trace_save_tsk(struct task_struct *task,
						    unsigned long *store,
						    unsigned int size,
						    unsigned int skipnr)
{
	return 0;
}

#define stack_trace_save_tsk	kwg_stack_trace_save_tsk
#endif

#endif /* _KWG_COMPAT_H */
