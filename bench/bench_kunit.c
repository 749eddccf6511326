// SPDX-License-Identifier: GPL-2.0
/*
 * What a wait group costs, next to the atomics that it is made of. All rows are
 * measured in turn, many times, in the same boot; each one's fastest round
 * counts, as whatever else the machine does only makes a round slower. Only the
 * ratios mean something.
 */
#include <linux/atomic.h>
#include <linux/ktime.h>
#include <linux/kwaitgroup_holder.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "../kunit/kwg_kunit.h"
#include "bench.h"

#define KWG_BENCH_ROUNDS	60
#define KWG_BENCH_PAIRS		20000

static noinline void kwg_bench_atomic(struct kwaitgroup *wg)
{
	atomic64_t *count = &wg->state;
	int i;

	for (i = 0; i < KWG_BENCH_PAIRS; i++) {
		atomic64_inc(count);
		if (atomic64_dec_and_test(count))
			barrier();
	}
}

static noinline void kwg_bench_add_done(struct kwaitgroup *wg)
{
	int i;

	for (i = 0; i < KWG_BENCH_PAIRS; i++) {
		kwaitgroup_add(wg, 1);
		kwaitgroup_done(wg);
	}
}

static noinline void kwg_bench_try_add_done(struct kwaitgroup *wg)
{
	int i;

	for (i = 0; i < KWG_BENCH_PAIRS; i++)
		if (kwaitgroup_try_add(wg))
			kwaitgroup_done(wg);
}

static noinline void kwg_bench_join_leave(struct kwaitgroup *wg)
{
	struct kwaitgroup_member m = {};
	int i;

	for (i = 0; i < KWG_BENCH_PAIRS; i++)
		if (!kwaitgroup_join(wg, &m))
			kwaitgroup_leave(&m);
}

static noinline void kwg_bench_hold_release(struct kwaitgroup *wg)
{
	struct kwaitgroup_holder h = {};
	int i;

	for (i = 0; i < KWG_BENCH_PAIRS; i++)
		if (!kwaitgroup_hold(wg, &h))
			kwaitgroup_release(&h);
}

static noinline void kwg_bench_try_wait(struct kwaitgroup *wg)
{
	int i;

	for (i = 0; i < KWG_BENCH_PAIRS; i++)
		kwaitgroup_wait(wg);
}

/* A group that members have joined by name: see module/member/stale.c. */
static noinline void kwg_bench_named_wait(struct kwaitgroup *wg)
{
	struct kwaitgroup_member m = {};

	if (!kwaitgroup_join(wg, &m))
		kwaitgroup_leave(&m);
	kwg_bench_try_wait(wg);
}

static struct kwg_bench_row {
	const char *what;
	void (*run)(struct kwaitgroup *wg);
	u64 fastest_ns;
} kwg_bench_rows[] = {
	{ "atomic64_inc + dec_and_test", kwg_bench_atomic },
	{ "add + done", kwg_bench_add_done },
	{ "try_add + done", kwg_bench_try_add_done },
	{ "join + leave", kwg_bench_join_leave },
	{ "hold + release", kwg_bench_hold_release },
	{ "wait, count zero", kwg_bench_try_wait },
	{ "the same, of named members", kwg_bench_named_wait },
};

enum { KWG_BENCH_BARE, KWG_BENCH_ADD_DONE, KWG_BENCH_TRY_ADD, KWG_BENCH_JOIN,
	KWG_BENCH_HOLD };

static void kwg_bench_round(struct kwg_bench_row *row, struct kwaitgroup *wg)
{
	u64 ns;

	/* That somebody has joined is remembered: not from one row to the next. */
	kwaitgroup_init(wg);
	ns = ktime_get_ns();
	row->run(wg);
	ns = ktime_get_ns() - ns;
	if (!row->fastest_ns || ns < row->fastest_ns)
		row->fastest_ns = ns;
	cond_resched();
}

/* In hundredths. */
static u64 kwg_bench_ratio(int row, int base)
{
	return div64_u64(100 * kwg_bench_rows[row].fastest_ns,
			 kwg_bench_rows[base].fastest_ns);
}

static void kwg_bench_print(struct kunit *test)
{
	int i;

	kunit_info(test, "%-28s %10s", "pair", "ratio");
	for (i = 0; i < ARRAY_SIZE(kwg_bench_rows); i++) {
		u64 ratio = kwg_bench_ratio(i, KWG_BENCH_BARE);

		kunit_info(test, "%-28s %7llu.%02llu", kwg_bench_rows[i].what,
			   div64_u64(ratio, 100), ratio - div64_u64(ratio, 100) * 100);
	}
}

static void kwg_bench_costs(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int round, i;

	if (IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KCSAN) ||
	    IS_ENABLED(CONFIG_LOCKDEP))
		kunit_skip(test, "measures a sanitizer here");
	for (round = 0; round < KWG_BENCH_ROUNDS; round++)
		for (i = 0; i < ARRAY_SIZE(kwg_bench_rows); i++)
			kwg_bench_round(&kwg_bench_rows[i], &wg);
	kwg_bench_print(test);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 0);
	if (!IS_ENABLED(CONFIG_SMP))
		kunit_skip(test, "the bare pair is two plain instructions here");
	/* A tenth for what the emulator makes of a no-op. */
	KUNIT_EXPECT_LE(test, kwg_bench_ratio(KWG_BENCH_ADD_DONE,
					      KWG_BENCH_BARE), 125ULL);
	/* A hundred instructions: 3.5 to 7 on the hosts that were seen. */
	KUNIT_EXPECT_LE(test, kwg_bench_ratio(KWG_BENCH_JOIN,
					      KWG_BENCH_ADD_DONE), 1000ULL);
	/* 300 instructions, which an emulator counts: 15 on the host that was seen. */
	KUNIT_EXPECT_LE(test, kwg_bench_ratio(KWG_BENCH_HOLD,
					      KWG_BENCH_ADD_DONE), 3000ULL);
}

static struct kunit_case kwg_bench_cases[] = {
	KUNIT_CASE_SLOW(kwg_bench_costs),
	KUNIT_CASE_SLOW(kwg_bench_spawn),
	{}
};

static struct kunit_suite kwg_bench_suite = {
	.name = "kwaitgroup_bench",
	.test_cases = kwg_bench_cases,
};

kunit_test_suites(&kwg_bench_suite);

MODULE_DESCRIPTION("What a wait group costs, next to bare atomics");
MODULE_LICENSE("GPL");
