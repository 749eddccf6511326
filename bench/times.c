// SPDX-License-Identifier: GPL-2.0
/*
 * What operations take, in time. All rows are measured in each round, in an order
 * that is another one each time, so what disturbs the machine disturbs all of them;
 * every figure is printed, and report.py makes medians and ratios of one round.
 */
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "bench.h"

#define KWG_TIME_ROUNDS		31
#define KWG_TIME_CPUS		4
/*
 * So often in a round, and each time so long: too short for most of what else the
 * machine does, or its host. That only adds, so the fastest of them counts.
 */
#define KWG_TIME_SLICES		7
#define KWG_TIME_NS		(100 * NSEC_PER_USEC)

struct kwg_time_row {
	const struct kwg_bench_op *op;
	int cpus;
	bool own;		/* each thread has an object of its own */
	unsigned int n;
	u32 samples[KWG_TIME_ROUNDS]; /* hundredths of a nanosecond */
};

struct kwg_times {
	struct kwg_bench_object objects[KWG_TIME_CPUS];
	/* Those who do it at once. */
	struct kwg_time_row *row;
	atomic_t ready[KWG_TIME_SLICES];
	u64 begin[KWG_TIME_SLICES];
	u64 end[KWG_TIME_SLICES][KWG_TIME_CPUS];
	struct completion exited;
	int nr_rows;
	struct kwg_time_row rows[];
};

struct kwg_time_thread {
	struct kwg_times *times;
	int nr;
};

/* They begin together, with each slice; the first one says when. */
static void kwg_time_slice(struct kwg_times *times, int slice, int nr)
{
	struct kwg_time_row *row = times->row;
	atomic_t *ready = &times->ready[slice];

	if (!nr) {
		while (atomic_read(ready) > 1)
			cpu_relax();
		times->begin[slice] = ktime_get_ns();
	}
	atomic_dec(ready);
	while (atomic_read(ready))
		cpu_relax();
	row->op->run(&times->objects[row->own ? nr : 0], row->n);
	times->end[slice][nr] = ktime_get_ns();
}

static int kwg_time_thread(void *arg)
{
	struct kwg_time_thread *t = arg;
	int slice;

	for (slice = 0; slice < KWG_TIME_SLICES; slice++)
		kwg_time_slice(t->times, slice, t->nr);
	kthread_complete_and_exit(&t->times->exited, 0);
}

static bool kwg_time_start(struct kwg_time_thread *t)
{
	struct task_struct *task = kthread_create(kwg_time_thread, t, "kwg_time");

	if (IS_ERR(task))
		return false;
	kthread_bind(task, t->nr);
	wake_up_process(task);
	return true;
}

static void kwg_time_prepare(struct kwg_times *times, struct kwg_time_row *row)
{
	int slice;

	times->row = row;
	for (slice = 0; slice < KWG_TIME_SLICES; slice++)
		atomic_set(&times->ready[slice], row->cpus);
}

/* One that cannot be started is not waited for. */
static void kwg_time_absent(struct kwg_times *times)
{
	int slice;

	for (slice = 0; slice < KWG_TIME_SLICES; slice++)
		atomic_dec(&times->ready[slice]);
}

/* Until the last one has finished. */
static u64 kwg_time_fastest(const struct kwg_times *times)
{
	u64 fastest = U64_MAX;
	int slice, i;

	for (slice = 0; slice < KWG_TIME_SLICES; slice++) {
		u64 end = 0;

		for (i = 0; i < times->row->cpus; i++)
			end = max(end, times->end[slice][i]);
		fastest = min(fastest, end - times->begin[slice]);
	}
	return fastest;
}

static u64 kwg_time_row(struct kwg_times *times, struct kwg_time_row *row)
{
	struct kwg_time_thread threads[KWG_TIME_CPUS];
	int i, slice, started = 0;

	kwg_time_prepare(times, row);
	for (i = 1; i < row->cpus; i++) {
		threads[i] = (struct kwg_time_thread) { .times = times, .nr = i };
		if (kwg_time_start(&threads[i]))
			started++;
		else
			kwg_time_absent(times);
	}
	for (slice = 0; slice < KWG_TIME_SLICES; slice++)
		kwg_time_slice(times, slice, 0);
	while (started--)
		wait_for_completion(&times->exited);
	cond_resched();
	return kwg_time_fastest(times);
}

static void kwg_time_calibrate(struct kwg_times *times, struct kwg_time_row *row)
{
	u64 ns;

	row->n = 200;
	kwg_time_row(times, row);
	ns = max_t(u64, kwg_time_row(times, row), 1);
	row->n = clamp_t(u64, div64_u64(200 * KWG_TIME_NS, ns), 10, 100000);
}

static void kwg_time_shuffle(int *order, int n)
{
	int i, j;

	for (i = n - 1; i > 0; i--) {
		j = get_random_u32() % (i + 1);
		swap(order[i], order[j]);
	}
}

static int kwg_time_rounds(struct kwg_times *times)
{
	int *order = kcalloc(times->nr_rows, sizeof(*order), GFP_KERNEL);
	int round, i;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < times->nr_rows; i++) {
		order[i] = i;
		kwg_time_calibrate(times, &times->rows[i]);
	}
	for (round = 0; round < KWG_TIME_ROUNDS; round++) {
		kwg_time_shuffle(order, times->nr_rows);
		for (i = 0; i < times->nr_rows; i++) {
			struct kwg_time_row *row = &times->rows[order[i]];

			row->samples[round] = div_u64(100 * kwg_time_row(times, row),
						      row->n);
		}
	}
	kfree(order);
	return 0;
}

static void kwg_time_print(const struct kwg_time_row *row)
{
	kwg_bench_row(row->samples, KWG_TIME_ROUNDS, "time %s %s %d %s",
		      row->op->name, row->op->family, row->cpus,
		      row->own ? "own" : "one");
}

static void kwg_time_add(struct kwg_times *times, const struct kwg_bench_op *op,
			 int cpus, bool own)
{
	times->rows[times->nr_rows++] = (struct kwg_time_row) {
		.op = op, .cpus = cpus, .own = own,
	};
}

static void kwg_time_add_all(struct kwg_times *times,
			     const struct kwg_bench_op *op, int most)
{
	int cpus;

	for (; op->name; op++) {
		kwg_time_add(times, op, 1, false);
		for (cpus = 2; op->shared && cpus <= most; cpus *= 2) {
			kwg_time_add(times, op, cpus, false);
			kwg_time_add(times, op, cpus, true);
		}
	}
}

static int kwg_time_all(struct kwg_times *times)
{
	int i, err = 0, made = 0;

	while (made < KWG_TIME_CPUS && !err) {
		err = kwg_bench_object_init(&times->objects[made]);
		made += !err;
	}
	if (!err)
		err = kwg_time_rounds(times);
	for (i = 0; i < times->nr_rows && !err; i++)
		kwg_time_print(&times->rows[i]);
	while (made--)
		kwg_bench_object_exit(&times->objects[made]);
	return err;
}

/* On processor 0, as the others are on theirs. */
static long kwg_time_here(void *arg)
{
	return kwg_time_all(arg);
}

/* Of those tables, at most so many rows with one, two and four processors. */
#define KWG_TIME_ROWS	(64 * 5)

int kwg_bench_times(void)
{
	struct kwg_times *times = kvzalloc(struct_size(times, rows, KWG_TIME_ROWS),
					   GFP_KERNEL);
	int err, most = min_t(int, num_online_cpus(), KWG_TIME_CPUS);

	if (!times)
		return -ENOMEM;
	init_completion(&times->exited);
	kwg_time_add_all(times, kwg_bench_peer_ops, most);
	kwg_time_add_all(times, kwg_bench_group_ops, most);
	err = work_on_cpu(0, kwg_time_here, times);
	kvfree(times);
	return err;
}
