// SPDX-License-Identifier: GPL-2.0
/*
 * The same scenarios with threads, for ThreadSanitizer: on a real machine, with the
 * orders of C11 that the kernel's are. It sees what is not ordered; it tries the
 * schedules that come, again and again for a while.
 *
 * What the stand-in needs to do its part must order nothing itself, or it would hide
 * what the core forgets. So there is no lock of pthreads in here, and a sleeper is
 * woken by a relaxed store.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "threads.h"

#define MAX_THREADS	24
#define MAX_MADE	4

/* A task, a handler, or who makes a call. */
static struct thread {
	struct task_struct k;	/* the first */
	const char *name;
	enum ex_context context;
	unsigned int cpu, sleeps, sections;
	bool asleep, ended, irqs_off;
	unsigned int held;
	void (*fn)(void *arg);
	void *arg;
	struct ex_call *call;
	pthread_t id;
} threads[MAX_THREADS];

static unsigned int nr_threads, nr_tasks, nr_made;
static struct ex_call made[MAX_MADE];
static bool started, stopped;
static __thread struct thread *me;

/* Spinning, with a little patience. */
static void relax(void)
{
	sched_yield();
}

static unsigned int my_number(void)
{
	return me ? me - threads + 1 : MAX_THREADS + 1;
}

void ex_lock(void *lock, const struct ex_site *site)
{
	unsigned int none;

	for (;;) {
		none = 0;
		if (__atomic_compare_exchange_n((unsigned int *)lock, &none,
						my_number(), false,
						__ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			break;
		relax();
	}
	if (me)
		me->held++;
}

void ex_unlock(void *lock, const struct ex_site *site)
{
	if (me)
		me->held--;
	__atomic_store_n((unsigned int *)lock, 0, __ATOMIC_RELEASE);
}

bool ex_holds(const void *lock)
{
	return RELAXED((const unsigned int *)lock) == my_number();
}

bool ex_locks_held(void)
{
	return me && me->held;
}

/* Context: an interrupt is a thread that runs when it likes. */

enum ex_context ex_context(void)
{
	return me ? me->context : EX_TASK;
}

unsigned int ex_cpu(void)
{
	return me ? me->cpu : 0;
}

void ex_irqs_off(void)
{
	if (me)
		me->irqs_off = true;
}

void ex_irqs_on(void)
{
	if (me)
		me->irqs_off = false;
}

bool ex_irqs_are_off(void)
{
	return me && me->irqs_off;
}

struct task_struct *ex_current(void)
{
	return me ? &me->k : &threads[0].k;
}

/* Sleep and wake-up */

static void futex_wait(unsigned int *p, unsigned int value, long ns)
{
	struct timespec ts = { .tv_nsec = ns };

	syscall(SYS_futex, p, FUTEX_WAIT_PRIVATE, value, ns ? &ts : NULL, NULL,
		0);
}

bool ex_sleep(bool timer, const struct ex_site *site)
{
	bool fired = false;
	unsigned int state;

	RELAX(&me->asleep, true);
	while ((state = RELAXED(&me->k.__state)) && !fired) {
		futex_wait(&me->k.__state, state, timer ? 20000 : 0);
		fired = timer && (random() & 1);
	}
	if (fired)
		RELAX(&me->k.__state, 0);
	RELAX(&me->asleep, false);
	RELAX(&me->sleeps, me->sleeps + 1);
	return fired;
}

bool ex_wake(struct task_struct *task, unsigned int states,
	     const struct ex_site *site)
{
	unsigned int state = RELAXED(&task->__state);

	do {
		if (!(state & states))
			return false;
	} while (!__atomic_compare_exchange_n(&task->__state, &state, 0, false,
					      __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	syscall(SYS_futex, &task->__state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL,
		0);
	return true;
}

void ex_await(const void *p, unsigned int size,
	      bool (*ready)(unsigned long long value),
	      const struct ex_site *site)
{
	RELAX(&me->asleep, true);
	while (!ready(ex_load(p, size, __ATOMIC_ACQUIRE, site)))
		relax();
	RELAX(&me->asleep, false);
	RELAX(&me->sleeps, me->sleeps + 1);
}

void ex_section_end(void)
{
	if (me)
		__atomic_fetch_add(&me->sections, 1, __ATOMIC_RELEASE);
}

void ex_grace_period(const struct ex_site *site)
{
	unsigned int sleeps[MAX_THREADS], i, n = RELAXED(&nr_threads);

	if (!me)
		return;
	for (i = 0; i < n; i++)
		sleeps[i] = RELAXED(&threads[i].sleeps);
	RELAX(&me->asleep, true);
	for (i = 0; i < n; i++)
		while (&threads[i] != me && !RELAXED(&threads[i].asleep) &&
		       !RELAXED(&threads[i].ended) &&
		       RELAXED(&threads[i].sleeps) == sleeps[i])
			relax();
	for (i = 0; i < n; i++)
		__atomic_load_n(&threads[i].sections, __ATOMIC_ACQUIRE);
	RELAX(&me->asleep, false);
}

/* Threads */

static void *run(void *arg)
{
	me = arg;
	while (!__atomic_load_n(&started, __ATOMIC_RELAXED))
		relax();
	me->fn(me->arg);
	RELAX(&me->ended, true);
	return NULL;
}

static struct thread *thread_add(const char *name, enum ex_context context,
				 void (*fn)(void *arg), void *arg)
{
	unsigned int i = __atomic_fetch_add(&nr_threads, 1, __ATOMIC_RELAXED);

	if (i == MAX_THREADS)
		ex_fail("more than %d threads", MAX_THREADS);
	/* Others may look at the rest of it already, at zeroes. */
	threads[i].name = name;
	threads[i].context = context;
	threads[i].cpu = i % 12;
	threads[i].fn = fn;
	threads[i].arg = arg;
	return &threads[i];
}

struct task_struct *ex_task(const char *name, void (*fn)(void *arg), void *arg)
{
	return &thread_add(name, EX_TASK, fn, arg)->k;
}

void ex_irq(const char *name, struct task_struct *task, void (*fn)(void *arg),
	    void *arg)
{
	thread_add(name, EX_IRQ, fn, arg)->cpu = ((struct thread *)task)->cpu;
}

void ex_nmi(const char *name, struct task_struct *task, void (*fn)(void *arg),
	    void *arg)
{
	thread_add(name, EX_NMI, fn, arg)->cpu = ((struct thread *)task)->cpu;
}

/* Calls: who makes them is there from the first time on, and sleeps between. */

static void caller(void *arg)
{
	struct ex_call *call = arg;

	while (!RELAXED(&stopped) || RELAXED(&call->pending)) {
		RELAX(&me->asleep, false);
		if (__atomic_exchange_n(&call->pending, 0, __ATOMIC_SEQ_CST))
			call->fn(call);
		/* Pairs with ex_call_sync(). */
		__atomic_store_n(&me->asleep, true, __ATOMIC_RELEASE);
		relax();
	}
}

void ex_call_init(struct ex_call *call)
{
}

struct ex_call *ex_call_make(void (*fn)(struct ex_call *call), void *arg)
{
	if (nr_made == MAX_MADE)
		ex_fail("too many work items");
	made[nr_made] = (struct ex_call) { .fn = fn, .cpu = -1, .arg = arg };
	return &made[nr_made++];
}

bool ex_call_queue(struct ex_call *call, const struct ex_site *site)
{
	bool queued = !__atomic_exchange_n(&call->pending, 1, __ATOMIC_SEQ_CST);
	struct thread *t;

	if (__atomic_exchange_n(&call->slot, 1, __ATOMIC_RELAXED))
		return queued;
	t = thread_add("call", call->context, caller, call);
	t->cpu = call->context == EX_IRQ ? ex_cpu() : t->cpu;
	RELAX(&t->call, call);
	pthread_create(&t->id, NULL, run, t);
	return queued;
}

void ex_call_sync(struct ex_call *call, const struct ex_site *site)
{
	unsigned int i;

	while (__atomic_load_n(&call->pending, __ATOMIC_ACQUIRE))
		relax();
	for (i = 0; i < RELAXED(&nr_threads); i++)
		while (RELAXED(&threads[i].call) == call &&
		       !__atomic_load_n(&threads[i].asleep, __ATOMIC_ACQUIRE))
			relax();
}

bool ex_call_cancel(struct ex_call *call, const struct ex_site *site)
{
	bool was = __atomic_exchange_n(&call->pending, 0, __ATOMIC_SEQ_CST);

	ex_call_sync(call, site);
	return was;
}

/* Once more from the beginning; all threads end. */
void threads_round(const struct scenario *s)
{
	unsigned int i;

	memset(threads, 0, sizeof(threads));
	nr_threads = 0;
	nr_made = 0;
	started = false;
	stopped = false;
	s->setup();
	nr_tasks = nr_threads;
	for (i = 0; i < nr_tasks; i++)
		pthread_create(&threads[i].id, NULL, run, &threads[i]);
	RELAX(&started, true);
	for (i = 0; i < nr_tasks; i++)
		pthread_join(threads[i].id, NULL);
	RELAX(&stopped, true);
	for (; i < RELAXED(&nr_threads); i++)
		pthread_join(threads[i].id, NULL);
	if (s->end)
		s->end();
	ex_leftovers();
}
