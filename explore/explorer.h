/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the explorer share. */
#ifndef _EX_EXPLORER_H
#define _EX_EXPLORER_H

#include <stdint.h>
#include <ucontext.h>

#include "engine.h"
#include "runs.h"

/*
 * Who can take a step: the tasks and handlers of a scenario, a timer for each of
 * them, an irq_work for each CPU, and the work items. A letter each, in a schedule.
 */
#define EX_TASKS	8
#define SLOT_TIMERS	EX_TASKS
#define SLOT_IRQ_WORKS	(SLOT_TIMERS + EX_TASKS)
#define SLOT_WORKS	(SLOT_IRQ_WORKS + EX_TASKS)
#define EX_WORKS	4
#define EX_SLOTS	(SLOT_WORKS + EX_WORKS)
#define EX_CPUS		(EX_TASKS + EX_WORKS)

/* A vector clock: of each slot, the newest step that is known to be before. */
struct clock {
	uint16_t at[EX_SLOTS];
};

enum op_kind {
	OP_START,		/* of a task or a handler */
	OP_ACCESS,
	OP_LOCK,
	OP_SLEEP,
	OP_AWAIT,
	OP_SYNC,		/* until a call neither is pending nor runs */
	OP_GRACE,		/* a grace period begins, */
	OP_GRACE_END,
	OP_EXIT,
	OP_TIMER,
};

/* The next step of a task. */
struct op {
	enum op_kind kind;
	bool write;
	uintptr_t p;		/* the object, or 0 */
	const struct ex_site *site;
	unsigned int size;	/* of OP_AWAIT */
	bool (*ready)(unsigned long long value);
};

struct task {
	struct task_struct k;	/* the first */
	char name[16];
	int slot, cpu;
	enum ex_context context;
	void (*fn)(void *arg);
	void *arg;
	bool used, started, finished;
	struct op op;
	struct task *below;	/* whom it has interrupted */
	struct ex_call *call;	/* of an irq_work or a work item */
	bool timer_armed, timer_fired;
	unsigned int sleeps;	/* how often it did, or has ended */
	unsigned int held;	/* locks */
	unsigned int holdouts[EX_SLOTS]; /* of its grace period: @sleeps then, + 1 */
	/*
	 * @sync: what happens before by what the kernel promises. @trace: by the
	 * order of this execution, that is, which steps cannot be exchanged.
	 */
	struct clock sync, trace;
	struct clock to_acquire, released; /* for fences */
	struct clock sections;	/* of RCU, that it has ended */
	/* A wait that is watched: see watch.c. */
	const volatile void *watch;
	bool watch_begins, watch_zero;
	unsigned int watch_from;
	ucontext_t uc;
	char *stack;
};

struct cpu {
	struct task *top;	/* who runs, or is interrupted by nobody */
	bool irqs_off;
};

/* What is known of four bytes that are shared. */
struct cell {
	uintptr_t key;
	unsigned int run;	/* in which it is valid */
	bool synced;
	/* A bit for each slot: who was there since the last plain write, and how. */
	uint32_t writers, write_marked, readers, read_marked;
	uint16_t write_at[EX_SLOTS], read_at[EX_SLOTS];
	/* Where: the program is below 4 GB. */
	uint32_t write_pc[EX_SLOTS], read_pc[EX_SLOTS];
	struct clock release;	/* what an acquire gets */
	struct clock trace_write, trace_read;
};

enum outcome { RUNS, ENDED, KNOWN, RESTART };

/* The run. */
extern struct task ex_tasks[EX_SLOTS];
extern struct cpu ex_cpus[EX_CPUS];
extern struct task *ex_running;		/* NULL: setup, or the end */
extern unsigned int ex_run_nr;
extern bool ex_replaying;

/* search.c */
int ex_decide(void);
void ex_recorded(uint64_t hash);

/* fibre.c */
void ex_fibres_reset(void);
struct task *ex_fibre(int slot, const char *name, enum ex_context context,
		      int cpu, void (*fn)(void *arg), void *arg);
enum outcome ex_fibres_run(void);
void ex_reschedule(void);
__attribute__((noreturn)) void ex_outcome(enum outcome outcome);
int ex_stack_owner(uintptr_t p);

/* step.c */
void ex_step(enum op_kind kind, const volatile void *p, bool write,
	     const struct ex_site *site);
void ex_record(struct task *t);
uint64_t ex_hash_of(const struct task *t);
void ex_step_op(struct op op);
unsigned long long ex_get(const volatile void *p, unsigned int size);
void ex_access(const volatile void *p, bool write, const void *pc);
void ex_plain(uintptr_t p, unsigned int size, bool write, const void *pc);

/* sleep.c */
bool ex_enabled(const struct task *t);
void ex_started(struct task *t);
void ex_calls_reset(void);
void ex_fire(struct task *timer);

/* clock.c */
void ex_join(struct clock *to, const struct clock *from);
struct cell *ex_cell(uintptr_t p);
struct cell *ex_cell_known(uintptr_t p);
bool ex_visible(uintptr_t p);
void ex_make_visible(uintptr_t p);
void ex_check(uintptr_t p, unsigned int size, bool write, bool marked,
	      const void *pc);
void ex_order(struct cell *cell, int order, bool read, bool write);
void ex_order_fence(int order);
void ex_left_frame(uintptr_t from, uintptr_t to);
void ex_trace_of(const struct task *t, struct clock *trace);
void ex_trace_step(struct task *t);
void ex_clocks_reset(void);

/* memory.c */
void ex_memory_reset(void);
void ex_asan(uintptr_t p, unsigned int size, bool write);

/* watch.c */
void ex_watch_reset(void);
void ex_watch_access(const volatile void *p, unsigned long long value,
		     bool write);

/* report.c */
void ex_report_reset(void);
void ex_report_step(const struct task *t);
void ex_trace(const struct ex_site *site, unsigned long long value);
__attribute__((noreturn))
void ex_report_race(uintptr_t p, const void *pc, const void *other_pc);
void ex_report_end(void);
int ex_replay_next(void);
void ex_replay_read(const char *schedule);

#endif /* _EX_EXPLORER_H */
