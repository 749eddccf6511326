// SPDX-License-Identifier: GPL-2.0
/*
 * Members that joined by name, and holders, that are finished by a plain done: who
 * finds the count at zero finds it out, and nothing writes to the group afterwards.
 */
#include <linux/kwaitgroup_holder.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "../module/observe/registry.h"
#include "kwg_dying.h"
#include "kwg_lists.h"

/* One who adopts a member, finishes it, and exits when it is told to. */
struct kwg_forger {
	struct kwg_thread thread;
	struct kwaitgroup *wg;
	struct kwaitgroup *first;	/* joined before, if not NULL */
	bool leaves;			/* what it has finished already */
	bool honest;			/* or only so */
	struct kwaitgroup_member m;
	struct completion adopted, finish, finished, end;
};

static noinline int kwg_adopts_here(struct kwaitgroup *wg,
				    struct kwaitgroup_member *m)
{
	int err = kwaitgroup_adopt(wg, m);

	barrier();
	return err;
}

static int kwg_forger_main(void *arg)
{
	struct kwaitgroup_member first = {};
	struct kwg_forger *f = arg;
	int err = 0;

	if (f->first)
		err = kwaitgroup_join(f->first, &first);
	err = err ?: kwg_adopts_here(f->wg, &f->m);
	complete(&f->adopted);
	wait_for_completion(&f->finish);
	if (!f->honest)
		kwaitgroup_done(f->wg);
	complete(&f->finished);
	wait_for_completion(&f->end);
	if (f->leaves)
		kwaitgroup_leave(&f->m);
	if (f->first)
		kwaitgroup_leave(&first);
	return err;
}

/* It has adopted a member of @wg when this returns. */
static void kwg_start_forger(struct kunit *test, struct kwg_forger *f,
			     struct kwaitgroup *wg)
{
	kwaitgroup_add(wg, 1);
	f->wg = wg;
	init_completion(&f->adopted);
	init_completion(&f->finish);
	init_completion(&f->finished);
	init_completion(&f->end);
	kwg_start(test, &f->thread, kwg_forger_main, f);
	get_task_struct(f->thread.task);
	wait_for_completion(&f->adopted);
}

static void kwg_let_finish(struct kwg_forger *f)
{
	complete(&f->finish);
	wait_for_completion(&f->finished);
}

/* It is dead when this returns. */
static void kwg_end_forger(struct kunit *test, struct kwg_forger *f)
{
	complete(&f->end);
	KUNIT_EXPECT_EQ(test, kwg_join(&f->thread), 0);
	KUNIT_EXPECT_TRUE(test,
			  kwg_until(READ_ONCE(f->thread.task->exit_state)));
	put_task_struct(f->thread.task);
}

static long kwg_plain_dones(struct kunit *test)
{
	return kwg_stat(test, "misuse_plain_done");
}

/* The calls that tell the owner that nobody is left. */

static int kwg_look_by_try_wait(struct kwaitgroup *wg)
{
	return kwaitgroup_try_wait(wg) ? 0 : -ETIMEDOUT;
}

static int kwg_look_by_timeout(struct kwaitgroup *wg)
{
	return kwaitgroup_wait_timeout(wg, 0);
}

static const struct kwg_look_case {
	const char *desc;
	int (*look)(struct kwaitgroup *wg);	/* NULL: asleep before the done */
	bool second;				/* not its first membership */
	bool leaves;
} kwg_look_cases[] = {
	{ "wait", kwaitgroup_wait },
	{ "wait_second", kwaitgroup_wait, .second = true },
	{ "wait_then_leave", kwaitgroup_wait, .leaves = true },
	{ "wait_second_then_leave", kwaitgroup_wait, .second = true,
	  .leaves = true },
	{ "asleep", NULL },
	{ "asleep_second", NULL, .second = true },
	{ "timeout", kwg_look_by_timeout },
	{ "drain", kwaitgroup_drain },
	{ "try_wait", kwg_look_by_try_wait },
	{ "reinit", kwaitgroup_reinit, .second = true },
};

static void kwg_look_desc(const struct kwg_look_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_look, kwg_look_cases, kwg_look_desc);

static void kwg_finish_and_look(struct kunit *test, struct kwg_forger *f,
				const struct kwg_look_case *c)
{
	struct kwg_sleeper s;

	if (c->look) {
		kwg_let_finish(f);
		KUNIT_EXPECT_EQ(test, c->look(f->wg), 0);
		return;
	}
	kwg_put_to_sleep(test, &s, f->wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_let_finish(f);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
}

/* Found before the call returns; then the memory is the owner's. */
static void kwg_plain_done_found(struct kunit *test)
{
	const struct kwg_look_case *c = test->param_value;
	long before = kwg_plain_dones(test);
	DECLARE_KWAITGROUP_ONSTACK(first);
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_forger f = {
		.first = c->second ? &first : NULL, .leaves = c->leaves,
	};
	long members;

	kwg_start_forger(test, &f, &wg);
	members = kwg_stat(test, "members");
	kwg_finish_and_look(test, &f, c);
	KUNIT_EXPECT_EQ(test, kwg_plain_dones(test), before + 1);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), members - 1);
	memset(&wg, 0xff, sizeof(wg));
	kwg_end_forger(test, &f);
	KUNIT_EXPECT_FALSE(test, memchr_inv(&wg, 0xff, sizeof(wg)));
	KUNIT_EXPECT_EQ(test, kwg_plain_dones(test), before + 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&first), 0);
}

#define KWG_PLAIN_DONE_TEXT						\
	"a member with a name, or a holder, was finished by a plain done, "	\
	"members 1, group forged, called from kwg_adopts_here+0x"

/* It is the one who joined who is named, in the log and in debugfs. */
static void kwg_plain_done_reported(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_forger f = {};
	char pid[16], *row;

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "forged"), 0);
	kwg_start_forger(test, &f, &wg);
	snprintf(pid, sizeof(pid), " %d ", f.thread.task->pid);
	kwg_let_finish(&f);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 1);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, KWG_PLAIN_DONE_TEXT));
	row = kwg_file_line(test, KWG_DEBUGFS "misuse", " forged ");
	KUNIT_EXPECT_TRUE(test, row && strstr(row, " plain_done "));
	KUNIT_EXPECT_TRUE(test, row && strstr(row, pid));
	kfree(row);
	kwg_end_forger(test, &f);
	kwaitgroup_unregister(&wg);
}

/* Nobody has looked before the task exits: that finds it out, nobody has died. */
static void kwg_plain_done_then_exit(struct kunit *test)
{
	long before = kwg_plain_dones(test);
	long deaths = kwg_stat(test, "misuse_death");
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_forger f = {};

	kwg_start_forger(test, &f, &wg);
	kwg_let_finish(&f);
	kwg_end_forger(test, &f);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_plain_dones(test) == before + 1));
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "misuse_death"), deaths);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), 0L);
	KUNIT_EXPECT_EQ(test, kwg_state(&wg), 0LL);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwg_plain_dones(test), before + 1);
}

/*
 * One has finished and exits while another is running: the exit does not finish
 * the group for that one.
 */
static void kwg_plain_done_among_others(struct kunit *test)
{
	long before = kwg_plain_dones(test);
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_forger forger = {}, other = { .honest = true, .leaves = true };
	unsigned long joined;

	kwg_start_forger(test, &other, &wg);
	kwg_start_forger(test, &forger, &wg);
	joined = jiffies;
	KUNIT_EXPECT_TRUE(test, kwg_until(time_after(jiffies, joined + 2)));
	kwg_let_finish(&forger);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	kwg_end_forger(test, &forger);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_plain_dones(test) == before + 1));
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	KUNIT_EXPECT_EQ(test, kwg_state(&wg) & KWAITGROUP_BROKEN,
			KWAITGROUP_BADFD);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&wg, 1), -EBADFD);
	kwg_let_finish(&other);
	kwg_end_forger(test, &other);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), -EBADFD);
	KUNIT_EXPECT_EQ(test, kwg_plain_dones(test), before + 1);
}

/* Who leaves by its name is not taken for one, however it joined. */
static void kwg_leaving_is_no_plain_done(struct kunit *test)
{
	long before = kwg_plain_dones(test);
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_forger f[3] = {};
	int i, round;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < ARRAY_SIZE(f); i++) {
			f[i] = (struct kwg_forger) {
				.honest = true, .leaves = true,
			};
			kwg_start_forger(test, &f[i], &wg);
			kwg_let_finish(&f[i]);
		}
		for (i = 0; i < ARRAY_SIZE(f); i++)
			kwg_end_forger(test, &f[i]);
		KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	}
	KUNIT_EXPECT_EQ(test, kwg_plain_dones(test), before);
}

static noinline int kwg_takes_here(struct kwaitgroup *wg,
				   struct kwaitgroup_holder *h)
{
	int err = kwaitgroup_hold(wg, h);

	barrier();
	return err;
}

/* Those of others in the same group are left alone, and a late release is refused. */
static void kwg_plain_done_of_holder(struct kunit *test)
{
	struct kwaitgroup_holder h = {}, other = {};
	long not_held = kwg_stat(test, "misuse_not_held");
	long before = kwg_plain_dones(test);
	DECLARE_KWAITGROUP_ONSTACK(wg);
	char *row;

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "lent"), 0);
	KUNIT_EXPECT_EQ(test, kwg_takes_here(&wg, &h), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_hold(&wg, &other), 0);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&wg, 0), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, kwg_plain_dones(test), before);
	kwaitgroup_release(&other);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwg_plain_dones(test), before + 1);
	row = kwg_file_line(test, KWG_DEBUGFS "misuse", " lent ");
	KUNIT_EXPECT_TRUE(test, row && strstr(row, " plain_done "));
	KUNIT_EXPECT_TRUE(test, row && strstr(row, " kwg_takes_here+0x"));
	kfree(row);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "holders"), 0L);
	kwaitgroup_unregister(&wg);
	memset(&wg, 0xff, sizeof(wg));
	kwaitgroup_release(&h);
	KUNIT_EXPECT_FALSE(test, memchr_inv(&wg, 0xff, sizeof(wg)));
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "misuse_not_held"), not_held + 1);
}

#ifdef CONFIG_KWAITGROUP_DEBUG

/* An exit is held before it takes its member off. */
static atomic_t kwg_held, kwg_let_go;

static void kwg_bury_hook(enum kwg_window window)
{
	/* The exit itself, or the watch where deaths are polled for. */
	if (window != KWG_WINDOW_BURY)
		return;
	atomic_set(&kwg_held, 1);
	while (!atomic_read(&kwg_let_go))
		cpu_relax();
}

/* The exit and a wait find the same member at once: one of them reports it. */
static void kwg_found_by_both(struct kunit *test)
{
	long before = kwg_plain_dones(test);
	DECLARE_KWAITGROUP_ONSTACK(first);
	DECLARE_KWAITGROUP_ONSTACK(wg);
	bool second = *(const bool *)test->param_value;
	struct kwg_forger f = { .first = second ? &first : NULL };

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	atomic_set(&kwg_held, 0);
	atomic_set(&kwg_let_go, 0);
	kwg_start_forger(test, &f, &wg);
	kwg_let_finish(&f);
	WRITE_ONCE(kwg_window_hook, kwg_bury_hook);
	complete(&f.end);
	KUNIT_EXPECT_TRUE(test, kwg_until(atomic_read(&kwg_held)));
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwg_plain_dones(test), before + 1);
	memset(&wg, 0xff, sizeof(wg));
	atomic_set(&kwg_let_go, 1);
	kwg_end_forger(test, &f);
	WRITE_ONCE(kwg_window_hook, NULL);
	KUNIT_EXPECT_FALSE(test, memchr_inv(&wg, 0xff, sizeof(wg)));
	KUNIT_EXPECT_EQ(test, kwg_plain_dones(test), before + 1);
}

#else

static void kwg_found_by_both(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_KWAITGROUP_DEBUG");
}

#endif

static const bool kwg_both_cases[] = { false, true };

static void kwg_both_desc(const bool *second, char *desc)
{
	strscpy(desc, *second ? "record" : "slot", KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_both, kwg_both_cases, kwg_both_desc);

static struct kunit_case kwg_plain_done_cases[] = {
	KUNIT_CASE(kwg_plain_done_reported),
	KUNIT_CASE_PARAM(kwg_plain_done_found, kwg_look_gen_params),
	KUNIT_CASE(kwg_plain_done_then_exit),
	KUNIT_CASE(kwg_plain_done_among_others),
	KUNIT_CASE_PARAM(kwg_found_by_both, kwg_both_gen_params),
	KUNIT_CASE(kwg_leaving_is_no_plain_done),
	KUNIT_CASE(kwg_plain_done_of_holder),
	{}
};

struct kunit_suite kwg_plain_done_suite = {
	.name = "kwaitgroup_plain_done",
	.init = kwg_console_watch,
	.exit = kwg_console_unwatch,
	.test_cases = kwg_plain_done_cases,
};
