// SPDX-License-Identifier: GPL-2.0
/* Tasks and handlers as coroutines, of which AddressSanitizer is told. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

#include "explorer.h"

/* Always at the same place, so that one run is like the other. */
#define STACKS		0x200000000000ul
#define STACK_SIZE	(256ul << 10)
/* So much of it tasks need; the rest is for reports. */
#define STACK_USED	(32ul << 10)

struct task ex_tasks[EX_SLOTS];
struct cpu ex_cpus[EX_CPUS];
struct task *ex_running;
unsigned int ex_run_nr;

/*
 * libc's own: what AddressSanitizer has in their place takes a stack that is
 * switched to for a new one, and forgets what is poisoned there.
 */
static int (*libc_swapcontext)(ucontext_t *from, const ucontext_t *to);

static ucontext_t main_context;
static const void *main_stack;
static size_t main_stack_size;
static enum outcome outcome;
static struct task *dead;

/* Whose stack it is, or -1. */
int ex_stack_owner(uintptr_t p)
{
	return p - STACKS < EX_SLOTS * STACK_SIZE ? (p - STACKS) / STACK_SIZE :
						    -1;
}

static void stacks_map(void)
{
	void *p = mmap((void *)STACKS, EX_SLOTS * STACK_SIZE,
		       PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	int i;

	if (p != (void *)STACKS) {
		perror("stacks");
		exit(2);
	}
	for (i = 0; i < EX_SLOTS; i++)
		ex_tasks[i].stack = (char *)STACKS + i * STACK_SIZE;
	libc_swapcontext = dlsym(dlopen(LIBC_SO, RTLD_NOW), "swapcontext");
}

static char *stack_used(const struct task *t)
{
	return t->stack + STACK_SIZE - STACK_USED;
}

/* A new execution: nobody is there. */
void ex_fibres_reset(void)
{
	int i;

	if (!ex_tasks[0].stack)
		stacks_map();
	for (i = 0; i < EX_SLOTS; i++) {
		struct task *t = &ex_tasks[i];

		if (t->started)
			__asan_unpoison_memory_region(stack_used(t), STACK_USED);
		t->used = false;
	}
	memset(ex_cpus, 0, sizeof(ex_cpus));
	outcome = RUNS;
	dead = NULL;
	ex_run_nr++;
}

/* Who can take steps, from now on. */
struct task *ex_fibre(int slot, const char *name, enum ex_context context,
		      int cpu, void (*fn)(void *arg), void *arg)
{
	struct task *t = &ex_tasks[slot];
	char *stack = t->stack;

	memset(t, 0, offsetof(struct task, uc));
	t->stack = stack;
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->slot = slot;
	t->cpu = cpu;
	t->context = context;
	t->fn = fn;
	t->arg = arg;
	t->used = true;
	t->op.kind = OP_START;
	t->sync.at[slot] = 1;
	return t;
}

/* After every switch: the last steps of who has ended were on its stack. */
static void arrived(void)
{
	if (dead)
		__asan_poison_memory_region(stack_used(dead), STACK_USED);
	dead = NULL;
}

/* @over: never to come back. */
static void switch_to(struct task *to, bool over)
{
	struct task *from = ex_running;
	ucontext_t gone, *here = from ? &from->uc : &main_context;
	void *fake = NULL;

	__sanitizer_start_switch_fiber(over ? NULL : &fake,
				       to ? to->stack : main_stack,
				       to ? STACK_SIZE : main_stack_size);
	ex_running = to;
	/* A call that has ended may begin at once, in a context made anew. */
	libc_swapcontext(over ? &gone : here, to ? &to->uc : &main_context);
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
	arrived();
}

void ex_outcome(enum outcome what)
{
	outcome = what;
	switch_to(NULL, false);
	__builtin_unreachable();
}

static void entry(void);

static void start(struct task *t)
{
	struct cpu *cpu = &ex_cpus[t->cpu];

	/* A call comes again; what it did last time is before it. */
	if (t->finished)
		__asan_unpoison_memory_region(stack_used(t), STACK_USED);
	if (dead == t)
		dead = NULL;
	t->started = true;
	t->finished = false;
	t->below = cpu->top;
	cpu->top = t;
	if (t->context == EX_IRQ)
		cpu->irqs_off = true;
	ex_started(t);
	getcontext(&t->uc);
	t->uc.uc_stack.ss_sp = t->stack;
	t->uc.uc_stack.ss_size = STACK_SIZE;
	t->uc.uc_link = NULL;
	makecontext(&t->uc, entry, 0);
}

static void reschedule(bool over)
{
	struct task *t;

	for (;;) {
		t = &ex_tasks[ex_decide()];
		if (t->op.kind != OP_TIMER)
			break;
		ex_fire(t);
	}
	if (!t->started || t->finished)
		start(t);
	else if (t == ex_running)
		return;
	switch_to(t, over);
}

/* Somebody's turn: returns when it is the caller's. */
void ex_reschedule(void)
{
	reschedule(false);
}

static void ends(struct task *t)
{
	uintptr_t stack = (uintptr_t)t->stack;

	ex_step(OP_EXIT, t->stack, true, EX_SITE("returns"));
	ex_left_frame(stack, stack + STACK_SIZE);
	ex_check(stack, 4, true, true, __builtin_return_address(0));
	if (t->held)
		ex_fail("%s returns with a lock held", t->name);
	t->finished = true;
	t->sleeps++;
	ex_cpus[t->cpu].top = t->below;
	if (t->context == EX_IRQ)
		ex_cpus[t->cpu].irqs_off = false;
	dead = t;
	reschedule(true);
}

static void entry(void)
{
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(NULL, &bottom, &size);
	if (!main_stack) {
		main_stack = bottom;
		main_stack_size = size;
	}
	arrived();
	ex_running->fn(ex_running->arg);
	ends(ex_running);
}

/* From the first step to the last. */
enum outcome ex_fibres_run(void)
{
	ex_reschedule();
	return outcome;
}

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:detect_stack_use_after_return=0:print_legend=0";
}
