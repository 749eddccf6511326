// SPDX-License-Identifier: GPL-2.0
/*
 * Two rows of a table: how many operations a second a crowd gets through one
 * group, while somebody closes, drains and reopens it all the time.
 *
 * An operation is what a user of a shared device does: try_add, work (count it),
 * done. The rows differ in what a thread does when it is not let in:
 *
 * back-off	 The group is closed: try again after 1 us, 2 us, 4 us and so on,
 *		 up to about a millisecond, and from 1 us after a success.
 * throttling	 The same, and besides only so many threads at a time may try:
 *		 the others sleep until one has made a burst of operations.
 *
 *	thread				collector (the case)
 *	try_add()
 *	done_by_me++, done_by_all++
 *	done()				drain(): nobody is in
 *					sum of done_by_me == done_by_all?
 *	try_add() fails, back off	reinit()
 *
 * done_by_me is plain: only the drain orders it for the collector.
 */
#include <linux/delay.h>
#include <linux/math64.h>
#include <linux/semaphore.h>
#include <linux/slab.h>

#include "torture.h"

struct kwt_row {
	int threads;
	int admitted;		/* at a time; 0: all */
	u32 floor;		/* operations a second */
};

/* What is asked of a kernel, not of a sanitizer on top of it. */
#define KWT_SLOW \
	(IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KCSAN) ? 20 : 1)

#define KWT_BURST	16
#define KWT_BACKOFF_US	1024

struct kwt_crowd {
	struct kwaitgroup wg;
	struct kwg_gate gate;
	struct semaphore room;
	const struct kwt_row *row;
	struct kwt_member *members;
	atomic_long_t done_by_all;
	bool stop;
};

struct kwt_member {
	struct kwg_thread thread;
	struct kwt_crowd *crowd;
	unsigned long done_by_me;
	unsigned long refused;
} ____cacheline_aligned_in_smp;

static void kwt_back_off(unsigned int us)
{
	if (us < 16)
		udelay(us);
	else
		usleep_range(us, us + us / 4);
}

static void kwt_operation(struct kwt_member *m)
{
	struct kwt_crowd *crowd = m->crowd;
	unsigned int us = 1;

	while (!kwaitgroup_try_add(&crowd->wg)) {
		if (READ_ONCE(crowd->stop))
			return;
		m->refused++;
		kwt_back_off(us);
		us = min(2 * us, KWT_BACKOFF_US);
	}
	m->done_by_me++;
	atomic_long_inc(&crowd->done_by_all);
	kwaitgroup_done(&crowd->wg);
}

static void kwt_burst(struct kwt_member *m)
{
	struct kwt_crowd *crowd = m->crowd;
	int i;

	if (crowd->row->admitted)
		down(&crowd->room);
	for (i = 0; i < KWT_BURST; i++)
		kwt_operation(m);
	if (crowd->row->admitted)
		up(&crowd->room);
}

static int kwt_member_main(void *arg)
{
	struct kwt_member *m = arg;

	kwg_gate_pass(&m->crowd->gate, 1);
	while (!READ_ONCE(m->crowd->stop)) {
		kwt_burst(m);
		cond_resched();
	}
	return 0;
}

/* With nobody in the group: is every operation counted exactly once? */
static bool kwt_sum_is_exact(struct kwt_crowd *crowd)
{
	unsigned long sum = 0;
	int i;

	for (i = 0; i < crowd->row->threads; i++)
		sum += crowd->members[i].done_by_me;
	return sum == atomic_long_read(&crowd->done_by_all);
}

/* Returns what was wrong. */
static int kwt_collect(struct kwt_crowd *crowd)
{
	int bad = kwaitgroup_drain(&crowd->wg) != 0;

	bad += kwaitgroup_count(&crowd->wg) != 0;
	bad += kwaitgroup_has_waiters(&crowd->wg);
	bad += !kwt_sum_is_exact(crowd);
	bad += kwaitgroup_reinit(&crowd->wg) != 0;
	return bad;
}

static void kwt_crowd_judge(struct kunit *test, struct kwt_crowd *crowd, u64 ns,
			    int collected)
{
	u64 least = crowd->row->floor / KWT_SLOW;
	long done = atomic_long_read(&crowd->done_by_all);
	u64 rate = div64_u64((u64)done * NSEC_PER_SEC, ns);

	kunit_info(test,
		   "%d threads: %llu operations a second (%ld in %llu ms, drained %d times), at least %llu are asked for",
		   crowd->row->threads, rate, done, div_u64(ns, NSEC_PER_MSEC),
		   collected, least);
	KUNIT_EXPECT_GT(test, rate, least);
}

static void kwt_crowd_run(struct kunit *test, struct kwt_crowd *crowd)
{
	u64 start = ktime_get_ns();
	u64 end = start + (u64)kwt_row_seconds() * NSEC_PER_SEC;
	int bad = 0, collected = 0;

	kwg_gate_open(&crowd->gate, 1);
	while (ktime_get_ns() < end) {
		bad += kwt_collect(crowd);
		collected++;
		usleep_range(1000, 2000);
	}
	WRITE_ONCE(crowd->stop, true);
	bad += kwaitgroup_drain(&crowd->wg) != 0;
	KUNIT_EXPECT_EQ(test, bad, 0);
	kwt_crowd_judge(test, crowd, ktime_get_ns() - start, collected);
}

static int kwt_crowd_start(struct kwt_crowd *crowd)
{
	int i;

	for (i = 0; i < crowd->row->threads; i++) {
		struct kwt_member *m = &crowd->members[i];

		m->crowd = crowd;
		m->thread.fn = kwt_member_main;
		m->thread.arg = m;
		init_completion(&m->thread.exited);
		m->thread.task = kthread_run(kwg_thread_main, &m->thread,
					     "kwt_member");
		if (IS_ERR(m->thread.task))
			break;
	}
	return i;
}

static void kwt_crowd_join(struct kunit *test, struct kwt_crowd *crowd,
			   int started)
{
	int i;

	WRITE_ONCE(crowd->stop, true);
	kwg_gate_open(&crowd->gate, 1);
	for (i = 0; i < started; i++)
		kwg_join(&crowd->members[i].thread);
	KUNIT_EXPECT_TRUE(test, kwt_sum_is_exact(crowd));
	KUNIT_EXPECT_EQ(test, atomic64_read(&crowd->wg.state),
			KWAITGROUP_CLOSED);
}

static void kwt_row_case(struct kunit *test, const struct kwt_row *row)
{
	struct kwt_crowd *crowd = kzalloc(sizeof(*crowd), GFP_KERNEL);
	int started;

	KUNIT_ASSERT_NOT_NULL(test, crowd);
	crowd->row = row;
	crowd->members = kcalloc(row->threads, sizeof(*crowd->members),
				 GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, crowd->members);
	kwaitgroup_init(&crowd->wg);
	kwg_gate_init(&crowd->gate);
	sema_init(&crowd->room, row->admitted);
	started = kwt_crowd_start(crowd);
	KUNIT_EXPECT_EQ(test, started, row->threads);
	if (started == row->threads)
		kwt_crowd_run(test, crowd);
	kwt_crowd_join(test, crowd, started);
	kfree(crowd->members);
	kfree(crowd);
}

void kwt_five_threads_backoff(struct kunit *test)
{
	static const struct kwt_row row = {
		.threads = 5, .floor = 1000,
	};

	kwt_row_case(test, &row);
}

void kwt_hundred_threads_throttled(struct kunit *test)
{
	static const struct kwt_row row = {
		.threads = 100, .admitted = 8, .floor = 8000,
	};

	kwt_row_case(test, &row);
}
