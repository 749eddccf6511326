// SPDX-License-Identifier: GPL-2.0
/*
 * The torture suite: its parameters, and how its time is shared out.
 *
 * For each kind of round of the mix, for hot-plugging and for each row of the
 * throughput table there is a case, so that the log tells which one failed. A
 * long run has more rounds, not longer ones: KUnit gives a case five minutes.
 */
#include <linux/module.h>
#include <linux/random.h>

#include "torture.h"

int kwt_seconds = 300;
module_param_named(seconds, kwt_seconds, int, 0444);
MODULE_PARM_DESC(seconds, "Length of the whole suite in seconds (default 300)");

int kwt_nr_threads = KWT_MAX_THREADS;
module_param_named(threads, kwt_nr_threads, int, 0444);
MODULE_PARM_DESC(threads, "Threads of the mix, 2 to 100 (default 100)");

int kwt_nr_groups = KWT_MAX_GROUPS;
module_param_named(groups, kwt_nr_groups, int, 0444);
MODULE_PARM_DESC(groups, "Groups of the mix, 1 to 64 (default 64)");

static u32 kwt_seed;
module_param_named(seed, kwt_seed, uint, 0444);
MODULE_PARM_DESC(seed, "Seed of all that is random (default 0: a new one, which is printed)");

bool kwt_delays = true;
module_param_named(delays, kwt_delays, bool, 0444);
MODULE_PARM_DESC(delays, "Delays in the windows of the primitive, if they are compiled in (default Y)");

/* Few groups have many waiters and many finishers each. */
static const struct kwt_shape kwt_shapes[] = {
	{ .name = "all groups in one bucket", .share = 1 },
	{ .name = "one eighth of them", .share = 8 },
	{ .name = "a single one", .share = KWT_MAX_GROUPS },
	{ .name = "all groups on the heap", .share = 1, .heap = true },
};

static const struct kwt_shape kwt_hotplug_shape = {
	.name = "hotplug", .share = 4, .hotplug = true,
};

#define KWT_LONGEST	60

int kwt_row_seconds(void)
{
	return clamp(kwt_seconds / 30, 1, KWT_LONGEST);
}

static int kwt_hotplug_seconds(void)
{
	return clamp(kwt_seconds / 5, 2, 3 * KWT_LONGEST);
}

static int kwt_mix_seconds(void)
{
	return max(kwt_seconds - kwt_hotplug_seconds() - 2 * kwt_row_seconds(),
		   1);
}

/* Each shape at least once, and no round longer than a minute. */
static int kwt_rounds(void)
{
	int shapes = ARRAY_SIZE(kwt_shapes);

	return shapes * DIV_ROUND_UP(kwt_mix_seconds(), shapes * KWT_LONGEST);
}

/* A round is known by its number, from 1. */
static const void *kwt_round_gen_params(KWT_GEN_ARGS)
{
	unsigned long round = (unsigned long)prev + 1;

	if (round > kwt_rounds())
		return NULL;
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s",
		 kwt_shapes[(round - 1) % ARRAY_SIZE(kwt_shapes)].name);
	return (void *)round;
}

static void kwt_mix_case(struct kunit *test)
{
	unsigned long round = (unsigned long)test->param_value;

	kwt_mix(test, &kwt_shapes[(round - 1) % ARRAY_SIZE(kwt_shapes)],
		max(kwt_mix_seconds() / kwt_rounds(), 1), kwt_seed + round);
}

static void kwt_hotplug_case(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU))
		kunit_skip(test, "no CPU hotplug in this kernel");
	if (num_online_cpus() < 2)
		kunit_skip(test, "only one CPU");
	kwt_mix(test, &kwt_hotplug_shape, kwt_hotplug_seconds(), kwt_seed);
}

/* Before anything else: what a repetition needs to know. */
static void kwt_parameters(struct kunit *test)
{
	if (!kwt_seed)
		kwt_seed = get_random_u32();
	kunit_info(test, "seed=%u seconds=%d threads=%d groups=%d delays=%c%s",
		   kwt_seed, kwt_seconds, kwt_nr_threads, kwt_nr_groups,
		   kwt_delays ? 'Y' : 'N',
		   IS_ENABLED(CONFIG_KWAITGROUP_DEBUG) ? "" :
		   " (none in windows: not made with KWAITGROUP_DEBUG=y)");
	KUNIT_EXPECT_GE(test, kwt_seconds, 1);
	KUNIT_EXPECT_GE(test, kwt_nr_threads, 2);
	KUNIT_EXPECT_LE(test, kwt_nr_threads, KWT_MAX_THREADS);
	KUNIT_EXPECT_GE(test, kwt_nr_groups, 1);
	KUNIT_EXPECT_LE(test, kwt_nr_groups, KWT_MAX_GROUPS);
	kwt_seconds = clamp(kwt_seconds, 1, 7 * 24 * 3600);
	kwt_nr_threads = clamp(kwt_nr_threads, 2, KWT_MAX_THREADS);
	kwt_nr_groups = clamp(kwt_nr_groups, 1, KWT_MAX_GROUPS);
}

static struct kunit_case kwt_cases[] = {
	KUNIT_CASE(kwt_parameters),
	KUNIT_CASE_PARAM(kwt_mix_case, kwt_round_gen_params),
	KUNIT_CASE_SLOW(kwt_hotplug_case),
	KUNIT_CASE_SLOW(kwt_five_threads_backoff),
	KUNIT_CASE_SLOW(kwt_hundred_threads_throttled),
	KUNIT_CASE(kwt_mix_totals),
	{}
};

static struct kunit_suite kwt_suite = {
	.name = "kwaitgroup_torture",
	.test_cases = kwt_cases,
};

kunit_test_suites(&kwt_suite);

MODULE_DESCRIPTION("Torture test of kwaitgroup");
MODULE_LICENSE("GPL");
