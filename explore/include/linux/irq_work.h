/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Documentation of irq_work: "runs in hardirq context, can be queued from NMI",
 * on the CPU that queued it. One that is queued is not queued again; while it runs
 * it no longer counts as queued.
 */
#ifndef _LINUX_IRQ_WORK_H
#define _LINUX_IRQ_WORK_H

#include <linux/percpu.h>

struct irq_work {
	struct ex_call call;
	void (*func)(struct irq_work *work);
};

static inline void __irq_work_run(struct ex_call *call)
{
	struct irq_work *work = container_of(call, struct irq_work, call);

	work->func(work);
}

#define IRQ_WORK_INIT_HARD(f) (struct irq_work) {			\
	.call = { .fn = __irq_work_run, .context = EX_IRQ, .cpu = -1 },	\
	.func = (f),							\
}

/* One that any CPU may queue comes at once. */
#define init_irq_work(work, f) \
	((void)(*(work) = (struct irq_work) { .func = (f) }))
#define irq_work_queue(work) \
	((work)->call.fn ? \
	 (void)ex_call_queue(&(work)->call, EX_SITE("irq_work_queue(" #work ")")) : \
	 (work)->func(work))
#define irq_work_sync(work) \
	ex_call_sync(&(work)->call, EX_SITE("irq_work_sync()"))

#endif
