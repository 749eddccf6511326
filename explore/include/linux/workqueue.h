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

/* The call is not the item's: what the worker looks at may be freed by the function. */
struct work_struct {
	struct ex_call *call;
	void (*func)(struct work_struct *work);
};

enum { WQ_UNBOUND, WQ_HIGHPRI, WQ_MEM_RECLAIM };

static inline void __work_run(struct ex_call *call)
{
	struct work_struct *work = call->arg;

	work->func(work);
}

#define DECLARE_WORK(name, f)						\
	struct work_struct name;					\
	static struct ex_call __ex_call_##name = {			\
		.fn = __work_run, .cpu = -1, .arg = &name,		\
	};								\
	static void __attribute__((constructor)) __ex_init_##name(void)	\
	{								\
		ex_call_init(&__ex_call_##name);			\
	}								\
	static struct work_struct name = {				\
		.call = &__ex_call_##name, .func = (f),			\
	}

/* In the setup of a scenario. */
#define INIT_WORK(work, f) do {						\
	struct work_struct *__work = (work);				\
									\
	__work->call = ex_call_make(__work_run, __work);		\
	__work->func = (f);						\
} while (0)

#define queue_work(wq, work) ({						\
	(void)(wq);							\
	ex_call_queue((work)->call, EX_SITE("queue_work(" #work ")"));	\
})

#define cancel_work_sync(work) \
	ex_call_cancel((work)->call, EX_SITE("cancel_work_sync()"))

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
