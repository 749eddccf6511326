/* SPDX-License-Identifier: GPL-2.0 */
/* What the suites share: the test API, helper threads, waiting for a state. */
#ifndef _KWG_KUNIT_H
#define _KWG_KUNIT_H

#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/kwaitgroup.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#if defined(CONFIG_KUNIT) || defined(CONFIG_KUNIT_MODULE)
#include <kunit/test.h>
#ifndef KUNIT_CASE_SLOW	/* not in 6.1 */
#define KUNIT_CASE_SLOW(fn)	KUNIT_CASE(fn)
#endif
#else
#include "kunit_shim.h"
#endif

extern struct kunit_suite kwg_semantics_suite;
extern struct kunit_suite kwg_waits_suite;
extern struct kunit_suite kwg_context_suite;
extern struct kunit_suite kwg_race_suite;
extern struct kunit_suite kwg_windows_suite;
extern struct kunit_suite kwg_ticket_suite;
extern struct kunit_suite kwg_registry_suite;
extern struct kunit_suite kwg_member_suite;
extern struct kunit_suite kwg_member_race_suite;
extern struct kunit_suite kwg_slot_suite;
extern struct kunit_suite kwg_one_task_suite;
extern struct kunit_suite kwg_lists_suite;
extern struct kunit_suite kwg_accounting_suite;
extern struct kunit_suite kwg_history_suite;
extern struct kunit_suite kwg_lockdep_suite;
extern struct kunit_suite kwg_run_suite;
extern struct kunit_suite kwg_kept_suite;
extern struct kunit_suite kwg_batch_suite;
extern struct kunit_suite kwg_batch_work_suite;
extern struct kunit_suite kwg_notify_suite;
extern struct kunit_suite kwg_holder_suite;
extern struct kunit_suite kwg_holder_window_suite;
extern struct kunit_suite kwg_sweep_suite;
extern struct kunit_suite kwg_percpu_suite;

/* How long a case looks for a state before it fails: not a wait to tune. */
#define KWG_PATIENCE	(60 * HZ)

/* For a moment without a break: then it is a wait, and others have work. */
static inline void kwg_look_again(unsigned long begin)
{
	if (time_before(jiffies, begin + 3))
		schedule();
	else
		schedule_timeout_idle(1);
}

/*
 * Look until @cond holds; false if it never does. Who looks must not keep a
 * grace period of RCU tasks waiting: cond_resched() would.
 */
#define kwg_until(cond)							\
({									\
	unsigned long __begin = jiffies;				\
	bool __ok;							\
									\
	while (!(__ok = (cond)) &&					\
	       time_before(jiffies, __begin + KWG_PATIENCE))		\
		kwg_look_again(__begin);				\
	__ok;								\
})

/* Call until it gives @wanted, which is up to others, and fails if it never does. */
#define KWG_TRY_UNTIL(err, call, wanted)				\
	kwg_until(((err) = (call)) == (wanted))

/* A thread that a case starts and joins. */
struct kwg_thread {
	struct task_struct *task;
	int (*fn)(void *arg);
	void *arg;
	int ret;
	struct completion exited;
};

static inline int kwg_thread_main(void *arg)
{
	struct kwg_thread *t = arg;

	t->ret = t->fn(t->arg);
	/* The rest is not in this module: it may be unloaded after the join. */
	kthread_complete_and_exit(&t->exited, 0);
}

static inline void kwg_start(struct kunit *test, struct kwg_thread *t,
			     int (*fn)(void *arg), void *arg)
{
	t->fn = fn;
	t->arg = arg;
	init_completion(&t->exited);
	t->task = kthread_run(kwg_thread_main, t, "kwg_test");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->task);
}

/* What takes so long is told: with a seeded bug it may never end. */
static inline int kwg_join(struct kwg_thread *t)
{
	if (!wait_for_completion_timeout(&t->exited, 20 * HZ)) {
		pr_info("    # hangs? a case waits for a thread\n");
		wait_for_completion(&t->exited);
	}
	return t->ret;
}

/*
 * A gate that lets a crowd pass round by round. Short waits spin, so that the
 * crowd arrives together; long ones sleep, as there may be fewer CPUs than
 * threads.
 */
struct kwg_gate {
	atomic_t round;
	wait_queue_head_t wq;
};

static inline void kwg_gate_init(struct kwg_gate *gate)
{
	atomic_set(&gate->round, 0);
	init_waitqueue_head(&gate->wq);
}

/* What was written before it is visible to who passes. */
static inline void kwg_gate_open(struct kwg_gate *gate, int round)
{
	atomic_set_release(&gate->round, round);
	wake_up_all(&gate->wq);
}

static inline void kwg_gate_pass(struct kwg_gate *gate, int round)
{
	u64 end = ktime_get_mono_fast_ns() + 100 * NSEC_PER_USEC;

	while (atomic_read_acquire(&gate->round) < round &&
	       ktime_get_mono_fast_ns() < end)
		cpu_relax();
	wait_event(gate->wq, atomic_read_acquire(&gate->round) >= round);
}

/* A waiting thread and how it waits. */
struct kwg_sleeper {
	struct kwg_thread thread;
	struct kwaitgroup *wg;
	unsigned int state;
	long timeout;
	s64 ticket;
};

static inline int kwg_sleeper_main(void *arg)
{
	struct kwg_sleeper *s = arg;

	allow_signal(SIGUSR1);
	allow_signal(SIGKILL);
	return kwaitgroup_wait_state(s->wg, s->state, s->timeout);
}

/* Ends with what the wait returned. */
static inline int kwg_wait_thread(void *wg)
{
	return kwaitgroup_wait(wg);
}

/* The ticket in the state word; a test may look where a driver must not. */
static inline s64 kwg_ticket(const struct kwaitgroup *wg)
{
	return atomic64_read(&wg->state) & KWAITGROUP_TICKET_MASK;
}

/* The state word, whoever has joined the group by name. */
static inline s64 kwg_state(const struct kwaitgroup *wg)
{
	return atomic64_read(&wg->state) & ~KWAITGROUP_NAMED;
}

/* Start a waiter and return when it is registered. */
static inline void kwg_put_to_sleep(struct kunit *test, struct kwg_sleeper *s,
				    struct kwaitgroup *wg, unsigned int state,
				    long timeout)
{
	s64 before = kwg_ticket(wg);

	s->wg = wg;
	s->state = state;
	s->timeout = timeout;
	kwg_start(test, &s->thread, kwg_sleeper_main, s);
	/* Not 0: that is an earlier waiter leaving. */
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_ticket(wg) &&
					  kwg_ticket(wg) != before));
	s->ticket = kwg_ticket(wg);
}

#endif /* _KWG_KUNIT_H */
