/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The torture test: threads, slots in which wait groups live and die, and the
 * records from which a checker decides whether S1 to S4 of <linux/kwaitgroup.h>
 * held. What each check proves, and why it has no false alarm, is in check.c.
 */
#ifndef _KWG_TORTURE_H
#define _KWG_TORTURE_H

#include <linux/irq_work.h>
#include <linux/prandom.h>

#include "../module/core/core.h"
#include "kwg_kunit.h"

#ifndef KUNIT_CASE_SLOW
#define KUNIT_CASE_SLOW(fn) KUNIT_CASE(fn)
#endif

/* Since a case of KUnit's can have an init, a generator is told the test. */
#ifdef KUNIT_CASE_PARAM_WITH_INIT
#define KWT_GEN_ARGS struct kunit *test, const void *prev, char *desc
#else
#define KWT_GEN_ARGS const void *prev, char *desc
#endif

#define KWT_CELLS	8	/* most members of a group at a time */
#define KWT_BATCH	3	/* most members that one add or done is for */
#define KWT_MAX_THREADS	100
#define KWT_MAX_GROUPS	64

/* What is counted: by each thread for itself, added up at the end. */
enum kwt_stat {
	KWT_ADDS,
	KWT_DONES,
	KWT_DONES_IRQ,		/* with interrupts off, or from an irq_work */
	KWT_TRY_REFUSED,	/* by a closed group */
	KWT_CLOSES,
	KWT_WAITS,
	KWT_WAITS_ZERO,
	KWT_WAITS_TIMEOUT,
	KWT_WAITS_SIGNAL,
	KWT_SIGNALS_SENT,
	KWT_REINITS,
	KWT_REUSES,		/* a new group at the address of an old one */
	KWT_LATE_WAKERS,	/* delayed until its group was gone */
	KWT_DELAYS,		/* injected in windows of the primitive */
	KWT_STATS
};

/* What can be wrong. */
enum kwt_violation {
	KWT_S1,			/* returned 0 without a zero */
	KWT_S2,			/* asleep although there was a zero */
	KWT_S3,			/* a member's data is not visible */
	KWT_S4,			/* memory written after it was free */
	KWT_RESULT,		/* a call returned what it must not */
	KWT_VIOLATIONS
};

/*
 * A bound of a group's count, and how often it has reached zero: the count in
 * the low half, the zeros in the high half of one word.
 */
struct kwt_ghost {
	atomic64_t word;
};

/* One member of a group, passed from who adds to who finishes. */
enum kwt_cell_state { KWT_FREE, KWT_JOINING, KWT_MEMBER, KWT_FINISHING };

struct kwt_cell {
	atomic_t state;
	struct kwaitgroup *wg;
	u32 seq;		/* of the member in it; its holder's */
	u32 due;		/* the newest that was surely added */
	u32 wrote;		/* the newest that is about to finish */
	u32 plain;		/* the same, without any marked access */
};

/*
 * Where a group lives. The slot outlives its groups, one at a time, and is
 * never part of what is under test.
 */
#define KWT_RETIRING	BIT(30)

struct kwt_slot {
	struct kwaitgroup *wg;	/* changed only by who retires the slot */
	bool closable;		/* so is this: all adds are try_add */
	atomic_t pins;		/* who may use @wg without being a member */
	atomic_t generation;
	wait_queue_head_t unpinned;
	struct kwt_ghost surely;	/* never above the count */
	struct kwt_ghost possibly;	/* never below it */
	struct kwt_cell cells[KWT_CELLS];
};

/* What a thread is waiting in, for the checker of S2. */
struct kwt_watch {
	struct kwt_slot *slot;	/* NULL: not in a wait */
	u32 call;		/* which one */
};

struct kwt_run;

struct kwt_thread {
	struct kwg_thread thread;
	struct kwt_run *run;
	struct rnd_state rnd;
	struct kwt_watch watch;
	bool interruptible;	/* worth a signal */
	bool may_sleep;		/* in the window of a done */
	struct kwt_slot *finishing;
	struct irq_work irq;
	struct kwt_slot *irq_slot;
	struct kwt_cell *irq_cell;
	unsigned long stats[KWT_STATS];

	/* the checker's own */
	struct kwt_watch seen;
	s64 seen_zero;
	int overdue;
};

/* One round of the mix. */
struct kwt_shape {
	const char *name;
	int share;		/* of the groups that were asked for: 1 / share */
	bool heap;		/* groups come from kmalloc, not from one bucket */
	bool hotplug;
};

struct kwt_run {
	const struct kwt_shape *shape;
	struct kwt_thread *threads;
	struct kwt_slot *slots;
	void *arena;
	int nr_threads, nr_groups, nr_started;
	unsigned long start, end;	/* jiffies */
	bool stop;			/* nothing new */
	atomic_t waiters;		/* threads that may wait */
	atomic_t violations[KWT_VIOLATIONS];
	int hotplug_cpu;		/* the last one that was moved */
	int hotplug_steps;
	int hotplug_error;
};

/* main_kunit.c: parameters */
extern int kwt_seconds, kwt_nr_threads, kwt_nr_groups;
extern bool kwt_delays;
int kwt_row_seconds(void);

/* mix.c */
void kwt_mix(struct kunit *test, const struct kwt_shape *shape, int seconds,
	     u32 seed);
void kwt_mix_totals(struct kunit *test);

/* slot.c */
int kwt_slots_init(struct kwt_run *run, u32 seed);
void kwt_slots_free(struct kwt_run *run);
bool kwt_enter(struct kwt_slot *slot);
void kwt_leave(struct kwt_slot *slot);
int kwt_join_group(struct kwt_thread *t, struct kwt_slot *slot, int nr);
int kwt_finish_some(struct kwt_thread *t, struct kwt_slot *slot, int nr);
void kwt_retire(struct kwt_thread *t, struct kwt_slot *slot);
void kwt_irq_finish(struct irq_work *work);

/* check.c */

/* What a thread knows before it waits. */
struct kwt_call {
	s64 surely;
	u32 due[KWT_CELLS];
};

void kwt_ghost_add(struct kwt_ghost *ghost, int n);
void kwt_ghost_sub(struct kwt_ghost *ghost, int n);
static inline u32 kwt_ghost_count(s64 word)
{
	return word;
}

__printf(3, 4)
void kwt_violation(struct kwt_run *run, enum kwt_violation what,
		   const char *fmt, ...);
void kwt_call_begin(struct kwt_thread *t, struct kwt_slot *slot,
		    struct kwt_call *call);
void kwt_call_end(struct kwt_thread *t, struct kwt_slot *slot,
		  const struct kwt_call *call, int ret);
void kwt_check_empty(struct kwt_thread *t, struct kwt_slot *slot);
void kwt_check_poison(struct kwt_run *run, const void *mem, size_t size,
		      u8 byte);
void kwt_watch_all(struct kwt_run *run);

/* threads.c */
int kwt_threads_start(struct kwt_run *run);
void kwt_threads_end(struct kwt_run *run, bool woken);
struct kwt_thread *kwt_current(void);
int kwt_wait(struct kwt_thread *t, struct kwt_slot *slot, int kind);
#define KWT_WAIT_KINDS	5

static inline u32 kwt_random(struct kwt_thread *t, u32 below)
{
	return ((u64)prandom_u32_state(&t->rnd) * below) >> 32;
}

static inline bool kwt_stopped(const struct kwt_run *run)
{
	return READ_ONCE(run->stop);
}

/* delay.c */
void kwt_pause(struct kwt_thread *t);
void kwt_delays_start(u32 seed);
void kwt_delays_stop(void);

/* throughput_kunit.c */
void kwt_five_threads_backoff(struct kunit *test);
void kwt_hundred_threads_throttled(struct kunit *test);

#endif /* _KWG_TORTURE_H */
