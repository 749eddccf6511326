// SPDX-License-Identifier: GPL-2.0
/*
 * Members that are known by name: joining, adopting, leaving, and what refuses
 * a member.
 */
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kwg_files.h"

static void kwg_expect_left(struct kunit *test, const struct kwaitgroup *wg)
{
	KUNIT_EXPECT_EQ(test, kwg_state(wg), 0LL);
}

/* A member that joins, says so, and leaves when it is told to. */
struct kwg_joiner {
	struct kwg_thread thread;
	struct kwaitgroup *wg;
	struct kwaitgroup_member m;
	struct completion joined, leave;
};

static int kwg_joiner_main(void *arg)
{
	struct kwg_joiner *j = arg;
	int err = kwaitgroup_join(j->wg, &j->m);

	complete(&j->joined);
	wait_for_completion(&j->leave);
	if (!err)
		kwaitgroup_leave(&j->m);
	return err;
}

static void kwg_start_joiner(struct kunit *test, struct kwg_joiner *j,
			     struct kwaitgroup *wg)
{
	j->wg = wg;
	j->m = (struct kwaitgroup_member){};
	init_completion(&j->joined);
	init_completion(&j->leave);
	kwg_start(test, &j->thread, kwg_joiner_main, j);
	wait_for_completion(&j->joined);
}

static int kwg_join_joiner(struct kwg_joiner *j)
{
	complete(&j->leave);
	return kwg_join(&j->thread);
}

/* It counts as one, and a wait waits for it. */
static void kwg_join_adds_one(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper s;
	struct kwg_joiner j;

	kwg_start_joiner(test, &j, &wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&wg, 1), -ETIMEDOUT);
	kwg_put_to_sleep(test, &s, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_FALSE(test, completion_done(&s.thread.exited));
	KUNIT_EXPECT_EQ(test, kwg_join_joiner(&j), 0);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
	kwg_expect_left(test, &wg);
}

/* The starter has added: the count stays, and falls with the leave. */
static void kwg_adopt_adds_nothing(struct kunit *test)
{
	struct kwaitgroup_member m = {};
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwaitgroup_add(&wg, 2);
	KUNIT_EXPECT_EQ(test, kwaitgroup_adopt(&wg, &m), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 2);
	kwaitgroup_leave(&m);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	kwaitgroup_done(&wg);
	kwg_expect_left(test, &wg);
}

/* A closed group lets nobody in; whom it counts already may have a name. */
static void kwg_adopt_closed(struct kunit *test)
{
	struct kwaitgroup_member m = {};
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwaitgroup_add(&wg, 1);
	kwaitgroup_close(&wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_adopt(&wg, &m), 0);
	kwaitgroup_leave(&m);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
}

/* A thread that leaves a membership which its starter has made for it. */
static int kwg_leaver_main(void *m)
{
	kwaitgroup_leave(m);
	return 0;
}

static void kwg_join_task_leaves_itself(struct kunit *test)
{
	struct kwaitgroup_member m = {};
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread t = { .fn = kwg_leaver_main, .arg = &m };

	init_completion(&t.exited);
	t.task = kthread_create(kwg_thread_main, &t, "kwg_created");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t.task);
	KUNIT_EXPECT_EQ(test, kwaitgroup_join_task(&wg, &m, t.task), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&wg, 1), -ETIMEDOUT);
	wake_up_process(t.task);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwg_join(&t), 0);
	kwg_expect_left(test, &wg);
}

static int kwg_exit_at_once(void *unused)
{
	return 0;
}

/* A task that has exited and is kept by a reference does not become a member. */
static void kwg_join_task_exited(struct kunit *test)
{
	struct kwaitgroup_member m = {};
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread t;

	t.task = kthread_create(kwg_exit_at_once, NULL, "kwg_exited");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t.task);
	get_task_struct(t.task);
	wake_up_process(t.task);
	KUNIT_EXPECT_TRUE(test, kwg_until(READ_ONCE(t.task->exit_state)));
	KUNIT_EXPECT_EQ(test, kwaitgroup_join_task(&wg, &m, t.task), -ESRCH);
	put_task_struct(t.task);
	kwg_expect_left(test, &wg);
}

static void kwg_join_closed(struct kunit *test)
{
	struct kwaitgroup_member m = {};
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwaitgroup_close(&wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_join(&wg, &m), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, kwaitgroup_join_task(&wg, &m, current),
			-ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 0);
	/* What was refused is not joined, so it may be used again. */
	KUNIT_EXPECT_EQ(test, kwaitgroup_reinit(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_join(&wg, &m), 0);
	kwaitgroup_leave(&m);
	kwg_expect_left(test, &wg);
}

static void kwg_join_full(struct kunit *test)
{
	struct kwaitgroup_member m = {};
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwaitgroup_add(&wg, KWAITGROUP_COUNT_MAX);
	KUNIT_EXPECT_EQ(test, kwaitgroup_join(&wg, &m), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), KWAITGROUP_COUNT_MAX);
	KUNIT_EXPECT_EQ(test, kwaitgroup_adopt(&wg, &m), 0);
	kwaitgroup_leave(&m);
	kwaitgroup_add(&wg, -(KWAITGROUP_COUNT_MAX - 1));
	kwg_expect_left(test, &wg);
}

/* One way out of a scope with a member each. */
static int kwg_scoped(struct kwaitgroup *wg, int way)
{
	CLASS(kwaitgroup_member, m)(wg);

	if (IS_ERR(m))
		return PTR_ERR(m);
	while (way == 1)
		return -EIO;
	if (way == 2)
		goto out;
	if (way == 3) {
		CLASS(kwaitgroup_member, inner)(wg);

		return IS_ERR(inner) ? PTR_ERR(inner) : kwaitgroup_count(wg);
	}
out:
	return way;
}

static void kwg_scope_every_path(struct kunit *test)
{
	static const int results[] = { 0, -EIO, 2, 2 };
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int way;

	for (way = 0; way < ARRAY_SIZE(results); way++) {
		KUNIT_EXPECT_EQ(test, kwg_scoped(&wg, way), results[way]);
		KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 0);
	}
	kwaitgroup_close(&wg);
	KUNIT_EXPECT_EQ(test, kwg_scoped(&wg, 0), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
}

/* One way out of a scope that adopts; the starter has added. */
static int kwg_adopted_scope(struct kwaitgroup *wg, int way)
{
	CLASS(kwaitgroup_adopted, m)(wg);

	m->cookie = way;
	while (way == 1)
		return -EIO;
	if (way == 2)
		return kwaitgroup_count(wg);
	return way;
}

static void kwg_adopted_every_path(struct kunit *test)
{
	static const int results[] = { 0, -EIO, 1 };
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int way;

	for (way = 0; way < ARRAY_SIZE(results); way++) {
		kwaitgroup_add(&wg, 1);
		KUNIT_EXPECT_EQ(test, kwg_adopted_scope(&wg, way),
				results[way]);
		KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 0);
	}
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	kwg_expect_left(test, &wg);
}

/* Many memberships of one task, left in the order of the parameter. */
#define KWG_MEMBERSHIPS	200

static const struct kwg_order_case {
	const char *desc;
	bool newest_first;
} kwg_order_cases[] = {
	{ "newest_first", true },
	{ "oldest_first", false },
};

static void kwg_order_desc(const struct kwg_order_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_order, kwg_order_cases, kwg_order_desc);

static void kwg_many_memberships(struct kunit *test)
{
	const struct kwg_order_case *c = test->param_value;
	DECLARE_KWAITGROUP_ONSTACK(odd);
	DECLARE_KWAITGROUP_ONSTACK(even);
	struct kwaitgroup_member *m;
	int i;

	m = kcalloc(KWG_MEMBERSHIPS, sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	for (i = 0; i < KWG_MEMBERSHIPS; i++)
		KUNIT_EXPECT_EQ(test, kwaitgroup_join(i % 2 ? &odd : &even,
						      &m[i]), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&odd), KWG_MEMBERSHIPS / 2);
	for (i = 0; i < KWG_MEMBERSHIPS; i++) {
		int nr = c->newest_first ? KWG_MEMBERSHIPS - 1 - i : i;

		kwaitgroup_leave(&m[nr]);
		KUNIT_EXPECT_EQ(test, kwaitgroup_count(&odd) +
				kwaitgroup_count(&even),
				KWG_MEMBERSHIPS - 1 - i);
	}
	kwg_expect_left(test, &odd);
	kwg_expect_left(test, &even);
	kfree(m);
}

/* Left, and joined again: the same group and another. */
static void kwg_member_is_reused(struct kunit *test)
{
	struct kwaitgroup_member m = { .cookie = 7 };
	DECLARE_KWAITGROUP_ONSTACK(first);
	DECLARE_KWAITGROUP_ONSTACK(second);
	int i;

	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_EQ(test, kwaitgroup_join(i % 3 ? &first : &second,
						      &m), 0);
		KUNIT_EXPECT_EQ(test, kwaitgroup_count(&first) +
				kwaitgroup_count(&second), 1);
		kwaitgroup_leave(&m);
	}
	KUNIT_EXPECT_EQ(test, m.cookie, 7ULL);
	kwg_expect_left(test, &first);
	kwg_expect_left(test, &second);
}

#ifdef CONFIG_FAILSLAB

/* Join with the next allocation failing, of which most joins make none. */
static int kwg_join_unlucky(struct kwaitgroup *wg, struct kwaitgroup_member *m)
{
	int err;

	current->fail_nth = 1;
	err = kwaitgroup_join(wg, m);
	current->fail_nth = 0;
	return err;
}

/* No memory for what is known of a member: it is one all the same. */
static void kwg_join_out_of_memory(struct kunit *test)
{
	struct kwaitgroup_member m[32] = {};
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int i, joined = ARRAY_SIZE(m);

	for (i = 0; i < joined; i++)
		KUNIT_EXPECT_EQ(test, kwg_join_unlucky(&wg, &m[i]), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), joined);
	/* The first ones had a slot, or spare records. */
	KUNIT_EXPECT_GE(test, kwg_stat(test, "members_unnamed"), joined / 2L);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&wg, 0), -ETIMEDOUT);
	for (i = 0; i < joined; i++) {
		kwaitgroup_leave(&m[i]);
		KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), joined - 1 - i);
	}
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members_unnamed"), 0L);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	kwg_expect_left(test, &wg);
}

/* The group is full or closed: that is not a matter of memory. */
static void kwg_refused_out_of_memory(struct kunit *test)
{
	struct kwaitgroup_member m[16] = {};
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int i;

	kwaitgroup_close(&wg);
	for (i = 0; i < ARRAY_SIZE(m); i++)
		KUNIT_EXPECT_EQ(test, kwg_join_unlucky(&wg, &m[i]),
				-ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members_unnamed"), 0L);
}

#else

static void kwg_join_out_of_memory(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAILSLAB");
}

static void kwg_refused_out_of_memory(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAILSLAB");
}

#endif

static struct kunit_case kwg_member_cases[] = {
	KUNIT_CASE(kwg_join_adds_one),
	KUNIT_CASE(kwg_adopt_adds_nothing),
	KUNIT_CASE(kwg_adopt_closed),
	KUNIT_CASE(kwg_join_task_leaves_itself),
	KUNIT_CASE(kwg_join_task_exited),
	KUNIT_CASE(kwg_join_closed),
	KUNIT_CASE(kwg_join_full),
	KUNIT_CASE(kwg_join_out_of_memory),
	KUNIT_CASE(kwg_refused_out_of_memory),
	KUNIT_CASE(kwg_scope_every_path),
	KUNIT_CASE(kwg_adopted_every_path),
	KUNIT_CASE_PARAM(kwg_many_memberships, kwg_order_gen_params),
	KUNIT_CASE(kwg_member_is_reused),
	{}
};

struct kunit_suite kwg_member_suite = {
	.name = "kwaitgroup_member",
	.test_cases = kwg_member_cases,
};
