// SPDX-License-Identifier: GPL-2.0
/* Where the trace events of trace.h are made. */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/string.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

/* Of the rooms that know no more of traces than whether one is enabled: */

void kwg_trace_wait_begin(const struct kwaitgroup *wg, int count,
			  unsigned long ip)
{
	trace_kwaitgroup_wait_begin(wg, count, ip);
}

void kwg_trace_wait_end(const struct kwaitgroup *wg, int result, u64 ns,
			unsigned long ip)
{
	trace_kwaitgroup_wait_end(wg, result, ns, ip);
}

void kwg_trace_join(const struct kwaitgroup *wg, struct task_struct *task,
		    u64 cookie, unsigned long ip)
{
	trace_kwaitgroup_join(wg, task, cookie, ip);
}

void kwg_trace_leave(const struct kwaitgroup *wg, struct task_struct *task,
		     u64 cookie, unsigned long ip, u64 age)
{
	trace_kwaitgroup_leave(wg, task, cookie, ip, age);
}

void kwg_trace_death(const struct kwaitgroup *wg, struct task_struct *task,
		     u64 cookie, unsigned long ip, u64 age)
{
	trace_kwaitgroup_death(wg, task, cookie, ip, age);
}

void kwg_trace_hold(const struct kwaitgroup *wg, u64 cookie, unsigned long ip)
{
	trace_kwaitgroup_hold(wg, cookie, ip);
}

void kwg_trace_release(const struct kwaitgroup *wg, u64 cookie, unsigned long ip,
		       u64 age)
{
	trace_kwaitgroup_release(wg, cookie, ip, age);
}
