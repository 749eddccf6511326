/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Documentation/core-api/workqueue.rst: "a work item is executed by a worker in
 * process context"; one that is queued is not queued again, and "each work item
 * will be executed by at most one worker system-wide at any given time".
 */
#ifndef _LINUX_WORKQUEUE_H
#define _LINUX_WORKQUEUE_H

#include <linux/compiler.h>

struct workqueue_struct {
	const char *name;
};

struct work_struct {
	struct ex_call call;
	void (*func)(struct work_struct *work);
};

enum { WQ_UNBOUND, WQ_HIGHPRI, WQ_MEM_RECLAIM };

static inline void __work_run(struct ex_call *call)
{
	struct work_struct *work = container_of(call, struct work_struct, call);

	work->func(work);
}

#define DECLARE_WORK(name, f)						\
	struct work_struct name = {					\
		.call = { .fn = __work_run, .cpu = -1 },		\
		.func = (f),						\
	};								\
	static void __attribute__((constructor)) __ex_init_##name(void)	\
	{								\
		ex_call_init(&name.call);				\
	}								\
	struct work_struct

#define queue_work(wq, work) ({						\
	(void)(wq);							\
	ex_call_queue(&(work)->call, EX_SITE("queue_work(" #work ")"));	\
})

#define cancel_work_sync(work) \
	ex_call_sync(&(work)->call, EX_SITE("cancel_work_sync()"))

static inline struct workqueue_struct *alloc_workqueue(const char *name,
						       int flags, int active)
{
	struct workqueue_struct *wq = ex_alloc(sizeof(*wq));

	wq->name = name;
	return wq;
}

/* All that was queued has run: the execution is over when there is nothing left. */
static inline void destroy_workqueue(struct workqueue_struct *wq)
{
	ex_free(wq);
}

#endif
