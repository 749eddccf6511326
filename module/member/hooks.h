/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What member/ tells batch/ and observe/, which define these functions. Without
 * that room they do nothing, but for what has to be told to somebody: it is in
 * the log.
 */
#ifndef _KWG_MEMBER_HOOKS_H
#define _KWG_MEMBER_HOOKS_H

#include "../core/core.h"

/* A call site as text: its module, or its __init text, may go away. */
#define KWG_CALLER_LEN	80

/* Whom a report is about. */
struct kwg_culprit {
	unsigned long ip;	/* the call, */
	const char *caller;	/* and what it is called */
	pid_t pid;
	char comm[TASK_COMM_LEN];
	char group[KWAITGROUP_NAME_LEN];
};

#ifdef CONFIG_KWAITGROUP_OBSERVE

/* misuse.c */
bool kwg_note(enum kwg_misuse what, int count,
	      const struct kwg_culprit *culprit);
void kwg_misuse_of(const struct kwaitgroup *wg, enum kwg_misuse what, int count,
		   const struct kwg_culprit *culprit);
void kwg_copy_comm(char to[TASK_COMM_LEN], const char *from);

/* registry.c */
void kwg_registry_name(const struct kwaitgroup *wg, char *buf, size_t size);

/* stall.c */
u64 kwg_check_stalls(void);

/* trace.c; to be called if the event of that name is enabled */
DECLARE_TRACEPOINT(kwaitgroup_join);
DECLARE_TRACEPOINT(kwaitgroup_leave);
DECLARE_TRACEPOINT(kwaitgroup_death);
DECLARE_TRACEPOINT(kwaitgroup_hold);
DECLARE_TRACEPOINT(kwaitgroup_release);
void kwg_trace_join(const struct kwaitgroup *wg, struct task_struct *task,
		    u64 cookie, unsigned long ip);
void kwg_trace_leave(const struct kwaitgroup *wg, struct task_struct *task,
		     u64 cookie, unsigned long ip, u64 age);
void kwg_trace_death(const struct kwaitgroup *wg, struct task_struct *task,
		     u64 cookie, unsigned long ip, u64 age);
void kwg_trace_hold(const struct kwaitgroup *wg, u64 cookie, unsigned long ip);
void kwg_trace_release(const struct kwaitgroup *wg, u64 cookie, unsigned long ip,
		       u64 age);

#else

static inline bool kwg_note(enum kwg_misuse what, int count,
			    const struct kwg_culprit *culprit)
{
	return true;
}

#define kwg_misuse_of(wg, what, count, culprit)				\
	kwg_misuse(wg, what, count, (culprit)->ip)

static inline void kwg_copy_comm(char to[TASK_COMM_LEN], const char *from)
{
	strscpy(to, from, TASK_COMM_LEN);
}

static inline void kwg_registry_name(const struct kwaitgroup *wg, char *buf,
				     size_t size)
{
	strscpy(buf, "-", size);
}

static inline u64 kwg_check_stalls(void)
{
	return U64_MAX;
}

static inline void kwg_trace_join(const struct kwaitgroup *wg,
				  struct task_struct *task, u64 cookie,
				  unsigned long ip)
{
}

static inline void kwg_trace_leave(const struct kwaitgroup *wg,
				   struct task_struct *task, u64 cookie,
				   unsigned long ip, u64 age)
{
}

static inline void kwg_trace_death(const struct kwaitgroup *wg,
				   struct task_struct *task, u64 cookie,
				   unsigned long ip, u64 age)
{
}

static inline void kwg_trace_hold(const struct kwaitgroup *wg, u64 cookie,
				  unsigned long ip)
{
}

static inline void kwg_trace_release(const struct kwaitgroup *wg, u64 cookie,
				     unsigned long ip, u64 age)
{
}

#endif

#ifdef CONFIG_KWAITGROUP_BATCH
/* batch/job.c */
void kwg_job_dies(struct task_struct *task);
#else
static inline void kwg_job_dies(struct task_struct *task)
{
}
#endif

#endif /* _KWG_MEMBER_HOOKS_H */
