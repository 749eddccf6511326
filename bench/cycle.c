// SPDX-License-Identifier: GPL-2.0
/*
 * A whole wait that sleeps, in instructions: one thread arms, waits, and arms
 * again, another one wakes it. Both are on one processor, and the one that waits
 * goes first, so that the order of all they do is always the same:
 *
 *	waiter			waker
 *	arm, wait: sleeps
 *				wake
 *				schedule()
 *	returns
 *	arm, wait: sleeps
 *				wake
 *
 * An interrupt in between makes a cycle longer, and the scheduler does some things
 * only now and then. Most cycles are the same.
 */
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timex.h>
#include <uapi/linux/sched/types.h>

#include "bench.h"

struct kwg_cycles {
	const struct kwg_bench_sleep *s;
	struct kwg_bench_object *o;
	u64 cycles[KWG_BENCH_CYCLES];
	bool over;
	struct completion started;
	struct completion exited[2];
};

static int kwg_cycle_waiter(void *arg)
{
	struct kwg_cycles *c = arg;
	u64 begin, end;
	int i;

	sched_set_fifo(current);
	/* Who is started then has this processor when this thread sleeps. */
	complete(&c->started);
	begin = get_cycles();
	for (i = 0; i < KWG_BENCH_CYCLES; i++, begin = end) {
		c->s->arm(c->o);
		c->s->wait(c->o);
		end = get_cycles();
		c->cycles[i] = end - begin;
	}
	WRITE_ONCE(c->over, true);
	kthread_complete_and_exit(&c->exited[0], 0);
}

static int kwg_cycle_waker(void *arg)
{
	struct kwg_cycles *c = arg;

	sched_set_fifo_low(current);
	while (!READ_ONCE(c->over)) {
		c->s->wake(c->o);
		schedule();
	}
	kthread_complete_and_exit(&c->exited[1], 0);
}

static unsigned int kwg_cycles_like(const struct kwg_cycles *c, u64 cycles)
{
	unsigned int times = 0;
	int i;

	for (i = 0; i < KWG_BENCH_CYCLES; i++)
		times += c->cycles[i] == cycles;
	return times;
}

static void kwg_cycle_find(const struct kwg_cycles *c,
			   struct kwg_bench_cycle *result)
{
	unsigned int times;
	int i;

	*result = (struct kwg_bench_cycle) {};
	for (i = 0; i < KWG_BENCH_CYCLES; i++) {
		times = kwg_cycles_like(c, c->cycles[i]);
		if (times > result->times ||
		    (times == result->times &&
		     c->cycles[i] < result->most_common)) {
			result->most_common = c->cycles[i];
			result->times = times;
		}
	}
}

static struct task_struct *kwg_cycle_thread(int (*fn)(void *arg),
					    struct kwg_cycles *c)
{
	struct task_struct *task = kthread_create(fn, c, "kwg_cycle");

	if (!IS_ERR(task))
		kthread_bind(task, 0);
	return task;
}

static int kwg_cycles_run(struct kwg_cycles *c)
{
	struct task_struct *waiter = kwg_cycle_thread(kwg_cycle_waiter, c);
	struct task_struct *waker = kwg_cycle_thread(kwg_cycle_waker, c);

	if (IS_ERR(waiter) || IS_ERR(waker)) {
		if (!IS_ERR(waiter))
			kthread_stop(waiter);
		if (!IS_ERR(waker))
			kthread_stop(waker);
		return -ENOMEM;
	}
	wake_up_process(waiter);
	wait_for_completion(&c->started);
	wake_up_process(waker);
	wait_for_completion(&c->exited[0]);
	wait_for_completion(&c->exited[1]);
	return 0;
}

int kwg_bench_cycle(const struct kwg_bench_sleep *s, struct kwg_bench_object *o,
		    struct kwg_bench_cycle *result)
{
	struct kwg_cycles *c = kzalloc(sizeof(*c), GFP_KERNEL);
	int err;

	if (!c)
		return -ENOMEM;
	c->s = s;
	c->o = o;
	init_completion(&c->started);
	init_completion(&c->exited[0]);
	init_completion(&c->exited[1]);
	err = kwg_cycles_run(c);
	if (!err)
		kwg_cycle_find(c, result);
	kfree(c);
	return err;
}
