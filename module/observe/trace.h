/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace events. Each has the group's number, name and cookie; a member's own
 * cookie takes the place of the group's in the events of members and holders. A group is an
 * address here, which is looked up in the registry and never followed: the one
 * of a done may be gone before the event is read.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kwaitgroup

#if !defined(_KWG_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _KWG_TRACE_H

#include <linux/sched.h>
#include <linux/tracepoint.h>

#include "registry.h"

#ifndef _KWG_TRACE_ONCE
#define _KWG_TRACE_ONCE
int kwg_trace_on(void);
void kwg_trace_off(void);
#endif

#define KWG_TRACE_LABEL						\
	__field(u32, id)					\
	__array(char, name, KWAITGROUP_NAME_LEN)		\
	__field(u64, cookie)

#define KWG_TRACE_ASSIGN(wg)					\
	struct kwg_label label;					\
								\
	kwg_label(wg, &label);					\
	__entry->id = label.id;					\
	__entry->cookie = label.cookie;				\
	memcpy(__entry->name, label.name, KWAITGROUP_NAME_LEN)

DECLARE_EVENT_CLASS(kwaitgroup_count,
	TP_PROTO(const struct kwaitgroup *wg, int n, int count,
		 unsigned long ip),
	TP_ARGS(wg, n, count, ip),
	TP_STRUCT__entry(
		KWG_TRACE_LABEL
		__field(int, n)
		__field(int, count)
		__field(void *, site)
	),
	TP_fast_assign(
		KWG_TRACE_ASSIGN(wg);
		__entry->n = n;
		__entry->count = count;
		__entry->site = (void *)ip;
	),
	TP_printk("id=%u name=%s cookie=0x%llx n=%d count=%d site=%pS",
		  __entry->id, __entry->name, __entry->cookie, __entry->n,
		  __entry->count, __entry->site)
);

/* @count: what it is after it, as far as one can tell before it. */
DEFINE_EVENT_FN(kwaitgroup_count, kwaitgroup_add,
	TP_PROTO(const struct kwaitgroup *wg, int n, int count,
		 unsigned long ip),
	TP_ARGS(wg, n, count, ip),
	kwg_trace_on, kwg_trace_off
);

DEFINE_EVENT_FN(kwaitgroup_count, kwaitgroup_done,
	TP_PROTO(const struct kwaitgroup *wg, int n, int count,
		 unsigned long ip),
	TP_ARGS(wg, n, count, ip),
	kwg_trace_on, kwg_trace_off
);

TRACE_EVENT(kwaitgroup_wait_begin,
	TP_PROTO(const struct kwaitgroup *wg, int count, unsigned long ip),
	TP_ARGS(wg, count, ip),
	TP_STRUCT__entry(
		KWG_TRACE_LABEL
		__field(int, count)
		__field(void *, site)
	),
	TP_fast_assign(
		KWG_TRACE_ASSIGN(wg);
		__entry->count = count;
		__entry->site = (void *)ip;
	),
	TP_printk("id=%u name=%s cookie=0x%llx count=%d site=%pS",
		  __entry->id, __entry->name, __entry->cookie, __entry->count,
		  __entry->site)
);

TRACE_EVENT(kwaitgroup_wait_end,
	TP_PROTO(const struct kwaitgroup *wg, int result, u64 ns,
		 unsigned long ip),
	TP_ARGS(wg, result, ns, ip),
	TP_STRUCT__entry(
		KWG_TRACE_LABEL
		__field(int, result)
		__field(u64, ns)
		__field(void *, site)
	),
	TP_fast_assign(
		KWG_TRACE_ASSIGN(wg);
		__entry->result = result;
		__entry->ns = ns;
		__entry->site = (void *)ip;
	),
	TP_printk("id=%u name=%s cookie=0x%llx result=%d ns=%llu site=%pS",
		  __entry->id, __entry->name, __entry->cookie, __entry->result,
		  __entry->ns, __entry->site)
);

TRACE_EVENT_FN(kwaitgroup_join,
	TP_PROTO(const struct kwaitgroup *wg, struct task_struct *task,
		 u64 cookie, unsigned long ip),
	TP_ARGS(wg, task, cookie, ip),
	TP_STRUCT__entry(
		KWG_TRACE_LABEL
		__field(pid_t, pid)
		__array(char, comm, TASK_COMM_LEN)
		__field(void *, site)
	),
	TP_fast_assign(
		KWG_TRACE_ASSIGN(wg);
		__entry->cookie = cookie;
		__entry->pid = task_pid_nr(task);
		kwg_copy_comm(__entry->comm, task->comm);
		__entry->site = (void *)ip;
	),
	TP_printk("id=%u name=%s cookie=0x%llx pid=%d comm=%s site=%pS",
		  __entry->id, __entry->name, __entry->cookie, __entry->pid,
		  __entry->comm, __entry->site),
	kwg_trace_on, kwg_trace_off
);

DECLARE_EVENT_CLASS(kwaitgroup_membership,
	TP_PROTO(const struct kwaitgroup *wg, struct task_struct *task,
		 u64 cookie, unsigned long ip, u64 age),
	TP_ARGS(wg, task, cookie, ip, age),
	TP_STRUCT__entry(
		KWG_TRACE_LABEL
		__field(pid_t, pid)
		__array(char, comm, TASK_COMM_LEN)
		__field(void *, site)
		__field(u64, age_ns)
	),
	TP_fast_assign(
		KWG_TRACE_ASSIGN(wg);
		__entry->cookie = cookie;
		__entry->pid = task_pid_nr(task);
		kwg_copy_comm(__entry->comm, task->comm);
		__entry->site = (void *)ip;
		__entry->age_ns = jiffies64_to_nsecs(age);
	),
	TP_printk("id=%u name=%s cookie=0x%llx pid=%d comm=%s site=%pS age_ns=%llu",
		  __entry->id, __entry->name, __entry->cookie, __entry->pid,
		  __entry->comm, __entry->site, __entry->age_ns)
);

/* @ip: the call that had joined. @age: jiffies since then. */
DEFINE_EVENT_FN(kwaitgroup_membership, kwaitgroup_leave,
	TP_PROTO(const struct kwaitgroup *wg, struct task_struct *task,
		 u64 cookie, unsigned long ip, u64 age),
	TP_ARGS(wg, task, cookie, ip, age),
	kwg_trace_on, kwg_trace_off
);

DEFINE_EVENT(kwaitgroup_membership, kwaitgroup_death,
	TP_PROTO(const struct kwaitgroup *wg, struct task_struct *task,
		 u64 cookie, unsigned long ip, u64 age),
	TP_ARGS(wg, task, cookie, ip, age)
);

TRACE_EVENT(kwaitgroup_hold,
	TP_PROTO(const struct kwaitgroup *wg, u64 cookie, unsigned long ip),
	TP_ARGS(wg, cookie, ip),
	TP_STRUCT__entry(
		KWG_TRACE_LABEL
		__field(void *, site)
	),
	TP_fast_assign(
		KWG_TRACE_ASSIGN(wg);
		__entry->cookie = cookie;
		__entry->site = (void *)ip;
	),
	TP_printk("id=%u name=%s cookie=0x%llx site=%pS", __entry->id,
		  __entry->name, __entry->cookie, __entry->site)
);

/* @ip: the call that had taken the group. @age: jiffies since then. */
TRACE_EVENT(kwaitgroup_release,
	TP_PROTO(const struct kwaitgroup *wg, u64 cookie, unsigned long ip,
		 u64 age),
	TP_ARGS(wg, cookie, ip, age),
	TP_STRUCT__entry(
		KWG_TRACE_LABEL
		__field(void *, site)
		__field(u64, age_ns)
	),
	TP_fast_assign(
		KWG_TRACE_ASSIGN(wg);
		__entry->cookie = cookie;
		__entry->site = (void *)ip;
		__entry->age_ns = jiffies64_to_nsecs(age);
	),
	TP_printk("id=%u name=%s cookie=0x%llx site=%pS age_ns=%llu",
		  __entry->id, __entry->name, __entry->cookie, __entry->site,
		  __entry->age_ns)
);

TRACE_EVENT(kwaitgroup_stall,
	TP_PROTO(const struct kwaitgroup *wg, int count, u64 ns,
		 struct task_struct *task),
	TP_ARGS(wg, count, ns, task),
	TP_STRUCT__entry(
		KWG_TRACE_LABEL
		__field(int, count)
		__field(u64, ns)
		__field(pid_t, pid)
		__array(char, comm, TASK_COMM_LEN)
	),
	TP_fast_assign(
		KWG_TRACE_ASSIGN(wg);
		__entry->count = count;
		__entry->ns = ns;
		__entry->pid = task_pid_nr(task);
		kwg_copy_comm(__entry->comm, task->comm);
	),
	TP_printk("id=%u name=%s cookie=0x%llx count=%d ns=%llu pid=%d comm=%s",
		  __entry->id, __entry->name, __entry->cookie, __entry->count,
		  __entry->ns, __entry->pid, __entry->comm)
);

TRACE_EVENT(kwaitgroup_misuse,
	TP_PROTO(const struct kwaitgroup *wg, const char *kind, int count,
		 unsigned long ip),
	TP_ARGS(wg, kind, count, ip),
	TP_STRUCT__entry(
		KWG_TRACE_LABEL
		__array(char, kind, KWG_KIND_LEN)
		__field(int, count)
		__field(void *, site)
	),
	TP_fast_assign(
		KWG_TRACE_ASSIGN(wg);
		strscpy_pad(__entry->kind, kind, KWG_KIND_LEN);
		__entry->count = count;
		__entry->site = (void *)ip;
	),
	TP_printk("id=%u name=%s cookie=0x%llx kind=%s count=%d site=%pS",
		  __entry->id, __entry->name, __entry->cookie, __entry->kind,
		  __entry->count, __entry->site)
);

#endif /* _KWG_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
