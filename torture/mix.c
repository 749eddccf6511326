// SPDX-License-Identifier: GPL-2.0
/* A round of the mix: set up, watched, joined, judged; and all rounds' totals. */
#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched/task.h>

#include "torture.h"

static const char * const kwt_stat_names[KWT_STATS] = {
	[KWT_ADDS] = "adds",
	[KWT_DONES] = "dones",
	[KWT_DONES_IRQ] = "of them in irq",
	[KWT_TRY_REFUSED] = "try_adds refused",
	[KWT_CLOSES] = "closes",
	[KWT_WAITS] = "waits",
	[KWT_WAITS_ZERO] = "returned 0",
	[KWT_WAITS_TIMEOUT] = "timed out",
	[KWT_WAITS_SIGNAL] = "ended by signal",
	[KWT_SIGNALS_SENT] = "signals",
	[KWT_REINITS] = "reinits",
	[KWT_REUSES] = "reuses",
	[KWT_LATE_WAKERS] = "late wakers",
	[KWT_DELAYS] = "windows",
};

static unsigned long kwt_totals[KWT_STATS];

static int kwt_threads_init(struct kwt_run *run, u32 seed)
{
	int i;

	run->threads = kvcalloc(run->nr_threads, sizeof(*run->threads),
				GFP_KERNEL);
	if (!run->threads)
		return -ENOMEM;
	for (i = 0; i < run->nr_threads; i++) {
		struct kwt_thread *t = &run->threads[i];

		t->run = run;
		prandom_seed_state(&t->rnd, (u64)seed << 32 | (i + 1));
		init_irq_work(&t->irq, kwt_irq_finish);
	}
	atomic_set(&run->waiters, run->nr_threads / 2);
	return 0;
}

/* Take another CPU away, or give it back. The first one stays. */
static void kwt_hotplug_step(struct kwt_run *run)
{
	unsigned int cpu = run->hotplug_cpu;
	int ret;

	/* One at a time: a sanitizer's kernel gets nowhere with a single CPU. */
	if (cpu_online(cpu))
		cpu = cpumask_next(cpu, cpu_present_mask);
	if (cpu >= nr_cpu_ids)
		cpu = cpumask_next(cpumask_first(cpu_present_mask),
				   cpu_present_mask);
	if (cpu >= nr_cpu_ids)
		return;
	run->hotplug_cpu = cpu;
	ret = cpu_online(cpu) ? remove_cpu(cpu) : add_cpu(cpu);
	if (ret)
		run->hotplug_error = ret;
	else
		run->hotplug_steps++;
}

static void kwt_all_cpus_online(struct kwt_run *run)
{
	unsigned int cpu;

	for_each_present_cpu(cpu)
		if (!cpu_online(cpu) && add_cpu(cpu))
			run->hotplug_error = -EIO;
}

/* A slow machine gets the time to take at least one CPU away and back. */
static bool kwt_over(const struct kwt_run *run)
{
	return time_after_eq(jiffies, run->end) &&
		(!run->shape->hotplug || run->hotplug_steps >= 2 ||
		 run->hotplug_error);
}

/* Until the time is over or something is wrong; then until all have left. */
static void kwt_watch(struct kwt_run *run)
{
	int step = 0;

	while (atomic_read(&run->waiters)) {
		schedule_timeout_idle(max(HZ / 10, 1));
		kwt_watch_all(run);
		if (kwt_over(run))
			WRITE_ONCE(run->stop, true);
		if (run->shape->hotplug && !kwt_stopped(run) && ++step % 3 == 0)
			kwt_hotplug_step(run);
	}
}

static void kwt_tell(struct kunit *test, const unsigned long *stats)
{
	char line[400];
	int i, len = 0;

	for (i = 0; i < KWT_STATS; i++)
		len += scnprintf(line + len, sizeof(line) - len, "%s%lu %s",
				 i ? ", " : "", stats[i], kwt_stat_names[i]);
	kunit_info(test, "%s", line);
}

static void kwt_add_up(struct kunit *test, struct kwt_run *run)
{
	unsigned long stats[KWT_STATS] = {};
	int i, j;

	for (j = 0; j < KWT_STATS; j++) {
		for (i = 0; i < run->nr_threads; i++)
			stats[j] += run->threads[i].stats[j];
		kwt_totals[j] += stats[j];
	}
	kwt_tell(test, stats);
	KUNIT_EXPECT_EQ(test, stats[KWT_ADDS], stats[KWT_DONES]);
	KUNIT_EXPECT_EQ(test, stats[KWT_WAITS],
			stats[KWT_WAITS_ZERO] + stats[KWT_WAITS_TIMEOUT] +
			stats[KWT_WAITS_SIGNAL]);
}

/* Nobody is left anywhere: each count is exactly zero. */
static int kwt_left_over(const struct kwt_run *run)
{
	int i, left = 0;

	for (i = 0; i < run->nr_groups; i++) {
		const struct kwt_slot *slot = &run->slots[i];

		left += !!(atomic64_read(&slot->wg->state) & ~KWAITGROUP_CLOSED);
		left += !!kwt_ghost_count(atomic64_read(&slot->surely.word));
		left += !!kwt_ghost_count(atomic64_read(&slot->possibly.word));
		left += !!atomic_read(&slot->pins);
	}
	return left;
}

static void kwt_verdict(struct kunit *test, struct kwt_run *run)
{
	kwt_add_up(test, run);
	KUNIT_EXPECT_EQ(test, atomic_read(&run->violations[KWT_S1]), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&run->violations[KWT_S2]), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&run->violations[KWT_S3]), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&run->violations[KWT_S4]), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&run->violations[KWT_RESULT]), 0);
	KUNIT_EXPECT_EQ(test, kwt_left_over(run), 0);
}

static int kwt_run_init(struct kwt_run *run, const struct kwt_shape *shape,
			u32 seed)
{
	int err;

	run->shape = shape;
	run->nr_threads = kwt_nr_threads;
	run->nr_groups = max(kwt_nr_groups / shape->share, 1);
	err = kwt_slots_init(run, seed);
	if (!err)
		err = kwt_threads_init(run, seed);
	return err;
}

/* A round that could be set up. */
static void kwt_run(struct kunit *test, struct kwt_run *run, int seconds,
		    u32 seed)
{
	int err;

	if (kwt_delays)
		kwt_delays_start(seed);
	run->start = jiffies;
	run->end = jiffies + seconds * HZ;
	err = kwt_threads_start(run);
	KUNIT_EXPECT_EQ(test, err, 0);
	if (!err)
		kwt_watch(run);
	kwt_threads_end(run, !err);
	kwt_delays_stop();
	if (err)
		return;
	kwt_verdict(test, run);
	if (run->shape->hotplug) {
		kwt_all_cpus_online(run);
		kunit_info(test, "CPUs went off and on %d times",
			   run->hotplug_steps);
		KUNIT_EXPECT_EQ(test, run->hotplug_error, 0);
	}
}

void kwt_mix(struct kunit *test, const struct kwt_shape *shape, int seconds,
	     u32 seed)
{
	struct kwt_run *run = kvzalloc(sizeof(*run), GFP_KERNEL);
	int err;

	KUNIT_ASSERT_NOT_NULL(test, run);
	err = kwt_run_init(run, shape, seed);
	KUNIT_EXPECT_EQ(test, err, 0);
	if (!err)
		kwt_run(test, run, seconds, seed);
	kvfree(run->threads);
	kwt_slots_free(run);
	kvfree(run);
}

void kwt_mix_totals(struct kunit *test)
{
	kwt_tell(test, kwt_totals);
	KUNIT_EXPECT_EQ(test, kwt_totals[KWT_ADDS], kwt_totals[KWT_DONES]);
}
