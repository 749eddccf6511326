// SPDX-License-Identifier: GPL-2.0
/*
 * Races, by the number: for as long as there is time. Each round has a result
 * that only a right primitive can give; a lost wake-up hangs the case, which is
 * a failure.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "kwg_budget.h"

unsigned int kwg_race_ms = 20000;
module_param_named(race_ms, kwg_race_ms, uint, 0444);
MODULE_PARM_DESC(race_ms, "Milliseconds for each race (0: a few rounds)");

#define KWG_WORKERS	4
#define KWG_WORDS	32

/*
 * Free on return: a group on the stack, four kthreads, wait, and the memory is
 * overwritten at once and handed to the next round. The workers are the same
 * threads in every round, so that their last instructions of one round meet
 * the owner's overwriting, which new threads would be too slow for.
 */
struct kwg_frame {
	struct kwaitgroup wg;
	/* Plain: ordered by done and wait alone. Many, for KCSAN samples. */
	int wrote[KWG_WORKERS][KWG_WORDS];
};

struct kwg_crew {
	struct kwg_gate gate;
	struct kwg_frame *frame;
	bool stop;
};

struct kwg_worker {
	struct kwg_thread thread;
	struct kwg_crew *crew;
	int nr;
};

static int kwg_worker_main(void *arg)
{
	struct kwg_worker *w = arg;
	struct kwg_crew *crew = w->crew;
	int i, round = 0;

	for (;;) {
		struct kwg_frame *frame;

		kwg_gate_pass(&crew->gate, ++round);
		if (crew->stop)
			return round;
		frame = crew->frame;
		for (i = 0; i < KWG_WORDS; i++)
			frame->wrote[w->nr][i] = round;
		/* Both ways to finish. */
		if (w->nr % 2)
			kwaitgroup_done(&frame->wg);
		else
			kwaitgroup_add(&frame->wg, -1);
	}
}

/* A round in a stack frame of its own. Returns what was wrong. */
static noinline int kwg_stack_round(struct kwg_crew *crew, int round)
{
	struct kwg_frame frame = {};
	int i, bad = 0;

	kwaitgroup_init(&frame.wg);
	kwaitgroup_add(&frame.wg, KWG_WORKERS);
	crew->frame = &frame;
	kwg_gate_open(&crew->gate, round);
	bad += kwaitgroup_wait(&frame.wg) != 0;
	/* S1 and S3: all four have written, and it is visible. */
	for (i = 0; i < KWG_WORKERS * KWG_WORDS; i++)
		bad += frame.wrote[i / KWG_WORDS][i % KWG_WORDS] != round;
	/* S4: the memory is ours. Who writes to it now is caught below. */
	memset(&frame, 0xff, sizeof(frame));
	bad += !!memchr_inv(&frame, 0xff, sizeof(frame));
	return bad;
}

static void kwg_free_on_return(struct kunit *test)
{
	struct kwg_worker *workers = kcalloc(KWG_WORKERS, sizeof(*workers),
					     GFP_KERNEL);
	struct kwg_budget budget;
	struct kwg_crew crew = {};
	int i, bad = 0;

	KUNIT_ASSERT_NOT_NULL(test, workers);
	kwg_gate_init(&crew.gate);
	for (i = 0; i < KWG_WORKERS; i++) {
		workers[i].crew = &crew;
		workers[i].nr = i;
		kwg_start(test, &workers[i].thread, kwg_worker_main,
			  &workers[i]);
	}
	budget = kwg_budget(kwg_race_ms, 50);
	while (kwg_next_round(&budget))
		bad += kwg_stack_round(&crew, budget.round);
	KUNIT_EXPECT_EQ(test, bad, 0);
	kwg_tell_rounds(test, &budget);

	crew.stop = true;
	kwg_gate_open(&crew.gate, budget.round + 1);
	for (i = 0; i < KWG_WORKERS; i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&workers[i].thread),
				budget.round + 1);
	kfree(workers);
}

/* The same with new threads, as a driver would do it, and slab memory. */
static int kwg_once_main(void *arg)
{
	kwaitgroup_done(arg);
	return 0;
}

static void kwg_free_on_return_new_threads(struct kunit *test)
{
	struct kwg_thread *threads = kcalloc(KWG_WORKERS, sizeof(*threads),
					     GFP_KERNEL);
	struct kwg_budget budget = kwg_budget(kwg_race_ms, 10);
	struct kwaitgroup *wg;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, threads);
	while (kwg_next_round(&budget)) {
		wg = kmalloc(sizeof(*wg), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, wg);
		kwaitgroup_init(wg);
		kwaitgroup_add(wg, KWG_WORKERS);
		for (i = 0; i < KWG_WORKERS; i++)
			kwg_start(test, &threads[i], kwg_once_main, wg);
		KUNIT_EXPECT_EQ(test, kwaitgroup_wait(wg), 0);
		memset(wg, 0xff, sizeof(*wg));
		kfree(wg);
		for (i = 0; i < KWG_WORKERS; i++)
			kwg_join(&threads[i]);
	}
	kwg_tell_rounds(test, &budget);
	kfree(threads);
}

/*
 * Go's "Misuse2": a wait, the done of the member it waits for, and somebody
 * who adds and finishes at the same time, all on one group.
 *
 *	owner (case)		member			stranger
 *	add(1)
 *	given = round
 *	wait()			freed = round		add(1)
 *	  freed == round?	done()			done()
 *
 * The member's count is there from before the wait, so S1 says that the wait
 * cannot return before the member's done: freed must be the round. S2 says
 * that it returns.
 */
struct kwg_misuse2 {
	struct kwaitgroup wg;
	struct kwg_gate given;
	atomic_t stop;
	atomic_t company;	/* rounds of the thread that nobody waits for */
	int freed;		/* ordered by done and wait alone */
};

static int kwg_misuse2_member(void *arg)
{
	struct kwg_misuse2 *m = arg;
	int round = 0;

	for (;;) {
		kwg_gate_pass(&m->given, ++round);
		if (atomic_read(&m->stop))
			return round;
		WRITE_ONCE(m->freed, round);
		kwaitgroup_done(&m->wg);
	}
}

static int kwg_misuse2_stranger(void *arg)
{
	struct kwg_misuse2 *m = arg;

	for (; !atomic_read(&m->stop); atomic_inc(&m->company)) {
		kwaitgroup_add(&m->wg, 1);
		kwaitgroup_done(&m->wg);
		cond_resched();
	}
	return 0;
}

static void kwg_add_races_wait(struct kunit *test)
{
	struct kwg_misuse2 m = {};
	struct kwg_thread member, stranger;
	struct kwg_budget budget;
	int early = 0, failed = 0;

	kwaitgroup_init(&m.wg);
	kwg_gate_init(&m.given);
	kwg_start(test, &member, kwg_misuse2_member, &m);
	kwg_start(test, &stranger, kwg_misuse2_stranger, &m);
	KUNIT_EXPECT_TRUE(test, kwg_until(atomic_read(&m.company)));
	budget = kwg_budget(kwg_race_ms, 500);
	while (kwg_next_round(&budget)) {
		kwaitgroup_add(&m.wg, 1);
		kwg_gate_open(&m.given, budget.round);
		failed += kwaitgroup_wait(&m.wg) != 0;
		early += READ_ONCE(m.freed) != budget.round;
	}
	kwg_tell_rounds(test, &budget);
	atomic_set(&m.stop, 1);
	kwg_gate_open(&m.given, budget.round + 1);
	KUNIT_EXPECT_EQ(test, failed, 0);
	KUNIT_EXPECT_EQ(test, early, 0);
	KUNIT_EXPECT_EQ(test, kwg_join(&member), budget.round + 1);
	KUNIT_EXPECT_EQ(test, kwg_join(&stranger), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&m.wg.state), 0LL);
}

/*
 * Go's "Misuse3": two wait for the same member, and one of them uses the group
 * again at once, when the other may be anywhere between its wake-up and its
 * return, or about to wait for the next member.
 *
 *	owner (case)		member			other waiter
 *	add(1)						r = last round
 *	given = round					wait()
 *	wait()			freed = round		  freed >= r?
 *	add(1), done()		done()			again
 *
 * Whatever member was there before the other's wait must have finished.
 */
static int kwg_misuse3_other(void *arg)
{
	struct kwg_misuse2 *m = arg;
	int failed = 0;

	for (;; atomic_inc(&m->company)) {
		int round = atomic_read_acquire(&m->given.round);

		/* After the round is read: the last one has no member. */
		if (atomic_read(&m->stop))
			return failed;
		failed += kwaitgroup_wait(&m->wg) != 0;
		failed += READ_ONCE(m->freed) < round;
		cond_resched();
	}
}

static void kwg_reuse_before_return(struct kunit *test)
{
	struct kwg_misuse2 m = {};
	struct kwg_thread member, other;
	struct kwg_budget budget;
	int failed = 0;

	kwaitgroup_init(&m.wg);
	kwg_gate_init(&m.given);
	kwg_start(test, &member, kwg_misuse2_member, &m);
	kwg_start(test, &other, kwg_misuse3_other, &m);
	KUNIT_EXPECT_TRUE(test, kwg_until(atomic_read(&m.company)));
	budget = kwg_budget(kwg_race_ms, 500);
	while (kwg_next_round(&budget)) {
		kwaitgroup_add(&m.wg, 1);
		kwg_gate_open(&m.given, budget.round);
		failed += kwaitgroup_wait(&m.wg) != 0;
		failed += READ_ONCE(m.freed) != budget.round;
		kwaitgroup_add(&m.wg, 1);
		kwaitgroup_done(&m.wg);
	}
	kwg_tell_rounds(test, &budget);
	atomic_set(&m.stop, 1);
	kwg_gate_open(&m.given, budget.round + 1);
	KUNIT_EXPECT_EQ(test, failed, 0);
	KUNIT_EXPECT_EQ(test, kwg_join(&member), budget.round + 1);
	KUNIT_EXPECT_EQ(test, kwg_join(&other), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&m.wg.state), 0LL);
}

static struct kunit_case kwg_race_cases[] = {
	KUNIT_CASE_SLOW(kwg_free_on_return),
	KUNIT_CASE_SLOW(kwg_free_on_return_new_threads),
	KUNIT_CASE_SLOW(kwg_add_races_wait),
	KUNIT_CASE_SLOW(kwg_reuse_before_return),
	{}
};

struct kunit_suite kwg_race_suite = {
	.name = "kwaitgroup_race",
	.test_cases = kwg_race_cases,
};
