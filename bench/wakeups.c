// SPDX-License-Identifier: GPL-2.0
/*
 * From the last done until those who wait are back, in time: each way in turn, and
 * once more with many who sleep for other groups.
 */
#include <linux/ktime.h>
#include <linux/kwaitgroup_notify.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "bench.h"

#define KWG_WAKE_ROUNDS	15
/* In a round, of which the fastest counts: what else the machine does only adds. */
#define KWG_WAKE_SLICES	4
#define KWG_WAKE_OTHERS	10000

static const int kwg_wake_sizes[] = { 1, 10, 100, 1000 };

/* Of each round: the call, until the one in the middle, 99 in a hundred, and all. */
struct kwg_wake_times {
	u32 call[KWG_WAKE_ROUNDS];
	u32 p50[KWG_WAKE_ROUNDS];
	u32 p99[KWG_WAKE_ROUNDS];
	u32 all[KWG_WAKE_ROUNDS];
};

static void kwg_wake_round(struct kwg_bench_crowd *crowd,
			   const struct kwg_bench_sleep *s,
			   struct kwg_wake_times *t, int round)
{
	int slice, n = crowd->nr, slices = n > 100 ? 1 : KWG_WAKE_SLICES;
	struct kwg_bench_wakeup w;

	t->all[round] = U32_MAX;
	for (slice = 0; slice < slices; slice++) {
		kwg_bench_crowd_round(crowd, s, &w);
		if (crowd->returned[n - 1] - w.begin >= t->all[round])
			continue;
		t->call[round] = w.wake;
		t->p50[round] = crowd->returned[n / 2] - w.begin;
		t->p99[round] = crowd->returned[n * 99 / 100] - w.begin;
		t->all[round] = crowd->returned[n - 1] - w.begin;
	}
}

static void kwg_wake_print(const char *name, int nr, const char *what,
			   const u32 *samples)
{
	kwg_bench_row(samples, KWG_WAKE_ROUNDS, "wake %s %d %s", name, nr, what);
}

static void kwg_wake_report(const char *name, int nr,
			    const struct kwg_wake_times *t)
{
	kwg_wake_print(name, nr, "call", t->call);
	kwg_wake_print(name, nr, "p50", t->p50);
	if (nr < 10)
		return;
	kwg_wake_print(name, nr, "p99", t->p99);
	kwg_wake_print(name, nr, "all", t->all);
}

#define KWG_WAKE_WAYS	8

static int kwg_wake_size(struct kwg_bench_object *o, int nr,
			 struct kwg_wake_times *times)
{
	const struct kwg_bench_sleep *s;
	struct kwg_bench_crowd crowd;
	int round, err = kwg_bench_crowd_init(&crowd, o, nr, false);

	if (err)
		return err;
	for (round = 0; round < KWG_WAKE_ROUNDS; round++)
		for (s = kwg_bench_sleeps; s->name; s++)
			if (nr == 1 || !s->for_one)
				kwg_wake_round(&crowd, s,
					       &times[s - kwg_bench_sleeps],
					       round);
	for (s = kwg_bench_sleeps; s->name; s++)
		if (nr == 1 || !s->for_one)
			kwg_wake_report(s->name, nr,
					&times[s - kwg_bench_sleeps]);
	kwg_bench_crowd_exit(&crowd);
	return 0;
}

struct kwg_wake_other {
	struct kwaitgroup group;
	struct kwaitgroup_notifier notifier;
};

static void kwg_wake_nothing(struct kwaitgroup_notifier *n)
{
}

static void kwg_wake_others_come(struct kwg_wake_other *others)
{
	int i;

	for (i = 0; i < KWG_WAKE_OTHERS; i++) {
		kwaitgroup_init(&others[i].group);
		kwaitgroup_add(&others[i].group, 1);
		kwaitgroup_notifier_init(&others[i].notifier, kwg_wake_nothing);
		kwaitgroup_notify(&others[i].group, &others[i].notifier);
	}
}

static void kwg_wake_others_go(struct kwg_wake_other *others)
{
	int i;

	for (i = 0; i < KWG_WAKE_OTHERS; i++) {
		kwaitgroup_notify_cancel(&others[i].notifier);
		kwaitgroup_done(&others[i].group);
	}
}

/* Its bucket has others' waiters now, which a waker is not to look at. */
static int kwg_wake_among_others(struct kwg_bench_object *o,
				 struct kwg_wake_times *times)
{
	struct kwg_wake_other *others = kvcalloc(KWG_WAKE_OTHERS, sizeof(*others),
						 GFP_KERNEL);
	struct kwg_bench_crowd crowd;
	int round, err = -ENOMEM;

	if (others)
		err = kwg_bench_crowd_init(&crowd, o, 1, false);
	if (!err) {
		kwg_wake_others_come(others);
		for (round = 0; round < KWG_WAKE_ROUNDS; round++)
			kwg_wake_round(&crowd, &kwg_bench_sleeps[0], times, round);
		kwg_wake_others_go(others);
		kwg_wake_report("group,10000-others", 1, times);
		kwg_bench_crowd_exit(&crowd);
	}
	kvfree(others);
	return err;
}

int kwg_bench_wakeups(void)
{
	struct kwg_bench_object *o = kzalloc(sizeof(*o), GFP_KERNEL);
	struct kwg_wake_times *times = kcalloc(KWG_WAKE_WAYS, sizeof(*times),
					       GFP_KERNEL);
	int i, err = o && times ? kwg_bench_object_init(o) : -ENOMEM;

	if (!err) {
		for (i = 0; i < ARRAY_SIZE(kwg_wake_sizes) && !err; i++)
			err = kwg_wake_size(o, kwg_wake_sizes[i], times);
		if (!err)
			err = kwg_wake_among_others(o, times);
		kwg_bench_object_exit(o);
	}
	kfree(times);
	kfree(o);
	return err;
}
