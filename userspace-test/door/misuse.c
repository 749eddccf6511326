// SPDX-License-Identifier: GPL-2.0
/* The misuse that the test-only door commits, each time in a thread of its own. */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>

#include "door.h"

/* A misuse, and the thread that commits it. */
struct kwgt_culprit {
	struct kwaitgroup *wg;
	u32 what;
	struct kwaitgroup started;
	bool survived;
};

/* Each of these is misuse only in some state of the group. */
static bool kwgt_is_misuse(struct kwaitgroup *wg, u32 what)
{
	switch (what) {
	case KWAITGROUP_TEST_NEGATIVE:
		return !kwaitgroup_count(wg);
	case KWAITGROUP_TEST_OVERFLOW:
		return true;
	case KWAITGROUP_TEST_CLOSED:
		return kwaitgroup_try_add_many(wg, 0) == -ESHUTDOWN;
	case KWAITGROUP_TEST_REINIT:
	case KWAITGROUP_TEST_STEAL:
		return kwaitgroup_count(wg) > 0;
	default:
		return false;
	}
}

static void kwgt_commit(struct kwaitgroup *wg, u32 what)
{
	switch (what) {
	case KWAITGROUP_TEST_NEGATIVE:
	case KWAITGROUP_TEST_STEAL:
		kwaitgroup_done(wg);
		break;
	case KWAITGROUP_TEST_OVERFLOW:
		kwaitgroup_add(wg, KWAITGROUP_COUNT_MAX + 1);
		break;
	case KWAITGROUP_TEST_CLOSED:
		kwaitgroup_add(wg, 1);
		kwaitgroup_done(wg);
		break;
	case KWAITGROUP_TEST_REINIT:
		kwaitgroup_reinit(wg);
		break;
	}
}

/* With misuse=bug this does not return from kwgt_commit(). */
static int kwgt_culprit_main(void *data)
{
	struct kwgt_culprit *c = data;

	kwaitgroup_done(&c->started);
	kwgt_commit(c->wg, c->what);
	c->survived = true;
	return 0;
}

/* Returns whether the thread died, or an error. */
static int kwgt_run_culprit(struct kwaitgroup *wg, u32 what)
{
	struct kwgt_culprit c = { .wg = wg, .what = what };
	struct task_struct *task;
	int err;

	kwaitgroup_init(&c.started);
	kwaitgroup_add(&c.started, 1);
	task = kthread_create(kwgt_culprit_main, &c, "kwg_test_culprit");
	if (IS_ERR(task))
		return PTR_ERR(task);
	get_task_struct(task);
	wake_up_process(task);
	/* A thread that is stopped before it has started does not start. */
	err = kwaitgroup_wait(&c.started);
	/* Returns also for one that was killed by a BUG. */
	kthread_stop(task);
	put_task_struct(task);
	return err ?: !c.survived;
}

int kwgt_do_misuse(struct kwgt_door *door, void *data)
{
	struct kwaitgroup_test_misuse *arg = data;
	struct kwaitgroup *wg;
	int ret = -EINVAL;

	if (arg->what >= KWAITGROUP_TEST_MISUSES)
		return -EINVAL;
	wg = kwaitgroup_fdget(arg->fd);
	if (IS_ERR(wg))
		return PTR_ERR(wg);
	if (kwgt_is_misuse(wg, arg->what))
		ret = kwgt_run_culprit(wg, arg->what);
	kwaitgroup_put(wg);
	if (ret < 0)
		return ret;
	arg->died = ret;
	return 0;
}
