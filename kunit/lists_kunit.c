// SPDX-License-Identifier: GPL-2.0
/*
 * What debugfs lists of members and waiters, and how long the waits took: each
 * of them once, while it is there, with the right columns.
 */
#include <linux/kwaitgroup_batch.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kwg_lists.h"

#define KWG_MEMBERS_FILE	KWG_DEBUGFS "members"

/* The columns of the tables. */
enum { MEMBER_ID, MEMBER_GROUP, MEMBER_PID, MEMBER_COMM, MEMBER_STATE,
	MEMBER_AGE, MEMBER_COOKIE, MEMBER_JOINED_BY };
enum { WAITS_ID, WAITS_NAME, WAITS_WAITS, WAITS_ABORTED, WAITS_TOTAL,
	WAITS_MAX, WAITS_HISTOGRAM };

/* A member that sleeps in a function of its own while a case looks at it. */
struct kwg_shown {
	struct kwg_thread thread;
	struct kwaitgroup *wg;
	u64 cookie;
	struct completion joined, leave;
};

/* The barriers keep the compiler from leaving by a jump into the callee. */
static noinline int kwg_joins_here(struct kwaitgroup *wg,
				   struct kwaitgroup_member *m)
{
	int err = kwaitgroup_join(wg, m);

	barrier();
	return err;
}

static noinline void kwg_sleeps_here(struct completion *leave)
{
	wait_for_completion(leave);
	barrier();
}

static int kwg_shown_main(void *arg)
{
	struct kwg_shown *s = arg;
	struct kwaitgroup_member m = { .cookie = s->cookie };
	int err = kwg_joins_here(s->wg, &m);

	complete(&s->joined);
	kwg_sleeps_here(&s->leave);
	if (!err)
		kwaitgroup_leave(&m);
	return err;
}

/* Start it, and return when it sleeps. */
static void kwg_show(struct kunit *test, struct kwg_shown *s,
		     struct kwaitgroup *wg, u64 cookie)
{
	s->wg = wg;
	s->cookie = cookie;
	init_completion(&s->joined);
	init_completion(&s->leave);
	kwg_start(test, &s->thread, kwg_shown_main, s);
	wait_for_completion(&s->joined);
	KUNIT_EXPECT_TRUE(test, kwg_until(READ_ONCE(s->thread.task->__state) ==
					  TASK_UNINTERRUPTIBLE));
}

static int kwg_hide(struct kwg_shown *s)
{
	complete(&s->leave);
	return kwg_join(&s->thread);
}

static void kwg_expect_member_row(struct kunit *test, const char *row,
				  const struct kwg_shown *s, const char *group)
{
	char pid[16], cookie[24];

	snprintf(pid, sizeof(pid), "%d", s->thread.task->pid);
	snprintf(cookie, sizeof(cookie), "0x%llx", s->cookie);
	KWG_EXPECT_COLUMN(test, row, MEMBER_GROUP, group);
	KWG_EXPECT_COLUMN(test, row, MEMBER_PID, pid);
	KWG_EXPECT_COLUMN(test, row, MEMBER_COMM, "kwg_test");
	KWG_EXPECT_COLUMN(test, row, MEMBER_STATE, "D");
	KWG_EXPECT_COLUMN(test, row, MEMBER_COOKIE, cookie);
	KUNIT_EXPECT_TRUE(test, strstr(row, "kwg_joins_here+0x"));
}

/* Listed once, of a group with a name, and not after it has left. */
static void kwg_lists_member(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_shown s;
	char *buf, *row;
	long before;

	kwg_need_files(test);
	before = kwg_stat(test, "members");
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "shown"), 0);
	kwg_show(test, &s, &wg, 0x5eed0001);
	buf = kwg_read_file(test, KWG_MEMBERS_FILE);
	KUNIT_EXPECT_EQ(test, kwg_occurs(buf, " 0x5eed0001 "), 1);
	row = kwg_find_line(buf, " 0x5eed0001 ");
	if (row)
		kwg_expect_member_row(test, row, &s, "shown");
	KUNIT_EXPECT_GT(test, kwg_number(row, MEMBER_ID), 0);
	kfree(row);
	kvfree(buf);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), before + 1);

	KUNIT_EXPECT_EQ(test, kwg_hide(&s), 0);
	buf = kwg_read_file(test, KWG_MEMBERS_FILE);
	KUNIT_EXPECT_EQ(test, kwg_occurs(buf, " 0x5eed0001 "), 0);
	kvfree(buf);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), before);
	kwaitgroup_unregister(&wg);
}

/* What a task is a member of besides is kept elsewhere than the first. */
static void kwg_lists_all_of_a_task(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwaitgroup_member m[3] = {};
	char *buf, cookie[24];
	int i;

	kwg_need_files(test);
	for (i = 0; i < ARRAY_SIZE(m); i++) {
		m[i].cookie = 0x5eed0010 + i;
		KUNIT_EXPECT_EQ(test, kwaitgroup_join(&wg, &m[i]), 0);
	}
	buf = kwg_read_file(test, KWG_MEMBERS_FILE);
	for (i = 0; i < ARRAY_SIZE(m); i++) {
		snprintf(cookie, sizeof(cookie), " 0x%llx ", m[i].cookie);
		KUNIT_EXPECT_EQ(test, kwg_occurs(buf, cookie), 1);
	}
	kvfree(buf);
	for (i = 0; i < ARRAY_SIZE(m); i++)
		kwaitgroup_leave(&m[i]);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
}

/* A group that is not registered has no number and no name. */
static void kwg_lists_member_of_unnamed(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_shown s;
	char *row;

	kwg_need_files(test);
	kwg_show(test, &s, &wg, 0x5eed0002);
	row = kwg_file_line(test, KWG_MEMBERS_FILE, " 0x5eed0002 ");
	KUNIT_EXPECT_TRUE(test, row);
	kwg_expect_member_row(test, row ?: "", &s, "?");
	KUNIT_EXPECT_EQ(test, kwg_number(row, MEMBER_ID), 0L);
	kfree(row);
	KUNIT_EXPECT_EQ(test, kwg_hide(&s), 0);
}

/* The stack of a member that sleeps, outermost frame first. */
static void kwg_lists_stack(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_shown s;
	char *row;

	kwg_need_files(test);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "folded"), 0);
	kwg_show(test, &s, &wg, 0x5eed0003);
	row = kwg_file_line(test, KWG_DEBUGFS "stacks", "folded;");
	KUNIT_EXPECT_TRUE(test, row);
	if (row) {
		char *outer = strstr(row, ";kwg_shown_main");
		char *inner = strstr(row, ";kwg_sleeps_here");

		KUNIT_EXPECT_TRUE(test, strstarts(row, "folded;"));
		KUNIT_EXPECT_STREQ(test, row + strlen(row) - 2, " 1");
		/* 6.1 has no stack of another task for modules. */
		if (!outer)
			inner = strstr(row, ";kwg_joins_here");
		KUNIT_EXPECT_TRUE(test, inner > outer);
		if (inner <= outer)
			kunit_info(test, "%s", row);
	}
	kfree(row);
	KUNIT_EXPECT_EQ(test, kwg_hide(&s), 0);
	kwaitgroup_unregister(&wg);
}

static noinline int kwg_waits_here(void *wg)
{
	int err = kwaitgroup_wait(wg);

	barrier();
	return err;
}

/* A sleeping waiter, with the call that waits; nobody when it has returned. */
static void kwg_lists_waiter(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread t;
	char pid[16], *row;

	kwg_need_files(test);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "awaited"), 0);
	kwaitgroup_add(&wg, 1);
	kwg_start(test, &t, kwg_waits_here, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(READ_ONCE(t.task->__state) ==
					  TASK_UNINTERRUPTIBLE));
	row = kwg_file_line(test, KWG_DEBUGFS "waiters", " awaited ");
	KUNIT_EXPECT_TRUE(test, row);
	snprintf(pid, sizeof(pid), "%d", t.task->pid);
	KUNIT_EXPECT_GT(test, kwg_number(row, WAITER_ID), 0);
	KWG_EXPECT_COLUMN(test, row, WAITER_PID, pid);
	KWG_EXPECT_COLUMN(test, row, WAITER_COMM, "kwg_test");
	KWG_EXPECT_COLUMN(test, row, WAITER_STATE, "D");
	KUNIT_EXPECT_TRUE(test, row && strstr(row, "kwg_waits_here+0x"));
	kfree(row);

	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), 0);
	row = kwg_file_line(test, KWG_DEBUGFS "waiters", " awaited ");
	KUNIT_EXPECT_FALSE(test, row);
	kfree(row);
	kwaitgroup_unregister(&wg);
}

/* More waiters than a reader copies at a time, or finds room for in a page. */
#define KWG_CROWD	70

static void kwg_lists_crowd(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread *t;
	char *buf;
	int i;

	kwg_need_files(test);
	t = kcalloc(KWG_CROWD, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "crowd"), 0);
	kwaitgroup_add(&wg, 1);
	for (i = 0; i < KWG_CROWD; i++)
		kwg_start(test, &t[i], kwg_waits_here, &wg);
	for (i = 0; i < KWG_CROWD; i++)
		KUNIT_EXPECT_TRUE(test, kwg_until(READ_ONCE(t[i].task->__state) ==
						  TASK_UNINTERRUPTIBLE));
	buf = kwg_read_file(test, KWG_DEBUGFS "waiters");
	for (i = 0; i < KWG_CROWD; i++) {
		char pid[64];

		snprintf(pid, sizeof(pid), " crowd %33d kwg_test ",
			 t[i].task->pid);
		KUNIT_EXPECT_EQ(test, kwg_occurs(buf, pid), 1);
	}
	KUNIT_EXPECT_EQ(test, kwg_occurs(buf, " crowd "), KWG_CROWD);
	kvfree(buf);
	kwaitgroup_done(&wg);
	for (i = 0; i < KWG_CROWD; i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&t[i]), 0);
	kwaitgroup_unregister(&wg);
	kfree(t);
}

/* The sum of the counts in "2:1,8:30,inf:2". */
static long kwg_histogram_sum(const char *row)
{
	char text[KWG_COLUMN_MAX], *p = text, *bucket;
	long sum = 0, n;

	kwg_column(row, WAITS_HISTOGRAM, text);
	while ((bucket = strsep(&p, ","))) {
		bucket = strchr(bucket, ':');
		if (!bucket || sscanf(bucket, ":%ld", &n) != 1)
			return -1;
		sum += n;
	}
	return sum;
}

#define KWG_WAITS	20

/* Waits that sleep until the end, and one that gives up. */
static void kwg_sleep_often(struct kunit *test, struct kwaitgroup *wg)
{
	struct kwg_sleeper s;
	int i;

	for (i = 0; i < KWG_WAITS; i++) {
		kwaitgroup_add(wg, 1);
		kwg_put_to_sleep(test, &s, wg, TASK_UNINTERRUPTIBLE,
				 MAX_SCHEDULE_TIMEOUT);
		kwaitgroup_done(wg);
		KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
	}
	kwaitgroup_add(wg, 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(wg, 2), -ETIMEDOUT);
	kwaitgroup_done(wg);
	/* Neither is a wait that slept. */
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(wg), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(wg, 0), 0);
}

static void kwg_lists_waits(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	char *row;

	kwg_need_files(test);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "measured"), 0);
	row = kwg_file_line(test, KWG_DEBUGFS "waits", " measured ");
	KWG_EXPECT_COLUMN(test, row, WAITS_WAITS, "0");
	KWG_EXPECT_COLUMN(test, row, WAITS_HISTOGRAM, "-");
	kfree(row);
	kwg_sleep_often(test, &wg);
	row = kwg_file_line(test, KWG_DEBUGFS "waits", " measured ");
	KUNIT_EXPECT_EQ(test, kwg_number(row, WAITS_WAITS), KWG_WAITS + 1L);
	KUNIT_EXPECT_EQ(test, kwg_number(row, WAITS_ABORTED), 1L);
	KUNIT_EXPECT_EQ(test, kwg_histogram_sum(row), KWG_WAITS + 1L);
	/* The one that gave up has slept for at least a tick. */
	KUNIT_EXPECT_GE(test, kwg_number(row, WAITS_MAX),
			(long)jiffies_to_usecs(1));
	KUNIT_EXPECT_GE(test, kwg_number(row, WAITS_TOTAL),
			kwg_number(row, WAITS_MAX));
	KUNIT_EXPECT_LE(test, kwg_number(row, WAITS_TOTAL),
			(KWG_WAITS + 1) * kwg_number(row, WAITS_MAX));
	kfree(row);
	kwaitgroup_unregister(&wg);
}

enum { BATCH_ID, BATCH_NAME, BATCH_OVER, BATCH_TOTAL, BATCH_RUNNING,
	BATCH_LIMIT, BATCH_ERROR, BATCH_PID, BATCH_COMM };

static int kwg_job_fails_later(void *go)
{
	wait_for_completion(go);
	return -EIO;
}

static void kwg_expect_batch(struct kunit *test, long over, long running,
			     const char *limit, const char *error,
			     const char *comm)
{
	char *row = kwg_file_line(test, KWG_DEBUGFS "batches", " worked ");

	KUNIT_EXPECT_EQ(test, kwg_number(row, BATCH_OVER), over);
	KUNIT_EXPECT_EQ(test, kwg_number(row, BATCH_TOTAL), 1L);
	KUNIT_EXPECT_EQ(test, kwg_number(row, BATCH_RUNNING), running);
	KWG_EXPECT_COLUMN(test, row, BATCH_LIMIT, limit);
	KWG_EXPECT_COLUMN(test, row, BATCH_ERROR, error);
	KWG_EXPECT_COLUMN(test, row, BATCH_COMM, comm);
	kfree(row);
}

static void kwg_lists_batch(struct kunit *test)
{
	struct kwaitgroup_batch b;
	struct completion go;
	char *row;

	kwg_need_files(test);
	kwaitgroup_batch_init(&b, 7);
	init_completion(&go);
	KUNIT_ASSERT_EQ(test, kwaitgroup_batch_register(&b, "work%s", "ed"), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_run(&b, kwg_job_fails_later, &go,
						   "kwg_listed"), 0);
	kwg_expect_batch(test, 0, 1, "7", "0", "-");
	kwaitgroup_batch_set_limit(&b, 0);
	complete(&go);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&b), -EIO);
	kwg_expect_batch(test, 1, 0, "-", "-5", "kwg_listed");
	/* Its group is one of "groups", and it is none that is in "batches". */
	row = kwg_file_line(test, KWG_DEBUGFS "groups", " worked ");
	KWG_EXPECT_COLUMN(test, row, GROUP_COUNT, "0");
	kfree(row);
	kwaitgroup_unregister(&b.wg);
	row = kwg_read_file(test, KWG_DEBUGFS "batches");
	KUNIT_EXPECT_EQ(test, kwg_occurs(row, " worked "), 0);
	kfree(row);
}

static struct kunit_case kwg_lists_cases[] = {
	KUNIT_CASE(kwg_lists_member),
	KUNIT_CASE(kwg_lists_all_of_a_task),
	KUNIT_CASE(kwg_lists_member_of_unnamed),
	KUNIT_CASE(kwg_lists_stack),
	KUNIT_CASE(kwg_lists_waiter),
	KUNIT_CASE(kwg_lists_crowd),
	KUNIT_CASE(kwg_lists_waits),
	KUNIT_CASE(kwg_lists_batch),
	{}
};

struct kunit_suite kwg_lists_suite = {
	.name = "kwaitgroup_lists",
	.test_cases = kwg_lists_cases,
};
