/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What core/ tells the rooms below it, which it knows nothing else of.
 *
 * They define these functions. Where a room is not built, its Kconfig symbol is
 * off, they do nothing, and nothing of them is in the code.
 */
#ifndef _KWG_CORE_HOOKS_H
#define _KWG_CORE_HOOKS_H

#include <linux/bug.h>
#include <linux/kwaitgroup.h>
#include <linux/tracepoint-defs.h>

struct kwg_waiter;

/* Misuse in any room: what observe/misuse.c has the texts of. */
enum kwg_misuse {
	KWG_MISUSE_NEGATIVE,	/* a done without an add */
	KWG_MISUSE_OVERFLOW,	/* more than KWAITGROUP_COUNT_MAX members */
	KWG_MISUSE_CLOSED,	/* an add to a closed group */
	KWG_MISUSE_ATOMIC_WAIT,	/* a wait where sleeping is not allowed */
	KWG_MISUSE_WAKE_CONTEXT, /* too many last dones in one NMI */
	KWG_MISUSE_REINIT,	/* a reinit while the group is in use */
	KWG_MISUSE_UNREGISTER,	/* unregistered with members or waiters left */
	KWG_MISUSE_UNKNOWN,	/* unregistered, but was not registered */
	KWG_MISUSE_LEAK,	/* its module went away without unregistering */
	KWG_MISUSE_JOINED,	/* joined with a member that is joined */
	KWG_MISUSE_NOT_JOINED,	/* left twice, or never joined */
	KWG_MISUSE_NOT_OWNER,	/* left what another task has joined */
	KWG_MISUSE_MEMBER_CONTEXT, /* joined or left in an interrupt */
	KWG_MISUSE_MEMBER_LEAK,	/* a module went away, its member has not left */
	KWG_MISUSE_HELD,	/* taken with a holder that holds a group */
	KWG_MISUSE_NOT_HELD,	/* released twice, or never taken */
	KWG_MISUSE_HOLDER_LEAK,	/* a module went away, its holder was not released */
	KWG_MISUSE_PLAIN_DONE,	/* a named member was finished without its name */
	KWG_MISUSE_DEATH,	/* a task died as a member: a line, no WARN */
	/* From here on the doing of user space: noted, but no WARN or BUG. */
	KWG_MISUSE_FD_LEAK,	/* the last descriptor closed, members left */
	KWG_MISUSE_MEMBER_DIED,	/* a member's descriptor closed without DONE */
	KWG_MISUSE_NR
};

#ifdef CONFIG_KWAITGROUP_OBSERVE

/* misuse.c */
void kwg_misuse(const struct kwaitgroup *wg, enum kwg_misuse what, int count,
		unsigned long ip);

/* observe.c */
bool kwg_count_observed(struct kwaitgroup *wg, int n, unsigned long ip,
			s64 *state);
void kwg_observe(struct kwaitgroup *wg, int n, s64 state, unsigned long ip);

/* history.c */
void kwg_history_add(const struct kwaitgroup *wg, u64 since_ns, bool aborted);

/* stall.c */
void kwg_stall_expect(const struct kwg_waiter *w);

/* trace.c; to be called if the event of that name is enabled */
DECLARE_TRACEPOINT(kwaitgroup_wait_begin);
DECLARE_TRACEPOINT(kwaitgroup_wait_end);
#define kwg_traced(event)	tracepoint_enabled(kwaitgroup_##event)
void kwg_trace_wait_begin(const struct kwaitgroup *wg, int count,
			  unsigned long ip);
void kwg_trace_wait_end(const struct kwaitgroup *wg, int result, u64 ns,
			unsigned long ip);

#else

/* Nobody limits or lists it, so the first one of each kind is reported. */
#define kwg_misuse(wg, what, count, ip)					\
do {									\
	(void)(wg);							\
	(void)(what);							\
	WARN_ONCE(1, "kwaitgroup: %s %d, called from %pS\n", #what,	\
		  (count), (void *)(ip));				\
} while (0)

static inline bool kwg_count_observed(struct kwaitgroup *wg, int n,
				      unsigned long ip, s64 *state)
{
	return false;
}

static inline void kwg_observe(struct kwaitgroup *wg, int n, s64 state,
			       unsigned long ip)
{
}

static inline void kwg_history_add(const struct kwaitgroup *wg, u64 since_ns,
				   bool aborted)
{
}

static inline void kwg_stall_expect(const struct kwg_waiter *w)
{
}

#define kwg_traced(event)	false

static inline void kwg_trace_wait_begin(const struct kwaitgroup *wg, int count,
					unsigned long ip)
{
}

static inline void kwg_trace_wait_end(const struct kwaitgroup *wg, int result,
				      u64 ns, unsigned long ip)
{
}

#endif

#ifdef CONFIG_KWAITGROUP_MEMBERS

/* stale.c */
bool kwg_members_settled(const struct kwaitgroup *wg);
void kwg_members_forget(const struct kwaitgroup *wg);

#else

static inline bool kwg_members_settled(const struct kwaitgroup *wg)
{
	return true;
}

static inline void kwg_members_forget(const struct kwaitgroup *wg)
{
}

#endif

#endif /* _KWG_CORE_HOOKS_H */
