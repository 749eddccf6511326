/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the stand-in of the kernel, include/, and the scenarios stand on. There are
 * two of it: the explorer (search.c and its friends), in which tasks are fibres
 * and somebody decides before each shared access whose turn it is, and threads.c,
 * for ThreadSanitizer.
 *
 * Seen from both worlds, the kernel's and the host's, so it has C's own types only.
 */
#ifndef _EX_ENGINE_H
#define _EX_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

/* A shared access in the source, for the trace of a replay. */
struct ex_site {
	const char *file, *func, *what;
	int line;
};

#define EX_SITE(text) ({						\
	static const struct ex_site __site = {				\
		__FILE__, __func__, text, __LINE__			\
	};								\
	&__site;							\
})

/*
 * Accesses that the kernel marks, with an order of C11: __ATOMIC_RELAXED and so
 * on. __ATOMIC_SEQ_CST is the kernel's "fully ordered".
 */
enum ex_rmw { EX_ADD, EX_AND, EX_OR, EX_SET };

unsigned long long ex_load(const volatile void *p, unsigned int size, int order,
			   const struct ex_site *site);
void ex_store(volatile void *p, unsigned int size, unsigned long long value,
	      int order, const struct ex_site *site);
/* Returns what was there before. */
unsigned long long ex_rmw(volatile void *p, unsigned int size, enum ex_rmw op,
			  unsigned long long arg, int order,
			  const struct ex_site *site);
bool ex_cmpxchg(volatile void *p, unsigned int size, unsigned long long *old,
		unsigned long long value, int order,
		const struct ex_site *site);
void ex_fence(int order, const struct ex_site *site);
/* Plain accesses that may race, data_race(): until the next call. */
void ex_may_race(bool may);

/* A lock that spins. */
void ex_lock(void *lock, const struct ex_site *site);
void ex_unlock(void *lock, const struct ex_site *site);
bool ex_holds(const void *lock);

/* The context. */
enum ex_context { EX_TASK, EX_IRQ, EX_NMI };

enum ex_context ex_context(void);
unsigned int ex_cpu(void);
void ex_irqs_off(void);
void ex_irqs_on(void);
bool ex_irqs_are_off(void);
bool ex_locks_held(void);

/* The kernel's part of a task. */
struct task_struct {
	unsigned int __state;
	unsigned int signals;
	unsigned long timer_slack_ns;
};

struct task_struct *ex_current(void);
/* Sleeps until the state is 0, TASK_RUNNING. Whether a @timer has fired. */
bool ex_sleep(bool timer, const struct ex_site *site);
/* Makes the state 0 if it is one of @states. */
bool ex_wake(struct task_struct *task, unsigned int states,
	     const struct ex_site *site);

/* A function that is called in a context of its own when it was asked for. */
struct ex_call {
	void (*fn)(struct ex_call *call);
	enum ex_context context;
	int cpu;		/* or -1: its own */
	int pending;		/* asked for, and not begun */
	int slot;
	void *arg;		/* for @fn */
};

/* Before anything runs: there is such a call, in a context of its own. */
void ex_call_init(struct ex_call *call);
/* One more, in a scenario's setup; it outlives what it is for. */
struct ex_call *ex_call_make(void (*fn)(struct ex_call *call), void *arg);
/* False if it was pending. */
bool ex_call_queue(struct ex_call *call, const struct ex_site *site);
/* Neither pending nor running. */
void ex_call_sync(struct ex_call *call, const struct ex_site *site);
/* The same, and not called if it was pending: whether it was. */
bool ex_call_cancel(struct ex_call *call, const struct ex_site *site);

/* The end of a section that a grace period waits for, and is ordered after. */
void ex_section_end(void);
/* All who are between two sleeps have slept, or ended. */
void ex_grace_period(const struct ex_site *site);

/* Until @ready says so of what is at @p. An acquire. */
void ex_await(const void *p, unsigned int size,
	      bool (*ready)(unsigned long long value),
	      const struct ex_site *site);

/* Memory that is given back is poisoned, and never given out again. */
void *ex_alloc(size_t size);
void ex_free(const void *p);
/* The same after a grace period: who was there before has come to its end. */
void ex_free_later(const void *p);
/* But for this: @p, freed before, is allocated once more. */
void *ex_alloc_at(void *p);

/* Ends the execution, and shows its schedule. */
__attribute__((noreturn, format(printf, 1, 2)))
void ex_fail(const char *fmt, ...);
/* A warning of the kernel's: a failure, unless the scenario expects it. */
__attribute__((format(printf, 1, 2)))
void ex_warn(const char *fmt, ...);

#endif /* _EX_ENGINE_H */
