/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bench: what a wait group costs, beside what drivers use today, in the same
 * boot. What is measured is in tables; the lines that it prints, "bench: ...", are
 * for report.py, and for the suite "counts", which compares them with bounds.
 */
#ifndef _KWG_BENCH_H
#define _KWG_BENCH_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/kwaitgroup_holder.h>
#include <linux/kwaitgroup_percpu.h>
#include <linux/percpu-refcount.h>
#include <linux/refcount.h>
#include <linux/srcu.h>
#include <linux/wait.h>
#include <linux/wait_bit.h>

#if IS_ENABLED(CONFIG_CLOSURES)
#include <linux/closure.h>
#define KWG_BENCH_HAS_CLOSURES
#endif

/* What the operations work on. Threads share one, or have one each. */
struct kwg_bench_object {
	/* Nobody is in it, or nobody but who is measured: a done is the last. */
	struct kwaitgroup group ____cacheline_aligned;
	struct kwaitgroup named;	/* somebody has joined it by name */
	struct kwaitgroup_percpu scaling;
	atomic64_t bare ____cacheline_aligned;
	/* One more is in these, so that nobody finishes them. */
	atomic_t count ____cacheline_aligned;
	refcount_t refcount;
	struct kref kref;
	struct percpu_ref percpu;
	struct srcu_struct srcu;
#ifdef KWG_BENCH_HAS_CLOSURES
	struct closure closure;
#endif
	/* Nobody is in this one: who is measured is the last. */
	atomic_t last;
	struct completion completion;
	struct completion completed;	/* for good */
	wait_queue_head_t queue;
};

/* One thing to measure: done @n times. */
struct kwg_bench_op {
	const char *name;
	/* What it is to be compared with: those of the same family. */
	const char *family;
	void (*run)(struct kwg_bench_object *o, unsigned int n);
	bool shared;		/* threads may do it with one object */
	bool varies;		/* turns interrupts on, or depends on others */
};

extern const struct kwg_bench_op kwg_bench_empty;
/* Each ends with one without a name. */
extern const struct kwg_bench_op kwg_bench_group_ops[];
extern const struct kwg_bench_op kwg_bench_peer_ops[];

/* object.c */
int kwg_bench_object_init(struct kwg_bench_object *o);
void kwg_bench_object_exit(struct kwg_bench_object *o);

/* step.c: by one instruction at a time, where the processor can do that. */
struct kwg_bench_steps {
	unsigned long instructions;
	unsigned long atomics;		/* read-modify-writes of a locked bus */
};

bool kwg_bench_can_step(void);
struct kwg_bench_steps kwg_bench_step(const struct kwg_bench_op *op,
				      struct kwg_bench_object *o);

/* A way to wait that sleeps, and who wakes it. */
struct kwg_bench_sleep {
	const char *name;
	void (*arm)(struct kwg_bench_object *o);
	void (*wait)(struct kwg_bench_object *o);
	void (*wake)(struct kwg_bench_object *o);
	bool for_one;		/* wakes one */
};

/* sleeps.c: ends with one without a name; the first is ours. */
extern const struct kwg_bench_sleep kwg_bench_sleeps[];

/* cycle.c: one sleeps and is woken, so often; how long it took most often. */
#define KWG_BENCH_CYCLES	400
struct kwg_bench_cycle {
	u64 most_common;
	unsigned int times;
};

int kwg_bench_cycle(const struct kwg_bench_sleep *s, struct kwg_bench_object *o,
		    struct kwg_bench_cycle *result);

/* crowd.c: many who sleep at once. */
struct kwg_bench_crowd {
	struct kwg_bench_object *o;
	const struct kwg_bench_sleep *s;
	bool counts;		/* instructions instead of nanoseconds */
	int nr;
	int round;
	bool stop;
	wait_queue_head_t gate;
	atomic_t back;
	struct completion all_back;
	struct completion exited;
	struct task_struct **tasks;
	u64 *returned;		/* when each has, by who was first */
};

/* One round: how long the call took that wakes, and when each was back. */
struct kwg_bench_wakeup {
	u64 begin;
	u64 wake;
};

int kwg_bench_crowd_init(struct kwg_bench_crowd *crowd,
			 struct kwg_bench_object *o, int nr, bool counts);
void kwg_bench_crowd_exit(struct kwg_bench_crowd *crowd);
void kwg_bench_crowd_round(struct kwg_bench_crowd *crowd,
			   const struct kwg_bench_sleep *s,
			   struct kwg_bench_wakeup *result);

/* main.c */
#define KWG_BENCH_ROUNDS_MAX	31
__printf(3, 4)
void kwg_bench_row(const u32 *samples, int nr, const char *fmt, ...);

/* What the module does; steps are in counts.c, all others in files of their names. */
int kwg_bench_counts(void);
int kwg_bench_steps(void);
int kwg_bench_times(void);
int kwg_bench_wakeups(void);
int kwg_bench_spawn(void);
int kwg_bench_reuse(void);
void kwg_bench_sizes(void);

#endif /* _KWG_BENCH_H */
