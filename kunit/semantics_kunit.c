// SPDX-License-Identifier: GPL-2.0
/* What every call does and returns, one thread at a time where possible. */
#include <linux/slab.h>

#include "kwg_kunit.h"

static DEFINE_KWAITGROUP(kwg_static);

static void kwg_expect_empty(struct kunit *test, struct kwaitgroup *wg)
{
	KUNIT_EXPECT_EQ(test, atomic64_read(&wg->state), 0LL);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(wg), 0);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_has_waiters(wg));
	KUNIT_EXPECT_TRUE(test, kwaitgroup_try_wait(wg));
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(wg), 0);
}

static void kwg_init_static(struct kunit *test)
{
	kwg_expect_empty(test, &kwg_static);
}

static void kwg_init_onstack(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwg_expect_empty(test, &wg);
}

static void kwg_init_dynamic(struct kunit *test)
{
	struct kwaitgroup *wg = kmalloc(sizeof(*wg), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, wg);
	memset(wg, 0xff, sizeof(*wg));
	kwaitgroup_init(wg);
	kwg_expect_empty(test, wg);
	kfree(wg);
}

static void kwg_size(struct kunit *test)
{
	/* The rest under lockdep is the map, and only that. */
	KUNIT_EXPECT_EQ(test, offsetof(struct kwaitgroup, state), 0);
	KUNIT_EXPECT_EQ(test, sizeof_field(struct kwaitgroup, state), 8);
	if (!IS_ENABLED(CONFIG_LOCKDEP))
		KUNIT_EXPECT_EQ(test, sizeof(struct kwaitgroup), 8);
}

/* Steps of add and what the count is after each. */
static const struct kwg_add_case {
	const char *desc;
	int steps[4];
} kwg_add_cases[] = {
	{ "one", { 1, -1 } },
	{ "one_by_one", { 1, 1, -1, -1 } },
	{ "many_at_once", { 16, -16 } },
	{ "many_in_parts", { 3, 4, -5, -2 } },
	{ "zero_is_nothing", { 0, 2, 0, -2 } },
	{ "large", { 1000000, -999999, -1 } },
	{ "the_largest", { KWAITGROUP_COUNT_MAX, -KWAITGROUP_COUNT_MAX } },
	{ "the_largest_in_two", { KWAITGROUP_COUNT_MAX - 1, 1,
				  -KWAITGROUP_COUNT_MAX } },
};

static void kwg_add_desc(const struct kwg_add_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_add, kwg_add_cases, kwg_add_desc);

static void kwg_add_counts(struct kunit *test)
{
	const struct kwg_add_case *c = test->param_value;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int i, count = 0;

	for (i = 0; i < ARRAY_SIZE(c->steps); i++) {
		kwaitgroup_add(&wg, c->steps[i]);
		count += c->steps[i];
		KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), count);
		KUNIT_EXPECT_EQ(test, kwaitgroup_try_wait(&wg), !count);
		KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&wg, 0),
				count ? -ETIMEDOUT : 0);
	}
	kwg_expect_empty(test, &wg);
}

static void kwg_done_counts_down(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int i;

	kwaitgroup_add(&wg, 3);
	for (i = 2; i >= 0; i--) {
		kwaitgroup_done(&wg);
		KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), i);
	}
	kwg_expect_empty(test, &wg);
}

static void kwg_try_add_open(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	KUNIT_EXPECT_TRUE(test, kwaitgroup_try_add(&wg));
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	kwaitgroup_done(&wg);
	kwg_expect_empty(test, &wg);
}

static void kwg_try_add_closed(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	s64 state;

	KUNIT_EXPECT_TRUE(test, kwaitgroup_try_add(&wg));
	kwaitgroup_close(&wg);
	kwaitgroup_close(&wg);
	state = atomic64_read(&wg.state);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_try_add(&wg));
	KUNIT_EXPECT_EQ(test, atomic64_read(&wg.state), state);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_try_add(&wg));
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 0);
	KUNIT_EXPECT_TRUE(test, kwaitgroup_try_wait(&wg));
}

static void kwg_closed_still_waits(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwaitgroup_add(&wg, 2);
	kwaitgroup_close(&wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&wg, 1), -ETIMEDOUT);
	kwaitgroup_add(&wg, -2);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_drain(&wg), 0);
}

static void kwg_reinit_opens(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	KUNIT_EXPECT_EQ(test, kwaitgroup_drain(&wg), 0);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_try_add(&wg));
	KUNIT_EXPECT_EQ(test, kwaitgroup_reinit(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_reinit(&wg), 0);
	KUNIT_EXPECT_TRUE(test, kwaitgroup_try_add(&wg));
	kwaitgroup_done(&wg);
	kwg_expect_empty(test, &wg);
}

/* What breaks a group, and what every wait then returns until reinit. */
static const struct kwg_broken_case {
	const char *desc;
	s64 flags;
	int result;
} kwg_broken_cases[] = {
	{ "misused", KWAITGROUP_BADFD, -EBADFD },
	{ "dead_member", KWAITGROUP_OWNERDEAD, -EOWNERDEAD },
	{ "both", KWAITGROUP_BROKEN, -EBADFD },
	{ "closed_and_misused", KWAITGROUP_CLOSED | KWAITGROUP_BADFD, -EBADFD },
};

static void kwg_broken_desc(const struct kwg_broken_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_broken, kwg_broken_cases, kwg_broken_desc);

static void kwg_expect_broken(struct kunit *test, struct kwaitgroup *wg,
			      int result)
{
	KUNIT_EXPECT_FALSE(test, kwaitgroup_try_wait(wg));
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_killable(wg), result);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_interruptible(wg), result);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(wg, 0), result);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(wg, HZ), result);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_state(wg, TASK_IDLE, 1), result);
}

static void kwg_broken_is_sticky(struct kunit *test)
{
	const struct kwg_broken_case *c = test->param_value;
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwaitgroup_add(&wg, 2);
	atomic64_or(c->flags, &wg.state);
	kwg_expect_broken(test, &wg, c->result);
	kwaitgroup_done(&wg);
	kwg_expect_broken(test, &wg, c->result);
	kwaitgroup_done(&wg);
	kwg_expect_broken(test, &wg, c->result);
	/* Nobody is left: those who wait for the rest return, too. */
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), c->result);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_state(&wg, TASK_IDLE,
						    MAX_SCHEDULE_TIMEOUT),
			c->result);
	KUNIT_EXPECT_EQ(test, kwaitgroup_drain(&wg), c->result);
	KUNIT_EXPECT_EQ(test, kwaitgroup_reinit(&wg), 0);
	kwg_expect_empty(test, &wg);
}

/* States that a wait can, and cannot, sleep in. */
static const struct kwg_state_case {
	const char *desc;
	unsigned int state;
	int result;
} kwg_state_cases[] = {
	{ "uninterruptible", TASK_UNINTERRUPTIBLE, -ETIMEDOUT },
	{ "interruptible", TASK_INTERRUPTIBLE, -ETIMEDOUT },
	{ "killable", TASK_KILLABLE, -ETIMEDOUT },
	{ "idle", TASK_IDLE, -ETIMEDOUT },
	{ "freezable", TASK_KILLABLE | TASK_FREEZABLE, -ETIMEDOUT },
	{ "io", TASK_UNINTERRUPTIBLE | KWAITGROUP_WAIT_IO, -ETIMEDOUT },
	{ "killable_io", TASK_KILLABLE | KWAITGROUP_WAIT_IO, -ETIMEDOUT },
	{ "running", TASK_RUNNING, -EINVAL },
	{ "io_alone", KWAITGROUP_WAIT_IO, -EINVAL },
	{ "stopped", __TASK_STOPPED, -EINVAL },
	{ "dead", TASK_UNINTERRUPTIBLE | TASK_DEAD, -EINVAL },
	{ "wakekill_alone", TASK_WAKEKILL, -EINVAL },
};

static void kwg_state_desc(const struct kwg_state_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_state, kwg_state_cases, kwg_state_desc);

static void kwg_wait_state_checked(struct kunit *test)
{
	const struct kwg_state_case *c = test->param_value;
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwaitgroup_add(&wg, 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_state(&wg, c->state, 1),
			c->result);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_has_waiters(&wg));
	kwaitgroup_done(&wg);
	kwg_expect_empty(test, &wg);
}

/* Timeouts that must not sleep, and how an expired one returns. */
static const long kwg_timeouts[] = { 0, -1, LONG_MIN, 1, 2 };

static void kwg_timeout_desc(const long *timeout, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%ld_jiffies", *timeout);
}

KUNIT_ARRAY_PARAM(kwg_timeout, kwg_timeouts, kwg_timeout_desc);

static void kwg_timeout_expires(struct kunit *test)
{
	const long *timeout = test->param_value;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	unsigned long start;

	kwaitgroup_add(&wg, 1);
	start = jiffies;
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&wg, *timeout),
			-ETIMEDOUT);
	if (*timeout > 0)
		KUNIT_EXPECT_GE(test, jiffies - start, *timeout);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_has_waiters(&wg));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&wg, *timeout), 0);
}

/* One way out of a guarded section each. */
static int kwg_guarded(struct kwaitgroup *wg, int way)
{
	guard(kwaitgroup_done)(wg);

	if (way == 0)
		return 0;
	while (way == 1)
		return -EIO;
	if (way == 2)
		goto out;
	{
		guard(kwaitgroup_done)(wg);
		way++;
	}
out:
	return way;
}

static void kwg_guard_every_path(struct kunit *test)
{
	static const int results[] = { 0, -EIO, 2, 4 };
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int way;

	for (way = 0; way < ARRAY_SIZE(results); way++) {
		kwaitgroup_add(&wg, way == 3 ? 2 : 1);
		KUNIT_EXPECT_EQ(test, kwg_guarded(&wg, way), results[way]);
		KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 0);
	}
	kwg_expect_empty(test, &wg);
}

static struct kunit_case kwg_semantics_cases[] = {
	KUNIT_CASE(kwg_init_static),
	KUNIT_CASE(kwg_init_onstack),
	KUNIT_CASE(kwg_init_dynamic),
	KUNIT_CASE(kwg_size),
	KUNIT_CASE_PARAM(kwg_add_counts, kwg_add_gen_params),
	KUNIT_CASE(kwg_done_counts_down),
	KUNIT_CASE(kwg_try_add_open),
	KUNIT_CASE(kwg_try_add_closed),
	KUNIT_CASE(kwg_closed_still_waits),
	KUNIT_CASE(kwg_reinit_opens),
	KUNIT_CASE_PARAM(kwg_broken_is_sticky, kwg_broken_gen_params),
	KUNIT_CASE_PARAM(kwg_wait_state_checked, kwg_state_gen_params),
	KUNIT_CASE_PARAM(kwg_timeout_expires, kwg_timeout_gen_params),
	KUNIT_CASE(kwg_guard_every_path),
	{}
};

struct kunit_suite kwg_semantics_suite = {
	.name = "kwaitgroup_semantics",
	.test_cases = kwg_semantics_cases,
};
