// SPDX-License-Identifier: GPL-2.0
/* Who can take a step: sleep and wake-up, timers, locks, interrupts, calls. */
#include <stdio.h>
#include <string.h>

#include "explorer.h"

static unsigned int nr_works, nr_made;
static struct ex_call made[EX_WORKS];

struct task_struct *ex_current(void)
{
	struct task *t = ex_running;

	/* An interrupt finds the task that it has interrupted. */
	while (t && t->context != EX_TASK && t->below)
		t = t->below;
	return t ? &t->k : &ex_tasks[0].k;
}

enum ex_context ex_context(void)
{
	return ex_running ? ex_running->context : EX_TASK;
}

unsigned int ex_cpu(void)
{
	return ex_running ? ex_running->cpu : 0;
}

void ex_irqs_off(void)
{
	ex_cpus[ex_cpu()].irqs_off = true;
}

void ex_irqs_on(void)
{
	ex_cpus[ex_cpu()].irqs_off = false;
}

bool ex_irqs_are_off(void)
{
	return ex_cpus[ex_cpu()].irqs_off;
}

/* Locks. An unlock is no place to choose: what others do before it they can do after it. */

void ex_lock(void *lock, const struct ex_site *site)
{
	int *holder = lock;

	if (!ex_running)
		return;
	ex_step(OP_LOCK, lock, true, site);
	ex_access(lock, true, __builtin_return_address(0));
	ex_asan((uintptr_t)lock, sizeof(int), true);
	if (*holder == ex_running->slot + 1)
		ex_fail("%s spins for a lock that it holds", ex_running->name);
	*holder = ex_running->slot + 1;
	ex_running->held++;
	ex_order(ex_cell((uintptr_t)lock), __ATOMIC_ACQUIRE, true, false);
	ex_trace(site, 0);
}

void ex_unlock(void *lock, const struct ex_site *site)
{
	int *holder = lock;

	if (!ex_running)
		return;
	if (*holder != ex_running->slot + 1)
		ex_fail("%s unlocks what it does not hold", ex_running->name);
	ex_running->op = (struct op) {
		.kind = OP_ACCESS, .p = (uintptr_t)lock, .write = true,
	};
	ex_access(lock, true, __builtin_return_address(0));
	if (ex_visible((uintptr_t)lock))
		ex_record(ex_running);
	*holder = 0;
	ex_running->held--;
	ex_order(ex_cell((uintptr_t)lock), __ATOMIC_RELEASE, false, true);
	ex_trace(site, 0);
}

bool ex_holds(const void *lock)
{
	return !ex_running || *(const int *)lock == ex_running->slot + 1;
}

bool ex_locks_held(void)
{
	return ex_running && ex_running->held;
}

bool ex_sleep(bool timer, const struct ex_site *site)
{
	struct task *t = ex_running;

	if (t->context != EX_TASK || t->held || ex_irqs_are_off())
		ex_fail("%s sleeps in atomic context", t->name);
	t->timer_armed = timer;
	t->timer_fired = false;
	t->sleeps += t->k.__state != 0;
	ex_step(OP_SLEEP, &t->k.__state, true, site);
	ex_access(&t->k.__state, false, __builtin_return_address(0));
	t->timer_armed = false;
	ex_trace(site, t->timer_fired);
	return t->timer_fired;
}

bool ex_wake(struct task_struct *k, unsigned int states,
	     const struct ex_site *site)
{
	bool wakes;

	ex_step(OP_ACCESS, &k->__state, true, site);
	wakes = k->__state & states;
	ex_access(&k->__state, wakes, __builtin_return_address(0));
	if (wakes) {
		ex_order_fence(__ATOMIC_SEQ_CST);
		k->__state = 0;
	}
	ex_trace(site, wakes);
	return wakes;
}

/* It wakes its task whether that still sleeps or not: nobody has stopped it. */
void ex_fire(struct task *timer)
{
	struct task *t = &ex_tasks[timer->slot - SLOT_TIMERS];

	ex_record(timer);
	ex_report_step(timer);
	t->timer_fired = true;
	t->k.__state = 0;
}

void ex_await(const void *p, unsigned int size,
	      bool (*ready)(unsigned long long value),
	      const struct ex_site *site)
{
	ex_step_op((struct op) {
		.kind = OP_AWAIT, .p = (uintptr_t)p, .site = site,
		.size = size, .ready = ready,
	});
	ex_access(p, false, __builtin_return_address(0));
	ex_order(ex_cell((uintptr_t)p), __ATOMIC_ACQUIRE, true, false);
	ex_trace(site, ex_get(p, size));
}

/* Calls: work items and irq_works. */

void ex_call_init(struct ex_call *call)
{
	call->slot = SLOT_WORKS + nr_works++;
}

struct ex_call *ex_call_make(void (*fn)(struct ex_call *call), void *arg)
{
	struct ex_call *call = &made[nr_made];

	if (nr_works + nr_made == EX_WORKS)
		ex_fail("more than %d work items", EX_WORKS);
	*call = (struct ex_call) {
		.fn = fn, .cpu = -1, .slot = SLOT_WORKS + nr_works + nr_made,
		.arg = arg,
	};
	nr_made++;
	return call;
}

/* A new execution: those that were made for the last one are gone. */
void ex_calls_reset(void)
{
	nr_made = 0;
}

static void call_run(void *arg)
{
	struct ex_call *call = arg;

	call->fn(call);
}

static void call_fibre(struct ex_call *call)
{
	bool irq = call->context == EX_IRQ;

	/* On the CPU that asks for it, always the same one: the data is its own. */
	if (irq)
		call->cpu = ex_cpu();
	if (irq)
		call->slot = SLOT_IRQ_WORKS + call->cpu;
	if (!ex_tasks[call->slot].used)
		ex_fibre(call->slot, irq ? "irq_work" : "worker", call->context,
			 irq ? call->cpu : call->slot - SLOT_WORKS + EX_TASKS,
			 call_run, call);
	ex_tasks[call->slot].call = call;
}

/* As xchg() does it. */
static bool pending_exchange(struct ex_call *call, bool pending,
			     const struct ex_site *site)
{
	bool was;

	ex_step(OP_ACCESS, &call->pending, true, site);
	ex_access(&call->pending, true, __builtin_return_address(0));
	ex_order(ex_cell((uintptr_t)&call->pending), __ATOMIC_SEQ_CST, true,
		 true);
	was = call->pending;
	ex_trace(site, was);
	call->pending = pending;
	return was;
}

bool ex_call_queue(struct ex_call *call, const struct ex_site *site)
{
	call_fibre(call);
	return !pending_exchange(call, true, site);
}

bool ex_call_cancel(struct ex_call *call, const struct ex_site *site)
{
	bool was = ex_running && pending_exchange(call, false, site);

	ex_call_sync(call, site);
	return was;
}

void ex_call_sync(struct ex_call *call, const struct ex_site *site)
{
	const struct task *t = &ex_tasks[call->slot];

	if (!ex_running)
		return;
	ex_step(OP_SYNC, &call->pending, false, site);
	ex_access(&call->pending, false, __builtin_return_address(0));
	ex_order(ex_cell((uintptr_t)&call->pending), __ATOMIC_ACQUIRE, true,
		 false);
	/* Ordered after what it did, too. */
	if (t->used && t->call == call)
		ex_join(&ex_running->sync, &t->sync);
}

/* Whether the call that has this flag is pending, or runs. */
static bool call_is_busy(uintptr_t pending)
{
	const struct ex_call *call =
		(const void *)(pending - offsetof(struct ex_call, pending));
	const struct task *t = &ex_tasks[call->slot];

	return call->pending ||
	       (t->used && t->call == call && t->started && !t->finished);
}

/* A task or a handler begins; a call no longer counts as asked for. */
void ex_started(struct task *t)
{
	struct task *before = ex_running;

	t->op = (struct op) {
		.kind = OP_START, .p = t->call ? (uintptr_t)&t->call->pending : 0,
		.write = true,
	};
	ex_record(t);
	ex_report_step(t);
	if (!t->call)
		return;
	ex_running = t;
	ex_check(t->op.p, 4, true, true, __builtin_return_address(0));
	ex_order(ex_cell(t->op.p), __ATOMIC_SEQ_CST, true, true);
	t->call->pending = 0;
	ex_running = before;
}

/* Grace periods */

static bool has_slept(const struct task *t, unsigned int sleeps)
{
	return t->sleeps != sleeps || t->op.kind == OP_AWAIT ||
	       t->op.kind == OP_GRACE_END ||
	       (t->op.kind == OP_SLEEP && t->k.__state);
}

/* No place to choose: only grace periods are ordered after it. */
void ex_section_end(void)
{
	struct task *t = ex_running;

	if (!t)
		return;
	ex_join(&t->sections, &t->sync);
	t->sync.at[t->slot]++;
}

void ex_grace_period(const struct ex_site *site)
{
	struct task *me = ex_running;
	int i;

	if (!me)
		return;
	ex_step(OP_GRACE, NULL, true, site);
	for (i = 0; i < EX_SLOTS; i++) {
		const struct task *t = &ex_tasks[i];

		me->holdouts[i] = 0;
		if (t != me && t->used && t->started && !t->finished)
			me->holdouts[i] = t->sleeps + 1;
	}
	ex_step(OP_GRACE_END, NULL, true, site);
	for (i = 0; i < EX_SLOTS; i++)
		ex_join(&me->sync, &ex_tasks[i].sections);
	ex_trace(site, 0);
}

static bool grace_is_over(const struct task *me)
{
	int i;

	for (i = 0; i < EX_SLOTS; i++)
		if (me->holdouts[i] &&
		    !has_slept(&ex_tasks[i], me->holdouts[i] - 1))
			return false;
	return true;
}

/* A task begins on a CPU of its own; an interrupt where they are on. */
static bool can_start(const struct task *t)
{
	const struct cpu *cpu = &ex_cpus[t->cpu];

	if (t->call && !t->call->pending)
		return false;
	switch (t->context) {
	case EX_TASK:
		return !cpu->top;
	case EX_IRQ:
		return !cpu->irqs_off &&
		       (!cpu->top || cpu->top->context == EX_TASK);
	case EX_NMI:
		break;
	}
	return !cpu->top || cpu->top->context != EX_NMI;
}

/* Whether it can take its next step now. */
bool ex_enabled(const struct task *t)
{
	const struct task *sleeper;

	if (!t->used)
		return false;
	if (t->op.kind == OP_TIMER) {
		sleeper = &ex_tasks[t->slot - SLOT_TIMERS];
		return sleeper->timer_armed && !sleeper->timer_fired;
	}
	if (!t->started || t->finished)
		return (!t->started || t->call) && can_start(t);
	if (ex_cpus[t->cpu].top != t)
		return false;
	switch (t->op.kind) {
	case OP_LOCK:
		return !*(const int *)t->op.p;
	case OP_SLEEP:
		return !t->k.__state;
	case OP_AWAIT:
		return t->op.ready(ex_get((void *)t->op.p, t->op.size));
	case OP_SYNC:
		return !call_is_busy(t->op.p);
	case OP_GRACE_END:
		return grace_is_over(t);
	default:
		return true;
	}
}
