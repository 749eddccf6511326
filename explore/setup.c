// SPDX-License-Identifier: GPL-2.0
/* What a scenario begins with: its tasks and handlers. */
#include <stdio.h>

#include "explorer.h"

static unsigned int nr_tasks(void)
{
	unsigned int i = 0;

	while (i < EX_TASKS && ex_tasks[i].used)
		i++;
	if (i == EX_TASKS)
		ex_fail("more than %d tasks", EX_TASKS);
	return i;
}

struct task_struct *ex_task(const char *name, void (*fn)(void *arg), void *arg)
{
	int slot = nr_tasks();
	struct task *t = ex_fibre(slot, name, EX_TASK, slot, fn, arg);
	struct task *timer = ex_fibre(SLOT_TIMERS + slot, name, EX_IRQ, slot,
				      NULL, NULL);

	timer->op = (struct op) {
		.kind = OP_TIMER, .p = (uintptr_t)&t->k.__state, .write = true,
	};
	return &t->k;
}

static void handler(const char *name, struct task_struct *task,
		    enum ex_context context, void (*fn)(void *arg), void *arg)
{
	ex_fibre(nr_tasks(), name, context, ((struct task *)task)->cpu, fn,
		 arg);
}

void ex_irq(const char *name, struct task_struct *task, void (*fn)(void *arg),
	    void *arg)
{
	handler(name, task, EX_IRQ, fn, arg);
}

void ex_nmi(const char *name, struct task_struct *task, void (*fn)(void *arg),
	    void *arg)
{
	handler(name, task, EX_NMI, fn, arg);
}

void ex_frames_end(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (ex_running)
		ex_left_frame((uintptr_t)ex_running->stack, here);
}
