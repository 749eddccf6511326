// SPDX-License-Identifier: GPL-2.0
/* Many who sleep at once, and how long it takes to wake them. */
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timex.h>
#include <uapi/linux/sched/types.h>

#include "bench.h"

static u64 kwg_crowd_clock(const struct kwg_bench_crowd *crowd)
{
	return crowd->counts ? get_cycles() : ktime_get_ns();
}

static void kwg_crowd_return(struct kwg_bench_crowd *crowd)
{
	u64 now = kwg_crowd_clock(crowd);
	int nth = atomic_inc_return(&crowd->back);

	crowd->returned[nth - 1] = now;
	if (nth == crowd->nr)
		complete(&crowd->all_back);
}

static int kwg_crowd_thread(void *arg)
{
	struct kwg_bench_crowd *crowd = arg;
	int round = 0;

	/* Asleep before who wakes it looks for it, where there is one processor. */
	if (crowd->counts)
		sched_set_fifo(current);
	for (;;) {
		wait_event_idle(crowd->gate, READ_ONCE(crowd->round) != round);
		round++;
		if (READ_ONCE(crowd->stop))
			break;
		crowd->s->wait(crowd->o);
		kwg_crowd_return(crowd);
	}
	kthread_complete_and_exit(&crowd->exited, 0);
}

static bool kwg_crowd_sleeps(const struct kwg_bench_crowd *crowd)
{
	int i;

	for (i = 0; i < crowd->nr; i++)
		if (READ_ONCE(crowd->tasks[i]->__state) != TASK_UNINTERRUPTIBLE)
			return false;
	return true;
}

static void kwg_crowd_next(struct kwg_bench_crowd *crowd)
{
	WRITE_ONCE(crowd->round, crowd->round + 1);
	wake_up_all(&crowd->gate);
}

/* On PREEMPT_RT some of these sleep for a lock: not with interrupts off. */
static void kwg_crowd_wake(struct kwg_bench_crowd *crowd,
			   struct kwg_bench_wakeup *result)
{
	unsigned long flags = 0;

	if (crowd->counts)
		local_irq_save(flags);
	result->begin = kwg_crowd_clock(crowd);
	crowd->s->wake(crowd->o);
	result->wake = kwg_crowd_clock(crowd) - result->begin;
	if (crowd->counts)
		local_irq_restore(flags);
}

void kwg_bench_crowd_round(struct kwg_bench_crowd *crowd,
			   const struct kwg_bench_sleep *s,
			   struct kwg_bench_wakeup *result)
{
	crowd->s = s;
	atomic_set(&crowd->back, 0);
	reinit_completion(&crowd->all_back);
	s->arm(crowd->o);
	kwg_crowd_next(crowd);
	do {
		schedule_timeout_idle(1);
	} while (!kwg_crowd_sleeps(crowd));
	kwg_crowd_wake(crowd, result);
	wait_for_completion(&crowd->all_back);
}

void kwg_bench_crowd_exit(struct kwg_bench_crowd *crowd)
{
	int i;

	WRITE_ONCE(crowd->stop, true);
	kwg_crowd_next(crowd);
	for (i = 0; i < crowd->nr; i++)
		wait_for_completion(&crowd->exited);
	kvfree(crowd->tasks);
	kvfree(crowd->returned);
}

static int kwg_crowd_start(struct kwg_bench_crowd *crowd, int nr)
{
	struct task_struct *task;

	for (crowd->nr = 0; crowd->nr < nr; crowd->nr++) {
		task = kthread_run(kwg_crowd_thread, crowd, "kwg_crowd");
		if (IS_ERR(task))
			return PTR_ERR(task);
		crowd->tasks[crowd->nr] = task;
	}
	return 0;
}

int kwg_bench_crowd_init(struct kwg_bench_crowd *crowd,
			 struct kwg_bench_object *o, int nr, bool counts)
{
	int err = -ENOMEM;

	*crowd = (struct kwg_bench_crowd) { .o = o, .counts = counts };
	init_waitqueue_head(&crowd->gate);
	init_completion(&crowd->all_back);
	init_completion(&crowd->exited);
	crowd->tasks = kvcalloc(nr, sizeof(*crowd->tasks), GFP_KERNEL);
	crowd->returned = kvcalloc(nr, sizeof(*crowd->returned), GFP_KERNEL);
	if (crowd->tasks && crowd->returned)
		err = kwg_crowd_start(crowd, nr);
	if (err)
		kwg_bench_crowd_exit(crowd);
	return err;
}
