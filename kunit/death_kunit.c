// SPDX-License-Identifier: GPL-2.0
/*
 * Members that die: whichever way, the group breaks, its waits end with
 * -EOWNERDEAD, and the log and debugfs say who it was. A module of its own, as
 * a kernel in which threads have oopsed is not one for other suites.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kwg_dying.h"
#include "kwg_lists.h"

/* How it dies, and whether somebody waits before. Oopses come last. */
static const struct kwg_death_case {
	const char *desc;
	int way;
	bool asleep;
} kwg_death_cases[] = {
	{ "returns_under_waiter", KWG_DIES_RETURNING, true },
	{ "returns_before_wait", KWG_DIES_RETURNING, false },
	{ "exits_under_waiter", KWG_DIES_EXITING, true },
	{ "exits_before_wait", KWG_DIES_EXITING, false },
	{ "process_exits_under_waiter", KWG_DIES_AS_PROCESS, true },
	{ "process_exits_before_wait", KWG_DIES_AS_PROCESS, false },
	{ "process_killed_under_waiter", KWG_DIES_KILLED, true },
	{ "process_killed_before_wait", KWG_DIES_KILLED, false },
	{ "release_under_waiter", KWG_DIES_RELEASING, true },
	{ "release_before_wait", KWG_DIES_RELEASING, false },
	{ "oops_under_waiter", KWG_DIES_BY_OOPS, true },
	{ "oops_before_wait", KWG_DIES_BY_OOPS, false },
	{ "join_of_nothing_under_waiter", KWG_DIES_JOINING_NOTHING, true },
	{ "bug_under_waiter", KWG_DIES_BY_BUG, true },
	{ "bug_before_wait", KWG_DIES_BY_BUG, false },
	{ "worker_oops_under_waiter", KWG_DIES_AS_WORKER, true },
	{ "worker_oops_before_wait", KWG_DIES_AS_WORKER, false },
};

static void kwg_death_desc(const struct kwg_death_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_death, kwg_death_cases, kwg_death_desc);

/* The line in the log, and the one in debugfs. */
static void kwg_expect_obituary(struct kunit *test,
				const struct task_struct *task,
				const char *group, const char *function)
{
	char text[256], *row;

	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_log_deaths()));
	KUNIT_EXPECT_EQ(test, kwg_log.deaths, 1);
	snprintf(text, sizeof(text),
		 "kwaitgroup: member %s[%d] died, group %s, joined in %s+0x",
		 task->comm, task->pid, group, function);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.death_lines[0], text));
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.death_lines[0], ", after "));

	snprintf(text, sizeof(text), " %7d %-15s %-31s %s+0x", task->pid,
		 task->comm, group, function);
	row = kwg_file_line(test, KWG_DEBUGFS "misuse", text);
	KUNIT_EXPECT_TRUE(test, row && strstr(row, " death "));
	kfree(row);
}

/* Broken, with one member left that lives; and as new after reinit. */
static void kwg_expect_bereaved(struct kunit *test, struct kwaitgroup *wg)
{
	struct kwaitgroup_member m = {};
	char *row;

	KUNIT_EXPECT_EQ(test, kwaitgroup_count(wg), 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_killable(wg), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(wg, 0), -EOWNERDEAD);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_has_waiters(wg));
	row = kwg_file_line(test, KWG_DEBUGFS "groups", " mortals ");
	KWG_EXPECT_COLUMN(test, row, 4, "D");
	kfree(row);
	kwaitgroup_done(wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(wg), -EOWNERDEAD);

	KUNIT_EXPECT_EQ(test, kwaitgroup_reinit(wg), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_join(wg, &m), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(wg, 1), -ETIMEDOUT);
	kwaitgroup_leave(&m);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(wg), 0);
}

static void kwg_death_ends_wait(struct kunit *test)
{
	const struct kwg_death_case *c = test->param_value;
	long before = kwg_stat(test, "misuse_death");
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_mortal mortal = {};
	struct kwg_sleeper s;

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "mortals"), 0);
	kwaitgroup_add(&wg, 1);
	kwg_raise(test, &mortal, &wg, c->way);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 2);
	if (c->asleep)
		kwg_put_to_sleep(test, &s, &wg, TASK_KILLABLE,
				 MAX_SCHEDULE_TIMEOUT);
	kwg_let_die(&mortal);
	if (c->asleep)
		KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), -EOWNERDEAD);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_count(&wg) == 1));
	kwg_expect_obituary(test, mortal.task, "mortals",
			    kwg_ways[c->way].name);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "misuse_death"), before + 1);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), 0L);
	kwg_reap(test, &mortal);
	kwg_expect_bereaved(test, &wg);
	kwaitgroup_unregister(&wg);
}

/* Which of the last lines named @group. */
static int kwg_obituaries_of(const char *group)
{
	char text[64];
	int i, n = 0;

	snprintf(text, sizeof(text), " died, group %s, ", group);
	for (i = 0; i < KWG_DEATH_LINES; i++)
		if (strstr(kwg_log.death_lines[i], text))
			n++;
	return n;
}

/* A member of three groups, and of one of them twice: all break, all is told. */
static void kwg_death_breaks_all(struct kunit *test)
{
	long before = kwg_stat(test, "misuse_death");
	struct kwaitgroup wg[3];
	struct kwg_sleeper s[3];
	struct kwg_mortal mortal = { .more = { &wg[1], &wg[2] } };
	int i;

	for (i = 0; i < ARRAY_SIZE(wg); i++) {
		kwaitgroup_init(&wg[i]);
		KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg[i], "many-%d",
							  i), 0);
	}
	kwg_raise(test, &mortal, &wg[0], KWG_DIES_OF_MANY);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg[0]), 2);
	for (i = 0; i < ARRAY_SIZE(wg); i++)
		kwg_put_to_sleep(test, &s[i], &wg[i], TASK_UNINTERRUPTIBLE,
				 MAX_SCHEDULE_TIMEOUT);
	kwg_let_die(&mortal);
	for (i = 0; i < ARRAY_SIZE(wg); i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&s[i].thread), -EOWNERDEAD);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_log_deaths() >= 4));
	kwg_reap(test, &mortal);
	KUNIT_EXPECT_EQ(test, kwg_obituaries_of("many-0"), 2);
	KUNIT_EXPECT_EQ(test, kwg_obituaries_of("many-1"), 1);
	KUNIT_EXPECT_EQ(test, kwg_obituaries_of("many-2"), 1);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "misuse_death"), before + 4);
	for (i = 0; i < ARRAY_SIZE(wg); i++) {
		KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg[i]), 0);
		KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg[i]), -EOWNERDEAD);
		kwaitgroup_unregister(&wg[i]);
	}
}

/* A death does not close the group, and others go on to be members. */
static void kwg_death_leaves_others(struct kunit *test)
{
	struct kwaitgroup_member m = {}, later = {};
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_mortal mortal = {};

	KUNIT_EXPECT_EQ(test, kwaitgroup_join(&wg, &m), 0);
	kwg_raise(test, &mortal, &wg, KWG_DIES_RETURNING);
	kwg_let_die(&mortal);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_count(&wg) == 1));
	KUNIT_EXPECT_EQ(test, kwaitgroup_join(&wg, &later), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 2);
	kwaitgroup_leave(&later);
	kwaitgroup_leave(&m);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), -EOWNERDEAD);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_log_deaths()));
	kwg_reap(test, &mortal);
}

/* The memory of a member is freed while it is joined: reported at the free. */
static void kwg_freed_while_joined(struct kunit *test)
{
	struct kwaitgroup_member *m = kzalloc(sizeof(*m), GFP_KERNEL);
	struct kwaitgroup_member *address = m;
	DECLARE_KWAITGROUP_ONSTACK(wg);

	if (!IS_ENABLED(CONFIG_DEBUG_OBJECTS_FREE)) {
		kfree(m);
		kunit_skip(test, "needs CONFIG_DEBUG_OBJECTS_FREE");
	}
	/* Or the compiler would find the bug. */
	OPTIMIZER_HIDE_VAR(address);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_EXPECT_EQ(test, kwaitgroup_join(&wg, m), 0);
	kwg_log_look_for(0, "ODEBUG: free active");
	kwg_log_look_for(1, "object type: kwaitgroup_member");
	kfree(m);
	KUNIT_EXPECT_EQ(test, kwg_log_seen(0), 1);
	KUNIT_EXPECT_EQ(test, kwg_log_seen(1), 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	kwaitgroup_leave(address);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
}

/* With more memberships than an exit takes off by itself: all are, in the end. */
#define KWG_MUCH	100

struct kwg_devoted {
	struct kwg_thread thread;
	struct kwaitgroup *wg[2];
	struct kwaitgroup_member m[KWG_MUCH];
};

static int kwg_devoted_main(void *arg)
{
	struct kwg_devoted *d = arg;
	int i, err = 0;

	for (i = 0; i < KWG_MUCH && !err; i++)
		err = kwaitgroup_join(d->wg[i % 2], &d->m[i]);
	return err;
}

static void kwg_death_of_much(struct kunit *test)
{
	struct kwg_devoted *d = kzalloc(sizeof(*d), GFP_KERNEL);
	long before = kwg_stat(test, "misuse_death");
	DECLARE_KWAITGROUP_ONSTACK(even);
	DECLARE_KWAITGROUP_ONSTACK(odd);

	KUNIT_ASSERT_NOT_NULL(test, d);
	d->wg[0] = &even;
	d->wg[1] = &odd;
	kwg_start(test, &d->thread, kwg_devoted_main, d);
	KUNIT_EXPECT_EQ(test, kwg_join(&d->thread), 0);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_stat(test, "misuse_death") ==
					  before + KWG_MUCH));
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&even), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&odd), 0);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), 0L);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&even, 0), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&odd, 0), -EOWNERDEAD);
	kfree(d);
}

static struct kunit_case kwg_death_case_list[] = {
	KUNIT_CASE(kwg_freed_while_joined),
	KUNIT_CASE(kwg_death_breaks_all),
	KUNIT_CASE(kwg_death_of_much),
	KUNIT_CASE(kwg_death_leaves_others),
	KUNIT_CASE_PARAM(kwg_death_ends_wait, kwg_death_gen_params),
	{}
};

static struct kunit_suite kwg_death_suite = {
	.name = "kwaitgroup_death",
	.init = kwg_console_watch,
	.exit = kwg_console_unwatch,
	.test_cases = kwg_death_case_list,
};

/* From what must find a healthy kernel to what leaves an ailing one. */
kunit_test_suites(&kwg_stall_suite, &kwg_many_stalls_suite,
		  &kwg_member_misuse_suite, &kwg_plain_done_suite,
		  &kwg_stopped_suite, &kwg_death_race_suite, &kwg_death_suite,
		  &kwg_rest_suite, &kwg_batch_death_suite,
		  &kwg_stall_after_oops_suite, &kwg_many_deaths_suite);

MODULE_DESCRIPTION("KUnit suites of kwaitgroup in which members die");
MODULE_LICENSE("GPL");
