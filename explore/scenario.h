/* SPDX-License-Identifier: GPL-2.0 */
/* What a scenario is written with; see README.md. */
#ifndef _EX_SCENARIO_H
#define _EX_SCENARIO_H

#include "engine.h"

#define EX_NO_BOUND	255

struct scenario {
	const char *name, *about;
	/* Before the tasks, and after they have ended. */
	void (*setup)(void);
	void (*end)(void);
	unsigned int bound;		/* preemptions, or EX_NO_BOUND */
	struct scenario *next;
};

/* Whether this is the program with threads. */
extern const bool ex_threads;
extern const struct scenario *ex_scenarios;
void ex_scenario_add(struct scenario *s);

/*
 * A scenario, whose tasks are made by the block that follows. Variables of its file
 * that are static are as they were initialised, before each execution.
 */
#define __SCENARIO(id, text, end_fn, preemptions)			\
	static void id##_setup(void);					\
	static struct scenario id##_scenario = {			\
		.name = #id, .about = text, .setup = id##_setup,	\
		.end = end_fn, .bound = preemptions,			\
	};								\
	static void __attribute__((constructor)) id##_add(void)		\
	{								\
		ex_scenario_add(&id##_scenario);			\
	}								\
	static void id##_setup(void)

#define SCENARIO(id, text) __SCENARIO(id, text, NULL, EX_NO_BOUND)
/* With something to look at when all tasks have ended. */
#define SCENARIO_END(id, text, end_fn) \
	__SCENARIO(id, text, end_fn, EX_NO_BOUND)
/* One that is too large for all of its schedules. */
#define SCENARIO_BOUND_END(id, text, preemptions, end_fn) \
	__SCENARIO(id, text, end_fn, preemptions)
#define SCENARIO_BOUND(id, text, preemptions) \
	SCENARIO_BOUND_END(id, text, preemptions, NULL)

struct task_struct *ex_task(const char *name, void (*fn)(void *arg), void *arg);
/* On the CPU of @task; comes when it likes, an interrupt if they are on. */
void ex_irq(const char *name, struct task_struct *task, void (*fn)(void *arg),
	    void *arg);
void ex_nmi(const char *name, struct task_struct *task, void (*fn)(void *arg),
	    void *arg);

/* A word, of which ex_is_zero() tells whether it is a count of zero. */
void ex_watch(const volatile void *p);
bool ex_is_zero(unsigned long long value);
/* The next wait of this task is for @p. */
void ex_wait_begins(const volatile void *p);
/* Whether it was, at some instant since then, as far as this task can know. */
bool ex_wait_had_zero(void);
/* The frames below the caller's are gone: nobody may be in them. */
void ex_frames_end(void);

/* What a scenario must not leave behind. */
void ex_leftovers(void);

/* So many of such warnings there must be, at the end. */
void ex_expect(const char *warning, unsigned int min, unsigned int max);
unsigned int ex_warnings(const char *warning);

#endif /* _EX_SCENARIO_H */
