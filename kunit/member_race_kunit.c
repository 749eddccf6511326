// SPDX-License-Identifier: GPL-2.0
/*
 * Members that are known by name: their group is free on return as well, and
 * joining is possible under a lock that interrupts take.
 */
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/string.h>

#include "../module/compat.h"
#include "kwg_budget.h"

/*
 * Free on return: members join a group in a frame that the owner overwrites as
 * soon as its wait has returned, and hands to the next round.
 */
#define KWG_CREW	3

struct kwg_member_crew {
	struct kwg_gate gate;
	struct kwaitgroup *wg;
	bool stop;
};

static int kwg_crew_main(void *arg)
{
	struct kwg_member_crew *crew = arg;
	int round = 0, failed = 0;

	for (;;) {
		struct kwaitgroup_member m = {};

		kwg_gate_pass(&crew->gate, ++round);
		if (crew->stop)
			return failed;
		if (kwaitgroup_adopt(crew->wg, &m)) {
			failed++;
			kwaitgroup_done(crew->wg);
		} else {
			kwaitgroup_leave(&m);
		}
	}
}

static noinline void kwg_crew_round(struct kunit *test,
				    struct kwg_member_crew *crew, int round)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwaitgroup_add(&wg, KWG_CREW);
	crew->wg = &wg;
	kwg_gate_open(&crew->gate, round);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	memset(&wg, 0xff, sizeof(wg));
	/* Whoever still writes to it is found out here, or by KASAN. */
	OPTIMIZER_HIDE_VAR(crew);
	KUNIT_EXPECT_FALSE(test, memchr_inv(&wg, 0xff, sizeof(wg)));
}

static void kwg_members_free_on_return(struct kunit *test)
{
	struct kwg_member_crew crew = {};
	struct kwg_thread t[KWG_CREW];
	struct kwg_budget budget;
	int i;

	kwg_gate_init(&crew.gate);
	for (i = 0; i < KWG_CREW; i++)
		kwg_start(test, &t[i], kwg_crew_main, &crew);
	budget = kwg_budget(kwg_race_ms, 50);
	while (kwg_next_round(&budget))
		kwg_crew_round(test, &crew, budget.round);
	kwg_tell_rounds(test, &budget);
	crew.stop = true;
	kwg_gate_open(&crew.gate, budget.round + 1);
	for (i = 0; i < KWG_CREW; i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&t[i]), 0);
}

/*
 * One thread joins and leaves on a CPU whose timer takes a lock. On another CPU,
 * a thread that holds this lock, with interrupts off, makes the first one a
 * member, and hands the membership over to be left. Both memberships are in the
 * same list: if the timer could come while the first thread is at it, all three
 * would wait in a circle.
 */
#define KWG_TIMER_NS	(20 * NSEC_PER_USEC)

struct kwg_interrupted {
	struct hrtimer timer;
	spinlock_t lock;		/* also of the timer */
	struct kwaitgroup *wg;
	struct task_struct *leaver;
	struct kwaitgroup_member handed;
	atomic_t over;			/* from the joiner to the leaver: leave it */
	bool stop;
	struct completion ready;
	struct kwg_budget budget;	/* of the joiner */
};

static enum hrtimer_restart kwg_interrupt(struct hrtimer *timer)
{
	struct kwg_interrupted *in = container_of(timer, typeof(*in), timer);

	spin_lock(&in->lock);
	spin_unlock(&in->lock);
	hrtimer_forward_now(timer, KWG_TIMER_NS);
	return HRTIMER_RESTART;
}

static void kwg_run_on(unsigned int cpu)
{
	set_cpus_allowed_ptr(current, cpumask_of(cpu));
}

static int kwg_leaver_main(void *arg)
{
	struct kwg_interrupted *in = arg;
	struct kwaitgroup_member first = {}, m = {};
	int failed = 0;

	kwg_run_on(cpumask_first(cpu_online_mask));
	/* The first membership of a task may have a place of its own. */
	failed += !!kwaitgroup_join(in->wg, &first);
	in->leaver = current;
	hrtimer_start(&in->timer, KWG_TIMER_NS, HRTIMER_MODE_REL_PINNED);
	complete_all(&in->ready);
	while (!READ_ONCE(in->stop)) {
		failed += !!kwaitgroup_join(in->wg, &m);
		kwaitgroup_leave(&m);
		if (atomic_read_acquire(&in->over)) {
			kwaitgroup_leave(&in->handed);
			atomic_set_release(&in->over, 0);
		}
		cond_resched();
	}
	kwaitgroup_leave(&first);
	hrtimer_cancel(&in->timer);
	return failed;
}

static int kwg_joiner_main(void *arg)
{
	struct kwg_interrupted *in = arg;
	unsigned int first = cpumask_first(cpu_online_mask);
	unsigned long flags;
	int failed = 0;

	kwg_run_on(cpumask_next(first, cpu_online_mask));
	wait_for_completion(&in->ready);
	in->budget = kwg_budget(kwg_race_ms, 50);
	while (kwg_next_round(&in->budget)) {
		spin_lock_irqsave(&in->lock, flags);
		failed += !!kwaitgroup_join_task(in->wg, &in->handed,
						 in->leaver);
		spin_unlock_irqrestore(&in->lock, flags);
		atomic_set_release(&in->over, 1);
		while (atomic_read_acquire(&in->over))
			cond_resched();
	}
	WRITE_ONCE(in->stop, true);
	return failed;
}

static void kwg_join_under_lock_of_interrupt(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread leaver, joiner;
	struct kwg_interrupted in = { .wg = &wg };

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "joining needs to be preemptible there");
	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	spin_lock_init(&in.lock);
	init_completion(&in.ready);
	hrtimer_setup_on_stack(&in.timer, kwg_interrupt, CLOCK_MONOTONIC,
			       HRTIMER_MODE_REL_PINNED);
	kwg_start(test, &leaver, kwg_leaver_main, &in);
	kwg_start(test, &joiner, kwg_joiner_main, &in);
	KUNIT_EXPECT_EQ(test, kwg_join(&joiner), 0);
	KUNIT_EXPECT_EQ(test, kwg_join(&leaver), 0);
	kwg_tell_rounds(test, &in.budget);
	destroy_hrtimer_on_stack(&in.timer);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
}

static struct kunit_case kwg_member_race_cases[] = {
	KUNIT_CASE_SLOW(kwg_join_under_lock_of_interrupt),
	KUNIT_CASE_SLOW(kwg_members_free_on_return),
	{}
};

struct kunit_suite kwg_member_race_suite = {
	.name = "kwaitgroup_member_race",
	.test_cases = kwg_member_race_cases,
};
