// SPDX-License-Identifier: GPL-2.0
/*
 * Waits that take too long: who waits, for what, and who holds it, in every
 * period. Run before and after threads have oopsed, which silences the
 * hung-task detector.
 */
#include <linux/kwaitgroup_holder.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kwg_dying.h"
#include "kwg_stall.h"

#define KWG_ACCOUNTING	"/sys/module/kwaitgroup/parameters/accounting"

void kwg_stall_exit(struct kunit *test)
{
#ifdef MODULE
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_WARN_FACTOR, "0"), 1);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "60"), 2);
#endif
	kwg_console_unwatch(test);
}

/* A member that sleeps where its stack can tell. */
struct kwg_holdup {
	struct kwg_thread thread;
	struct kwaitgroup *wg;
	struct completion joined, leave;
};

static noinline void kwg_holds_up(struct completion *leave)
{
	wait_for_completion(leave);
	barrier();
}

static int kwg_holdup_main(void *arg)
{
	struct kwg_holdup *h = arg;
	struct kwaitgroup_member m = {};
	int err = kwaitgroup_join(h->wg, &m);

	complete(&h->joined);
	kwg_holds_up(&h->leave);
	if (!err)
		kwaitgroup_leave(&m);
	return err;
}

static void kwg_start_holdup(struct kunit *test, struct kwg_holdup *h,
			     struct kwaitgroup *wg)
{
	h->wg = wg;
	init_completion(&h->joined);
	init_completion(&h->leave);
	kwg_start(test, &h->thread, kwg_holdup_main, h);
	wait_for_completion(&h->joined);
}

static int kwg_end_holdup(struct kwg_holdup *h)
{
	complete(&h->leave);
	return kwg_join(&h->thread);
}

static noinline int kwg_stalls_here(void *wg)
{
	int err = kwaitgroup_wait(wg);

	barrier();
	return err;
}

/* How long it can be since @begin, in the seconds of a line. */
static void kwg_expect_secs(struct kunit *test, int nr, const char *before,
			    long least, u64 begin_ns)
{
	u64 most = div_u64(ktime_get_ns() - begin_ns, NSEC_PER_SEC);

	KUNIT_EXPECT_GE(test, kwg_log_number(nr, before), least);
	KUNIT_EXPECT_LE(test, kwg_log_number(nr, before), (long)most);
}

/* The group, who waits and where; once again; and who holds it, once. */
static void kwg_stall_names_member(struct kunit *test)
{
	long before = kwg_stat(test, "stalls");
	u64 begin_ns = ktime_get_ns();
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread waiter;
	char who[64], what[64];
	struct kwg_holdup h;

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "stalled"), 0);
	kwg_start_holdup(test, &h, &wg);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "1"), 1);
	kwg_start(test, &waiter, kwg_stalls_here, &wg);
	snprintf(what, sizeof(what), "stall: group stalled: kwg_test[%d] waits for ",
		 waiter.task->pid);
	snprintf(who, sizeof(who), "stall: held by kwg_test[%d] state D for ",
		 h.thread.task->pid);
	kwg_log_look_for(0, what);
	kwg_log_look_for(1, who);
	kwg_log_look_for(2, "held by the same 1 members");
	kwg_log_look_for(3, " kwg_holds_up+0x");
	KUNIT_EXPECT_TRUE(test, kwg_reported(3));
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_stat(test, "stalls") >=
					  before + 3));
	kwg_expect_secs(test, 0, " waits for ", 3, begin_ns);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.last[0],
				       " in kwg_stalls_here+0x"));
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.last[0],
				       ", count 1, 1 waiters"));
	KUNIT_EXPECT_EQ(test, kwg_log_seen(1), 1);
	kwg_expect_secs(test, 1, " for ", 1, begin_ns);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.last[1],
				       ", joined in kwg_holdup_main+0x"));
	KUNIT_EXPECT_GE(test, kwg_log_seen(2), 2);
	/* A stack has guesses, too, on some kernels. */
	KUNIT_EXPECT_GE(test, kwg_log_seen(3), 1);
	KUNIT_EXPECT_EQ(test, kwg_end_holdup(&h), 0);
	KUNIT_EXPECT_EQ(test, kwg_join(&waiter), 0);
	kwaitgroup_unregister(&wg);
}

/* Who holds the group is told again when somebody else does. */
static void kwg_stall_tells_changes(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_holdup first, second;
	struct kwg_thread waiter;
	char who[2][64];

	kwg_start_holdup(test, &first, &wg);
	snprintf(who[0], sizeof(who[0]), "stall: held by kwg_test[%d] ",
		 first.thread.task->pid);
	kwg_log_look_for(0, who[0]);
	kwg_log_look_for(1, "stall: held by the same 1 members");
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "1"), 1);
	kwg_start(test, &waiter, kwg_stalls_here, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_log_seen(1)));
	KUNIT_EXPECT_EQ(test, kwg_log_seen(0), 1);

	kwg_start_holdup(test, &second, &wg);
	snprintf(who[1], sizeof(who[1]), "stall: held by kwg_test[%d] ",
		 second.thread.task->pid);
	kwg_log_look_for(2, who[1]);
	kwg_log_look_for(3, "stall: held by the same 2 members");
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_log_seen(3)));
	KUNIT_EXPECT_EQ(test, kwg_log_seen(0), 2);
	KUNIT_EXPECT_EQ(test, kwg_log_seen(2), 1);
	KUNIT_EXPECT_EQ(test, kwg_end_holdup(&first), 0);
	KUNIT_EXPECT_EQ(test, kwg_end_holdup(&second), 0);
	KUNIT_EXPECT_EQ(test, kwg_join(&waiter), 0);
}

/* Of all who wait for a group the oldest speaks, and says how many they are. */
static void kwg_stall_told_by_oldest(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper s[3];
	char oldest[64];
	int i;

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "shared"), 0);
	kwaitgroup_add(&wg, 2);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "1"), 1);
	for (i = 0; i < ARRAY_SIZE(s); i++)
		kwg_put_to_sleep(test, &s[i], &wg, TASK_UNINTERRUPTIBLE,
				 MAX_SCHEDULE_TIMEOUT);
	snprintf(oldest, sizeof(oldest), "stall: group shared: kwg_test[%d] ",
		 s[0].thread.task->pid);
	kwg_log_look_for(0, oldest);
	kwg_log_look_for(1, "stall: group shared: ");
	kwg_log_look_for(2, ", count 2, 3 waiters");
	/* In the second period each of them is late. */
	KUNIT_EXPECT_TRUE(test, kwg_reported(3));
	KUNIT_EXPECT_EQ(test, kwg_log_seen(1), kwg_log_seen(0));
	KUNIT_EXPECT_EQ(test, kwg_log_seen(2), kwg_log_seen(0));
	kwaitgroup_add(&wg, -2);
	for (i = 0; i < ARRAY_SIZE(s); i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&s[i].thread), 0);
	kwaitgroup_unregister(&wg);
}

static noinline int kwg_takes_here(struct kwaitgroup *wg,
				   struct kwaitgroup_holder *h)
{
	int err = kwaitgroup_hold(wg, h);

	barrier();
	return err;
}

/* One that is no task is named by its cookie, and by the call that took it. */
static void kwg_stall_names_holder(struct kunit *test)
{
	struct kwaitgroup_holder h = { .cookie = 0x51 };
	u64 begin_ns = ktime_get_ns();
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread waiter;

	kwaitgroup_add(&wg, 1);
	KUNIT_EXPECT_EQ(test, kwg_takes_here(&wg, &h), 0);
	kwg_log_look_for(0, "stall: held by a holder, cookie 0x51, for ");
	kwg_log_look_for(1, "stall: and 1 members that have not joined by name");
	kwg_log_look_for(2, "stall: held by the same 2 members");
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "1"), 1);
	kwg_start(test, &waiter, kwg_stalls_here, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_log_seen(2)));
	KUNIT_EXPECT_EQ(test, kwg_log_seen(0), 1);
	KUNIT_EXPECT_EQ(test, kwg_log_seen(1), 1);
	kwg_expect_secs(test, 0, ", for ", 1, begin_ns);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.last[0],
				       " s, taken in kwg_takes_here+0x"));
	kwaitgroup_release(&h);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&waiter), 0);
}

static noinline void kwg_adds_two(struct kwaitgroup *wg)
{
	kwaitgroup_add(wg, 2);
}

static noinline void kwg_finishes_one(struct kwaitgroup *wg)
{
	kwaitgroup_done(wg);
}

/* Nobody has joined by name: with accounting=1 the call sites say what lacks. */
static void kwg_stall_tells_imbalance(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread waiter;

	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_ACCOUNTING, "1"), 1);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "unbalanced"), 0);
	kwg_adds_two(&wg);
	kwg_finishes_one(&wg);
	kwg_log_look_for(0, "stall: 0 added, 1 finished in kwg_finishes_one+0x");
	kwg_log_look_for(1, "stall: 2 added, 0 finished in kwg_adds_two+0x");
	kwg_log_look_for(2, "stall: and 1 members that have not joined by name");
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "1"), 1);
	kwg_start(test, &waiter, kwg_stalls_here, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_reported(1));
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_log_seen(1)));
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_log_seen(2)));
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_ACCOUNTING, "0"), 1);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&waiter), 0);
	kwaitgroup_unregister(&wg);
}

/* The oldest eight members are named, the others counted. */
#define KWG_HOLDUPS	10

static void kwg_stall_names_oldest(struct kunit *test)
{
	struct kwg_holdup *h = kcalloc(KWG_HOLDUPS, sizeof(*h), GFP_KERNEL);
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread waiter;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, h);
	for (i = 0; i < KWG_HOLDUPS; i++)
		kwg_start_holdup(test, &h[i], &wg);
	kwg_log_look_for(0, "stall: and 2 members that joined later");
	kwg_log_look_for(1, "stall: held by kwg_test[");
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "1"), 1);
	kwg_start(test, &waiter, kwg_stalls_here, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_reported(1));
	KUNIT_EXPECT_EQ(test, kwg_log_seen(1), 8);
	for (i = 0; i < KWG_HOLDUPS; i++)
		KUNIT_EXPECT_EQ(test, kwg_end_holdup(&h[i]), 0);
	KUNIT_EXPECT_EQ(test, kwg_join(&waiter), 0);
	kfree(h);
}

/* Who idles may do so; members without a name are numbered. */
static void kwg_stall_not_of_idle(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(working);
	DECLARE_KWAITGROUP_ONSTACK(idle);
	struct kwg_sleeper s;
	struct kwg_thread waiter;

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&working, "working"), 0);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&idle, "idle"), 0);
	kwaitgroup_add(&working, 3);
	kwaitgroup_add(&idle, 1);
	kwg_log_look_for(0, "stall: group working:");
	kwg_log_look_for(1, "stall: group idle:");
	kwg_log_look_for(2, "stall: and 3 members that have not joined by name");
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_STALL_SECS, "1"), 1);
	kwg_put_to_sleep(test, &s, &idle, TASK_IDLE, MAX_SCHEDULE_TIMEOUT);
	kwg_start(test, &waiter, kwg_wait_thread, &working);
	KUNIT_EXPECT_TRUE(test, kwg_reported(2));
	KUNIT_EXPECT_EQ(test, kwg_log_seen(1), 0);
	KUNIT_EXPECT_EQ(test, kwg_log_seen(2), 1);
	kwaitgroup_add(&working, -3);
	kwaitgroup_done(&idle);
	KUNIT_EXPECT_EQ(test, kwg_join(&waiter), 0);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
	kwaitgroup_unregister(&working);
	kwaitgroup_unregister(&idle);
}

static struct kunit_case kwg_stall_cases[] = {
	KUNIT_CASE_SLOW(kwg_stall_names_member),
	KUNIT_CASE_SLOW(kwg_stall_tells_changes),
	KUNIT_CASE_SLOW(kwg_stall_told_by_oldest),
	KUNIT_CASE_SLOW(kwg_stall_names_holder),
	KUNIT_CASE_SLOW(kwg_stall_tells_imbalance),
	KUNIT_CASE_SLOW(kwg_stall_names_oldest),
	KUNIT_CASE(kwg_stall_not_of_idle),
	{}
};

struct kunit_suite kwg_stall_suite = {
	.name = "kwaitgroup_stall",
	.init = kwg_console_watch,
	.exit = kwg_stall_exit,
	.test_cases = kwg_stall_cases,
};

/* Not the same list: KUnit notes in it how a case ended. */
static struct kunit_case kwg_stall_after_oops_cases[] = {
	KUNIT_CASE(kwg_stall_names_member),
	{}
};

struct kunit_suite kwg_stall_after_oops_suite = {
	.name = "kwaitgroup_stall_after_oops",
	.init = kwg_console_watch,
	.exit = kwg_stall_exit,
	.test_cases = kwg_stall_after_oops_cases,
};
