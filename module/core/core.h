/* SPDX-License-Identifier: GPL-2.0 */
/*
 * core/: counting and waiting. Who waits sleeps in buckets, by tickets; asynchronous
 * waiters, and wake-ups that are put off. What lib/ would take; a driver may also
 * compile it into its own module, see samples/embedded.
 * It uses the kernel and nothing of the other rooms: what it tells them is in hooks.h.
 */
#ifndef _KWG_CORE_H
#define _KWG_CORE_H

#include <linux/kwaitgroup.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/rbtree.h>

#include "../mutants.h"
#include "hooks.h"

struct kwg_bucket;
struct kwg_standin;
struct task_struct;
struct workqueue_struct;

/*
 * Where a torture test stretches a race window. Compiled in by
 * CONFIG_KWAITGROUP_DEBUG only (make KWAITGROUP_DEBUG=y out of the tree).
 */
enum kwg_window {
	KWG_WINDOW_FINISHED,	/* between the last done and the bucket lock */
	KWG_WINDOW_UNDO,	/* before a misuse of the count is undone */
	KWG_WINDOW_BROKEN,	/* between breaking a group and the wake */
	KWG_WINDOW_WOKEN,	/* a waiter is told, the waker is in its entry;
				 * under the bucket lock
				 */
	KWG_WINDOW_REGISTER,	/* before a waiter takes the bucket lock */
	KWG_WINDOW_LEAVE,	/* a waiter is woken, or gives up */
	KWG_WINDOW_UNFINISHED,	/* before a work item goes on with a wake-up */
	KWG_WINDOW_GATHER,	/* members count in the word, others in counters */
	KWG_WINDOW_ARMED,	/* a notifier is armed, or gone already */
	KWG_WINDOW_LIST,	/* a reader of debugfs is about to show groups */
	KWG_WINDOW_SLOT_CLAIMED, /* a task owns its slot, and has not joined yet */
	KWG_WINDOW_SLOT_READ,	/* a reader has found a member in a slot, */
	KWG_WINDOW_SLOT_CHECK,	/* and is half way through checking its copy */
	KWG_WINDOW_HOLD,	/* a holder's record is half written */
	KWG_WINDOW_HOLD_READ,	/* a reader has found one */
	KWG_WINDOW_RELEASE,	/* a holder is about to be taken off */
	KWG_WINDOW_CHUNK_FULL,	/* a chunk of holders is not listed any more */
	KWG_WINDOW_KEPT,	/* the time of a kept thread is up, or it has a job */
	KWG_WINDOW_CENSUS,	/* a dead member's group has been looked at, */
	KWG_WINDOW_BURY,	/* it is about to be taken off, */
	KWG_WINDOW_OFF_COUNT,	/* and is not counted any more, but in its slot;
				 * these are under a shard's lock, but for BURY
				 */
};

#ifdef CONFIG_KWAITGROUP_DEBUG
extern void (*kwg_window_hook)(enum kwg_window window);

/* ticket.c */
void kwg_skip_tickets(const struct kwaitgroup *wg, u64 n);

static inline void kwg_window(enum kwg_window window)
{
	void (*hook)(enum kwg_window) = READ_ONCE(kwg_window_hook);

	if (hook)
		hook(window);
}
#else
static inline void kwg_window(enum kwg_window window)
{
}
#endif

/* core.c */

/* No member is left. */
static inline bool kwg_finished(s64 state)
{
	return state >= (kwg_mutant(count_off_by_one) ? -KWAITGROUP_ONE : 0);
}

/* An early waiter has nothing (more) to wait for. */
static inline bool kwg_settled(s64 state)
{
	return kwg_finished(state) || (state & KWAITGROUP_BROKEN);
}

/* What a wait that finds, or is woken by, this state returns. */
static inline int kwg_result(s64 state)
{
	if (state & KWAITGROUP_BADFD)
		return -EBADFD;
	if (state & KWAITGROUP_OWNERDEAD)
		return -EOWNERDEAD;
	return 0;
}

static inline int kwg_state_count(s64 state)
{
	return -(int)(state >> KWAITGROUP_COUNT_SHIFT);
}

s64 kwg_break_state(struct kwaitgroup *wg, s64 flag, int n);
void kwg_break_wake(struct kwaitgroup *wg, s64 state, unsigned long ip);
void kwg_break(struct kwaitgroup *wg, s64 flag, int n, unsigned long ip);
int kwg_finish(struct kwaitgroup *wg, unsigned int n);
int kwg_reinit(struct kwaitgroup *wg, unsigned long ip);

/* Whether @n more members than in @state are a count that there can be. */
static inline bool kwg_may_count(s64 state, int n)
{
	s64 count = (s64)kwg_state_count(state) + n;

	if (kwg_mutant(many_counted_first))
		return true;
	if (n > 0)
		return count <= KWAITGROUP_COUNT_MAX ||
		       kwg_mutant(overflow_unchecked);
	return count >= 0;
}

static inline bool kwg_try_count(struct kwaitgroup *wg, int n, s64 *old,
				 s64 new)
{
	if (n > 0 || kwg_mutant(no_release))
		return atomic64_try_cmpxchg_relaxed(&wg->state, old, new);
	return atomic64_try_cmpxchg_release(&wg->state, old, new);
}

/*
 * Add @n members, or finish -@n, unless that is misuse: then nothing is changed,
 * not for a moment, as there is nothing to undo that others could see.
 */
static inline bool kwg_count(struct kwaitgroup *wg, int n, s64 *state)
{
	s64 old = atomic64_read(&wg->state);

	do {
		*state = old - n * KWAITGROUP_ONE;
		if (!kwg_may_count(old, n))
			return false;
	} while (!kwg_try_count(wg, n, &old, *state));
	return true;
}

/*
 * A member is done, nearly always one with a name: that alone in the word is nothing
 * to wake up or report, so it is not in what this returns. Above zero, there is
 * something for __kwaitgroup_finished().
 */
static __always_inline s64 kwg_finish_named(struct kwaitgroup *wg)
{
	return atomic64_add_return_release(KWAITGROUP_ONE, &wg->state) &
	       ~KWAITGROUP_NAMED;
}

/* kwaitgroup_done() on behalf of @ip. */
static __always_inline void kwg_done(struct kwaitgroup *wg, unsigned long ip)
{
	s64 state;

	if (__kwaitgroup_is_observed()) {
		__kwaitgroup_add(wg, -1, ip);
		return;
	}
	state = kwg_finish_named(wg);
	if (unlikely(state > 0))
		__kwaitgroup_finished(wg, state, 1, ip);
}

/* Why @n more may not be added to @state, or 0: it is too low by somebody's misuse. */
static inline int kwg_add_error(s64 state, unsigned int n)
{
	if ((state & KWAITGROUP_CLOSED) && !kwg_mutant(try_add_ignores_close))
		return -ESHUTDOWN;
	if ((s64)kwg_state_count(state) + n > KWAITGROUP_COUNT_MAX)
		return -EOVERFLOW;
	return 0;
}

/* kwaitgroup_try_add_many() on behalf of @ip; @flags are set with it. */
static __always_inline int kwg_try_add(struct kwaitgroup *wg, unsigned int n,
				       s64 flags, unsigned long ip)
{
	s64 old = atomic64_read(&wg->state);
	s64 new;

	do {
		new = (old - n * KWAITGROUP_ONE) | flags;
		/* Of one the result tells; of many it may be anything. */
		if (n != 1 || unlikely(__kwaitgroup_add_is_bad(new))) {
			int err = kwg_add_error(old, n);

			if (err)
				return err;
		}
	} while (unlikely(!atomic64_try_cmpxchg_acquire(&wg->state, &old,
							new)));
	if (__kwaitgroup_is_observed())
		kwg_observe(wg, n, new, ip);
	return 0;
}

/* bucket.c */

#define KWG_ASLEEP	1

/*
 * Which waits can stall: always, or if the owner of the group asks for it as
 * a signal ends them. A user's and an idle thread's may take any time.
 */
enum kwg_wait_kind {
	KWG_WAIT_WORK,
	KWG_WAIT_SIGNAL,
	KWG_WAIT_IDLE,
	KWG_WAIT_USER,
};

/* A waiter: a task, on its own stack, or an asynchronous one, see async.c. */
struct kwg_waiter {
	struct kwaitgroup *wg;
	struct kwg_bucket *bucket;
	/* All of these under the bucket lock, see queue.c: */
	struct rb_node node;		/* cleared: not queued */
	struct list_head stamped;
	struct list_head unfinished;
	u64 until;			/* if unfinished: a wake-up goes on */
	int until_result;		/* here, up to this ticket */
	u64 ticket;			/* a waker with this one, or newer, wakes it */
	u64 stamp;			/* what its group's word had since then */
	bool rest;			/* not woken before the count is zero */
	int result;			/* KWG_ASLEEP until woken */
	/* Of a task, for debugfs and the watch: */
	u64 reported_ns;		/* as stalled; under the bucket lock */
	u64 since_ns;			/* CLOCK_MONOTONIC */
	unsigned long ip;		/* the call that waits */
	enum kwg_wait_kind kind;
	bool warned;			/* under the bucket lock */
	/* The task that waits, or NULL and what to call instead: */
	struct task_struct *task;
	void (*notify)(struct kwg_waiter *w, u64 ticket);
	/* Of a wait that user space may go on with: */
	u64 position;			/* where it stood, or 0 */
	struct kwg_standin *standin;	/* who waits meanwhile, or NULL */
};

static inline bool kwg_waiter_settled(const struct kwg_waiter *w, s64 state)
{
	return w->rest ? kwg_finished(state) : kwg_settled(state);
}

void kwg_waiter_init(struct kwg_waiter *w, struct kwaitgroup *wg);
bool kwg_register_waiter(struct kwg_waiter *w, struct kwaitgroup *wg);
bool kwg_unregister_waiter(struct kwg_waiter *w);
void kwg_wake(struct kwaitgroup *wg, s64 state, unsigned long ip);

/* async.c */
void kwg_async_init(struct kwg_waiter *w, struct kwaitgroup *wg,
		    void (*notify)(struct kwg_waiter *w, u64 ticket));
void kwg_async_arm(struct kwg_waiter *w);
void kwg_async_disarm(struct kwg_waiter *w, bool (*needed)(struct kwg_waiter *));

/* standin.c: waits for a process whose wait was interrupted. */
struct kwg_standin {
	struct kwg_waiter waiter;
	/* Under the bucket lock: */
	u64 newest;		/* of the positions that it waits for */
	u64 settled;		/* positions up to this one have had their zero */
};

void kwg_standin_init(struct kwg_standin *s, struct kwaitgroup *wg);

/* What has happened in the buckets since the module was loaded. */
struct kwg_wait_stats {
	unsigned long sleeps;	/* waits that had to sleep */
	unsigned long wakeups;	/* waiters woken by a done or by breakage */
	unsigned long aborts;	/* waits ended by a signal or a timeout */
};

void kwg_wait_stats(struct kwg_wait_stats *stats);
int kwg_buckets_init(void);
void kwg_buckets_exit(void);
/* For what must not be done where a member is done; idle after buckets_exit(). */
extern struct workqueue_struct *kwg_wake_wq;

/* walk.c: a look at those who wait. */

/* A place in the order of a bucket's waiters. */
struct kwg_place {
	const struct kwaitgroup *wg;
	bool rest;
	u64 ticket;
	const struct kwg_waiter *w;	/* compared, never followed */
};

/* Where a look goes on: all of its buckets, or a part of one. */
struct kwg_walk {
	unsigned int bucket;		/* below kwg_nr_buckets() */
	struct kwg_place place;
};

/* So much is done with a bucket locked, and by one who is done. */
#ifndef KWG_BATCH
#define KWG_BATCH	32
#endif

unsigned int kwg_nr_buckets(void);
bool kwg_walk_on(struct kwg_walk *walk,
		 bool (*fn)(struct kwg_waiter *w, void *arg), void *arg);
/* With the bucket lock held, as in such a function. */
struct kwg_waiter *kwg_waiter_from(const struct kwg_bucket *b,
				   const struct kwg_place *place);
struct kwg_waiter *kwg_waiter_next(const struct kwg_waiter *w);

/* lockdep.c */
#ifdef CONFIG_LOCKDEP
void kwg_lockdep_wait(struct kwaitgroup *wg);
#else
static inline void kwg_lockdep_wait(struct kwaitgroup *wg)
{
}
#endif

/* wait.c */
int kwg_wait_in(struct kwaitgroup *wg, unsigned int state, long timeout,
		unsigned long ip);
int kwg_wait_until(struct kwaitgroup *wg, ktime_t deadline,
		   struct kwg_standin *standin, u64 *position);

#endif /* _KWG_CORE_H */
