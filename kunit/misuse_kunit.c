// SPDX-License-Identifier: GPL-2.0
/*
 * Misuse: each kind is provoked and must be reported once, with its text and
 * its call site, be counted, be listed in debugfs, and be undone. A module of
 * its own, as a kernel that has run it has warnings in its log.
 */
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/string.h>

#include "kwg_console.h"
#include "kwg_lists.h"

/* The counter of a kind of misuse in debugfs. */
static long kwg_counter(struct kunit *test, const char *kind)
{
	char key[40];

	snprintf(key, sizeof(key), "misuse_%s", kind);
	return kwg_stat(test, key);
}

/*
 * One misuse each, in a function of its own, so that the report can name it.
 * The barriers keep the compiler from leaving by a jump into the callee, after
 * which no return address names the function.
 */

static noinline void kwg_bad_done(struct kwaitgroup *wg)
{
	kwaitgroup_done(wg);
}

static noinline void kwg_bad_add_negative(struct kwaitgroup *wg)
{
	kwaitgroup_add(wg, 3);
	kwaitgroup_add(wg, -5);
}

static noinline void kwg_bad_add_huge(struct kwaitgroup *wg)
{
	kwaitgroup_add(wg, INT_MAX);
}

static noinline void kwg_bad_add_int_min(struct kwaitgroup *wg)
{
	int n = INT_MIN;

	/* Known, it would be found by the compiler. */
	OPTIMIZER_HIDE_VAR(n);
	kwaitgroup_add(wg, n);
}

static noinline void kwg_bad_add_one_too_many(struct kwaitgroup *wg)
{
	kwaitgroup_add(wg, KWAITGROUP_COUNT_MAX);
	kwaitgroup_add(wg, 1);
}

static noinline void kwg_bad_add_twice_the_most(struct kwaitgroup *wg)
{
	kwaitgroup_add(wg, KWAITGROUP_COUNT_MAX);
	kwaitgroup_add(wg, KWAITGROUP_COUNT_MAX);
}

static noinline void kwg_bad_try_add_full(struct kwaitgroup *wg)
{
	kwaitgroup_add(wg, KWAITGROUP_COUNT_MAX);
	WARN_ON_ONCE(kwaitgroup_try_add(wg));
}

static noinline void kwg_bad_add_closed(struct kwaitgroup *wg)
{
	kwaitgroup_close(wg);
	kwaitgroup_add(wg, 1);
}

static noinline void kwg_bad_reinit(struct kwaitgroup *wg)
{
	kwaitgroup_add(wg, 1);
	WARN_ON_ONCE(kwaitgroup_reinit(wg) != -EBUSY);
}

static noinline void kwg_bad_unregister(struct kwaitgroup *wg)
{
	kwaitgroup_unregister(wg);
	barrier();
}

static noinline void kwg_bad_unregister_members(struct kwaitgroup *wg)
{
	WARN_ON_ONCE(kwaitgroup_register(wg, "with-members"));
	kwaitgroup_add(wg, 2);
	kwaitgroup_unregister(wg);
	barrier();
}

/* might_sleep() of a debug kernel adds a report of its own. */
static noinline void kwg_bad_wait_atomic(struct kwaitgroup *wg)
{
	int err;

	kwaitgroup_add(wg, 1);
	preempt_disable();
	err = kwaitgroup_wait_killable(wg);
	preempt_enable();
	WARN_ON_ONCE(err != -EWOULDBLOCK);
}

static noinline void kwg_bad_wait_irqs_off(struct kwaitgroup *wg)
{
	int err;

	kwaitgroup_add(wg, 1);
	local_irq_disable();
	err = kwaitgroup_wait_timeout(wg, 1);
	local_irq_enable();
	WARN_ON_ONCE(err != -EWOULDBLOCK);
}

/* In a hard interrupt on every kernel: no lock that sleeps on any may be taken. */
struct kwg_hard_work {
	struct irq_work work;
	struct kwaitgroup *wg;
};

static void kwg_bad_done_hardirq(struct irq_work *work)
{
	kwaitgroup_done(container_of(work, struct kwg_hard_work, work)->wg);
}

static void kwg_provoke_hardirq(struct kwaitgroup *wg)
{
	struct kwg_hard_work hard = {
		.work = IRQ_WORK_INIT_HARD(kwg_bad_done_hardirq),
		.wg = wg,
	};

	irq_work_queue(&hard.work);
	irq_work_sync(&hard.work);
}

static const struct kwg_misuse_case {
	const char *kind;	/* as debugfs calls it */
	const char *caller;
	void (*provoke)(struct kwaitgroup *wg);
	const char *text;
	int count;		/* what the group has afterwards */
	int result;		/* what a wait returns afterwards */
	const char *group;	/* its name if it has one */
} kwg_misuse_cases[] = {
	{ "negative", "kwg_bad_done", kwg_bad_done,
	  "done without add, count -1", 0, -EBADFD },
	{ "negative", "kwg_bad_done_hardirq", kwg_provoke_hardirq,
	  "done without add, count -1", 0, -EBADFD },
	{ "negative", "kwg_bad_add_negative", kwg_bad_add_negative,
	  "done without add, count -2", 3, -EBADFD },
	{ "overflow", "kwg_bad_add_huge", kwg_bad_add_huge,
	  "too many members, adding 2147483647", 0, -EBADFD },
	{ "overflow", "kwg_bad_add_int_min", kwg_bad_add_int_min,
	  "too many members, adding -2147483648", 0, -EBADFD },
	{ "overflow", "kwg_bad_add_one_too_many", kwg_bad_add_one_too_many,
	  "too many members, adding 1", KWAITGROUP_COUNT_MAX, -EBADFD },
	{ "overflow", "kwg_bad_add_twice_the_most", kwg_bad_add_twice_the_most,
	  "too many members, adding 1073741824", KWAITGROUP_COUNT_MAX,
	  -EBADFD },
	{ "overflow", "kwg_bad_try_add_full", kwg_bad_try_add_full,
	  "too many members, adding 1", KWAITGROUP_COUNT_MAX, -EBADFD },
	{ "closed", "kwg_bad_add_closed", kwg_bad_add_closed,
	  "add to a closed group, adding 1", 1, -ETIMEDOUT },
	{ "reinit", "kwg_bad_reinit", kwg_bad_reinit,
	  "reinit of a group in use, count 1", 1, -ETIMEDOUT },
	{ "unknown", "kwg_bad_unregister", kwg_bad_unregister,
	  "unregistered but never registered, count 0", 0, 0 },
	{ "unregister", "kwg_bad_unregister_members",
	  kwg_bad_unregister_members,
	  "unregistered with members or waiters left, count 2", 2,
	  -ETIMEDOUT, "with-members" },
	{ "atomic_wait", "kwg_bad_wait_atomic", kwg_bad_wait_atomic,
	  "wait in atomic context, count 1", 1, -ETIMEDOUT },
	{ "atomic_wait", "kwg_bad_wait_irqs_off", kwg_bad_wait_irqs_off,
	  "wait in atomic context, count 1", 1, -ETIMEDOUT },
};

static void kwg_misuse_desc(const struct kwg_misuse_case *c, char *desc)
{
	strscpy(desc, c->caller, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_misuse, kwg_misuse_cases, kwg_misuse_desc);

static bool kwg_undetectable(const struct kwg_misuse_case *c)
{
	return !strcmp(c->kind, "atomic_wait") &&
	       !IS_ENABLED(CONFIG_PREEMPT_COUNT);
}

/* The line of a report in debugfs: what was in the log, and when, and who. */
static void kwg_expect_listed(struct kunit *test,
			      const struct kwg_misuse_case *c, u64 begin_ns)
{
	char *row = kwg_last_line(test, KWG_DEBUGFS "misuse", c->caller);
	char text[KWG_COLUMN_MAX];
	unsigned long secs, us;
	u64 ns = 0;

	KWG_EXPECT_COLUMN(test, row, MISUSE_KIND, c->kind);
	KWG_EXPECT_COLUMN(test, row, MISUSE_COUNT, strrchr(c->text, ' ') + 1);
	KWG_EXPECT_COLUMN(test, row, MISUSE_GROUP, c->group ?: "?");
	KUNIT_EXPECT_GE(test, kwg_number(row, MISUSE_SEQ), 1L);
	kwg_column(row, MISUSE_TIME, text);
	if (sscanf(text, "%lu.%lu", &secs, &us) == 2)
		ns = secs * (u64)NSEC_PER_SEC + us * NSEC_PER_USEC;
	/* The line has microseconds. */
	KUNIT_EXPECT_GE(test, ns + NSEC_PER_USEC, begin_ns);
	KUNIT_EXPECT_LE(test, ns, ktime_get_boottime_ns());
	/* An interrupt comes in whatever runs then. */
	if (c->provoke != kwg_provoke_hardirq) {
		KUNIT_EXPECT_EQ(test, kwg_number(row, MISUSE_PID),
				(long)current->pid);
		KWG_EXPECT_COLUMN(test, row, MISUSE_COMM, current->comm);
	}
	kfree(row);
}

static void kwg_misuse_reported(struct kunit *test)
{
	const struct kwg_misuse_case *c = test->param_value;
	u64 begin_ns = ktime_get_boottime_ns();
	DECLARE_KWAITGROUP_ONSTACK(wg);
	long before;

	if (kwg_undetectable(c))
		kunit_skip(test, "needs CONFIG_PREEMPT_COUNT");
	before = kwg_counter(test, c->kind);
	c->provoke(&wg);

	KUNIT_EXPECT_EQ(test, kwg_log.reports, 1);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, c->text));
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, c->caller));
	KUNIT_EXPECT_EQ(test, kwg_counter(test, c->kind), before + 1);
	kwg_expect_listed(test, c, begin_ns);

	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), c->count);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&wg, 0), c->result);
}

/* The out-of-line way that add and done take while somebody looks. */
static void kwg_reported_while_observed(struct kunit *test)
{
	const char *accounting = "/sys/module/kwaitgroup/parameters/accounting";
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwg_need_files(test);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, accounting, "1"), 1);
	kwg_bad_add_closed(&wg);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, accounting, "0"), 1);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 1);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, "kwg_bad_add_closed"));
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	kwaitgroup_done(&wg);
}

/* Who can be woken early is, when the group breaks; the members are left. */
static void kwg_breaking_wakes(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper early[2], rest;
	int i;

	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &early[0], &wg, TASK_KILLABLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_put_to_sleep(test, &rest, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_put_to_sleep(test, &early[1], &wg, TASK_UNINTERRUPTIBLE,
			 KWG_PATIENCE);
	kwaitgroup_add(&wg, -2);
	for (i = 0; i < ARRAY_SIZE(early); i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&early[i].thread), -EBADFD);
	/* Those who left have looked whether somebody remains. */
	KUNIT_EXPECT_TRUE(test, kwaitgroup_has_waiters(&wg));
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&rest.thread), -EBADFD);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_has_waiters(&wg));
	KUNIT_EXPECT_EQ(test, kwaitgroup_reinit(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
}

/* A broken group has members as any other, and is in use while it has. */
static void kwg_reinit_broken_in_use(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwaitgroup_add(&wg, 1);
	kwaitgroup_add(&wg, -2);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_reinit(&wg), -EBUSY);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 2);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, "reinit of a group in use"));
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&wg, 0), -EBADFD);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), -EBADFD);
	KUNIT_EXPECT_EQ(test, kwaitgroup_reinit(&wg), 0);
}

static int kwg_wait_irqs_off(void *wg)
{
	int err;

	local_irq_disable();
	err = kwaitgroup_wait(wg);
	local_irq_enable();
	return err;
}

/* A wait for the rest that must not sleep is reported, and sleeps: S6. */
static void kwg_rest_waits_in_atomic(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread t;

	if (!IS_ENABLED(CONFIG_PREEMPT_COUNT))
		kunit_skip(test, "nobody can tell");
	kwaitgroup_add(&wg, 1);
	kwg_start(test, &t, kwg_wait_irqs_off, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&wg)));
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, "wait in atomic context"));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), 0);
}

static void kwg_reinit_under_waiter(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread t;

	kwaitgroup_add(&wg, 1);
	kwg_start(test, &t, kwg_wait_thread, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&wg)));
	KUNIT_EXPECT_EQ(test, kwaitgroup_reinit(&wg), -EBUSY);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 1);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), 0);
}

static struct kunit_case kwg_misuse_case_list[] = {
	KUNIT_CASE_PARAM(kwg_misuse_reported, kwg_misuse_gen_params),
	KUNIT_CASE(kwg_reported_while_observed),
	KUNIT_CASE(kwg_breaking_wakes),
	KUNIT_CASE(kwg_reinit_under_waiter),
	KUNIT_CASE(kwg_reinit_broken_in_use),
	KUNIT_CASE(kwg_rest_waits_in_atomic),
	{}
};

static struct kunit_suite kwg_misuse_suite = {
	.name = "kwaitgroup_misuse",
	.init = kwg_console_watch,
	.exit = kwg_console_unwatch,
	.test_cases = kwg_misuse_case_list,
};

kunit_test_suites(&kwg_limits_suite, &kwg_misuse_suite,
		  &kwg_misuse_effects_suite, &kwg_deferred_suite,
		  &kwg_percpu_misuse_suite, &kwg_mode_suite);

MODULE_DESCRIPTION("KUnit suite of kwaitgroup that provokes reports");
MODULE_LICENSE("GPL");
