// SPDX-License-Identifier: GPL-2.0
/*
 * The threads: workers, who never wait, and waiters, who do.
 *
 * Workers add, finish, close and send signals, so members always get finished
 * and every wait can end. Waiters wait in each way there is, and now and then
 * one of them retires a group. No wait is one that SIGKILL does not end: the
 * checker of S2 must be able to end the test.
 */
#include <linux/sched/signal.h>

#include "torture.h"

static int kwt_wait_killable(struct kwaitgroup *wg, long timeout)
{
	return kwaitgroup_wait_killable(wg);
}

static int kwt_wait_interruptible(struct kwaitgroup *wg, long timeout)
{
	return kwaitgroup_wait_interruptible(wg);
}

static int kwt_wait_both(struct kwaitgroup *wg, long timeout)
{
	return kwaitgroup_wait_state(wg, TASK_INTERRUPTIBLE, timeout);
}

static int kwt_wait_try(struct kwaitgroup *wg, long timeout)
{
	return kwaitgroup_try_wait(wg) ? 0 : -ETIMEDOUT;
}

/* The ways to wait, and what each may return besides 0. */
static const struct {
	int (*wait)(struct kwaitgroup *wg, long timeout);
	bool timeout;
	bool signal;
} kwt_waits[KWT_WAIT_KINDS] = {
	{ .wait = kwt_wait_killable, .signal = true },
	{ .wait = kwt_wait_interruptible, .signal = true },
	{ .wait = kwaitgroup_wait_timeout, .timeout = true },
	{ .wait = kwt_wait_both, .timeout = true, .signal = true },
	{ .wait = kwt_wait_try, .timeout = true },
};

static void kwt_count_result(struct kwt_thread *t, int kind, int ret)
{
	if (!ret)
		t->stats[KWT_WAITS_ZERO]++;
	else if (ret == -ETIMEDOUT && kwt_waits[kind].timeout)
		t->stats[KWT_WAITS_TIMEOUT]++;
	else if (ret == -ERESTARTSYS && kwt_waits[kind].signal)
		t->stats[KWT_WAITS_SIGNAL]++;
	else
		kwt_violation(t->run, KWT_RESULT, "wait %d returned %d", kind,
			      ret);
}

/*
 * A waiter that has returned uses its stack for other things. If its waker is
 * still in the entry there, it finds this.
 */
static noinline void kwt_scribble(void)
{
	u8 stack[512];

	memset(stack, 0x5a, sizeof(stack));
	OPTIMIZER_HIDE_VAR(stack[0]);
	barrier_data(stack);
}

/* One wait, checked. By who has pinned or retires @slot. */
int kwt_wait(struct kwt_thread *t, struct kwt_slot *slot, int kind)
{
	long timeout = 1 + kwt_random(t, 3);
	struct kwt_call call;
	int ret;

	kwt_call_begin(t, slot, &call);
	WRITE_ONCE(t->interruptible, kwt_waits[kind].signal);
	ret = kwt_waits[kind].wait(slot->wg, timeout);
	kwt_scribble();
	WRITE_ONCE(t->interruptible, false);
	kwt_call_end(t, slot, &call, ret);
	kwt_count_result(t, kind, ret);
	if (signal_pending(current))
		flush_signals(current);
	return ret;
}

static struct kwt_slot *kwt_any_slot(struct kwt_thread *t)
{
	return &t->run->slots[kwt_random(t, t->run->nr_groups)];
}

static void kwt_wait_once(struct kwt_thread *t, struct kwt_slot *slot)
{
	if (!kwt_enter(slot))
		return;
	kwt_wait(t, slot, kwt_random(t, KWT_WAIT_KINDS));
	kwt_leave(slot);
}

static int kwt_waiter_main(void *arg)
{
	struct kwt_thread *t = arg;

	allow_signal(SIGINT);
	allow_signal(SIGKILL);
	while (!kwt_stopped(t->run)) {
		if (kwt_random(t, 6))
			kwt_wait_once(t, kwt_any_slot(t));
		else
			kwt_retire(t, kwt_any_slot(t));
		kwt_pause(t);
		cond_resched();
	}
	atomic_dec(&t->run->waiters);
	return 0;
}

static void kwt_add_some(struct kwt_thread *t, struct kwt_slot *slot)
{
	if (!kwt_enter(slot))
		return;
	kwt_join_group(t, slot, 1 + kwt_random(t, KWT_BATCH));
	kwt_leave(slot);
}

static void kwt_close(struct kwt_thread *t, struct kwt_slot *slot)
{
	if (!kwt_enter(slot))
		return;
	if (slot->closable) {
		kwaitgroup_close(slot->wg);
		t->stats[KWT_CLOSES]++;
	}
	kwt_leave(slot);
}

/*
 * Is it in a wait that a signal ends, for members that are left? The signal of
 * one who waits for nobody would only save it from a lost wake-up.
 */
static bool kwt_worth_a_signal(const struct kwt_thread *t)
{
	const struct kwt_slot *slot = READ_ONCE(t->watch.slot);

	return slot && READ_ONCE(t->interruptible) &&
		kwt_ghost_count(atomic64_read(&slot->possibly.word));
}

static void kwt_signal(struct kwt_thread *t)
{
	struct kwt_run *run = t->run;
	struct kwt_thread *victim =
		&run->threads[kwt_random(t, run->nr_threads)];

	if (!kwt_worth_a_signal(victim))
		return;
	send_sig(kwt_random(t, 2) ? SIGINT : SIGKILL, victim->thread.task, 1);
	t->stats[KWT_SIGNALS_SENT]++;
}

static void kwt_work_once(struct kwt_thread *t)
{
	struct kwt_slot *slot = kwt_any_slot(t);
	u32 dice = kwt_random(t, 32);

	if (kwt_stopped(t->run) || dice < 18)
		kwt_finish_some(t, slot, 1 + kwt_random(t, KWT_BATCH));
	else if (dice < 28)
		kwt_add_some(t, slot);
	else if (dice < 31)
		kwt_signal(t);
	else
		kwt_close(t, slot);
}

static int kwt_worker_main(void *arg)
{
	struct kwt_thread *t = arg;
	int i;

	/* A waiter may be in its last wait, for a member that we must finish. */
	while (!kwt_stopped(t->run) || atomic_read(&t->run->waiters)) {
		kwt_work_once(t);
		kwt_pause(t);
		cond_resched();
	}
	for (i = 0; i < t->run->nr_groups; i++)
		while (kwt_finish_some(t, &t->run->slots[i], 1))
			cond_resched();
	return 0;
}

/* The first of @run's threads, every other one a waiter, until one fails. */
int kwt_threads_start(struct kwt_run *run)
{
	int i;

	for (i = 0; i < run->nr_threads; i++) {
		struct kwg_thread *thread = &run->threads[i].thread;

		thread->fn = i & 1 ? kwt_waiter_main : kwt_worker_main;
		thread->arg = &run->threads[i];
		init_completion(&thread->exited);
		thread->task = kthread_create(kwg_thread_main, thread,
					      i & 1 ? "kwt_waiter" : "kwt_worker");
		if (IS_ERR(thread->task))
			return PTR_ERR(thread->task);
		/* It is signalled, and looked at, until the round is over. */
		get_task_struct(thread->task);
		run->nr_started++;
	}
	for (i = 0; i < run->nr_threads; i++)
		wake_up_process(run->threads[i].thread.task);
	return 0;
}

/* Those that were created, woken or not. */
void kwt_threads_end(struct kwt_run *run, bool woken)
{
	int i;

	for (i = 0; i < run->nr_started; i++) {
		struct kwg_thread *thread = &run->threads[i].thread;

		if (woken)
			kwg_join(thread);
		else
			kthread_stop(thread->task);
	}
	for (i = 0; i < run->nr_started; i++)
		put_task_struct(run->threads[i].thread.task);
}

/* Which of them is this, if any? Called in every context. */
struct kwt_thread *kwt_current(void)
{
	struct kwg_thread *thread;

	if (!in_task() || !(current->flags & PF_KTHREAD) ||
	    kthread_func(current) != kwg_thread_main)
		return NULL;
	thread = kthread_data(current);
	return thread->arg;
}
