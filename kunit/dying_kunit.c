// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks that die as members: a kthread that returns, exits, oopses or hits a
 * BUG, a worker of a workqueue, a process that exits or is killed.
 *
 * Each way joins in a function of its own, so that its report can be told from
 * the others', and is limited on its own. Members are on the stack that dies.
 */
#include <linux/anon_inodes.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "kwg_dying.h"

/* As the mortal: afterwards the case may go on, and @mortal be gone. */
static void kwg_await_death(struct kwg_mortal *mortal, int err)
{
	mortal->err = err;
	complete(&mortal->joined);
	wait_for_completion(&mortal->die);
}

static int kwg_dies_returning(void *arg)
{
	struct kwg_mortal *mortal = arg;
	struct kwaitgroup_member m = {};

	kwg_await_death(mortal, kwaitgroup_join(mortal->wg, &m));
	return 0;
}

static int kwg_dies_exiting(void *arg)
{
	struct kwg_mortal *mortal = arg;
	struct kwaitgroup_member m = {};

	kwg_await_death(mortal, kwaitgroup_join(mortal->wg, &m));
	kthread_complete_and_exit(NULL, 0);
}

/*
 * The same again: who dies often, uses up the limit of reports of its call. With
 * another status, as the compiler would make one function of the two.
 */
static int kwg_dies_racing(void *arg)
{
	struct kwg_mortal *mortal = arg;
	struct kwaitgroup_member m = {};

	kwg_await_death(mortal, kwaitgroup_join(mortal->wg, &m));
	kthread_complete_and_exit(NULL, 1);
}

noinline void kwg_oops(void)
{
	int *nowhere = NULL;

	/* Known, the compiler would make something else of it. */
	OPTIMIZER_HIDE_VAR(nowhere);
	WRITE_ONCE(*nowhere, 1);
}

static int kwg_dies_by_oops(void *arg)
{
	struct kwg_mortal *mortal = arg;
	struct kwaitgroup_member m = {};

	kwg_await_death(mortal, kwaitgroup_join(mortal->wg, &m));
	kwg_oops();
	return 0;
}

static int kwg_dies_by_bug(void *arg)
{
	struct kwg_mortal *mortal = arg;
	struct kwaitgroup_member m = {};

	kwg_await_death(mortal, kwaitgroup_join(mortal->wg, &m));
	BUG();
}

static int kwg_dies_of_many(void *arg)
{
	struct kwg_mortal *mortal = arg;
	struct kwaitgroup_member m[4] = {};
	int err = kwaitgroup_join(mortal->wg, &m[0]);
	int i;

	for (i = 0; i < ARRAY_SIZE(mortal->more) && !err; i++)
		err = kwaitgroup_join(mortal->more[i], &m[1 + i]);
	if (!err)
		err = kwaitgroup_join(mortal->wg, &m[3]);
	kwg_await_death(mortal, err);
	return 0;
}

/* A mistake that oopses while it joins: its other membership is reported. */
static int kwg_dies_joining_nothing(void *arg)
{
	struct kwg_mortal *mortal = arg;
	struct kwaitgroup_member m[2] = {};
	struct kwaitgroup *nothing = NULL;

	kwg_await_death(mortal, kwaitgroup_join(mortal->wg, &m[0]));
	OPTIMIZER_HIDE_VAR(nothing);
	return kwaitgroup_join(nothing, &m[1]);
}

static void kwg_raise_thread(struct kunit *test, struct kwg_mortal *mortal,
			     const struct kwg_way *way)
{
	struct task_struct *task;

	task = kthread_create(way->main, mortal, "kwg_mortal");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	mortal->task = get_task_struct(task);
	wake_up_process(task);
}

/*
 * The workqueue, the work item and the worker's task are never freed: the pool
 * of workers goes on to point to all three. Destroying the workqueue would wait
 * for the work item to finish.
 */
struct kwg_deadly_work {
	struct work_struct work;
	struct kwg_mortal *mortal;
};

static void kwg_dies_as_worker(struct work_struct *work)
{
	struct kwg_deadly_work *deadly = container_of(work, typeof(*deadly),
						      work);
	struct kwg_mortal *mortal = deadly->mortal;
	struct kwaitgroup_member m = {};

	get_task_struct(current);	/* for ever */
	mortal->task = get_task_struct(current);
	kwg_await_death(mortal, kwaitgroup_join(mortal->wg, &m));
	kwg_oops();
}

static void kwg_raise_worker(struct kunit *test, struct kwg_mortal *mortal,
			     const struct kwg_way *way)
{
	struct kwg_deadly_work *deadly = kzalloc(sizeof(*deadly), GFP_KERNEL);
	struct workqueue_struct *wq;

	KUNIT_ASSERT_NOT_NULL(test, deadly);
	wq = alloc_workqueue("kwg_mortal", WQ_UNBOUND, 1);
	KUNIT_ASSERT_NOT_NULL(test, wq);
	deadly->mortal = mortal;
	INIT_WORK(&deadly->work, kwg_dies_as_worker);
	queue_work(wq, &deadly->work);
}

/*
 * A process joins on its way from a kernel thread to its program. Its member is
 * static, as the stack of that way is left before it dies.
 */
static struct kwaitgroup_member kwg_process_member;

static int kwg_dies_as_process(struct subprocess_info *info, struct cred *new)
{
	struct kwg_mortal *mortal = info->data;

	mortal->task = get_task_struct(current);
	kwg_await_death(mortal, kwaitgroup_join(mortal->wg,
						&kwg_process_member));
	return 0;
}

/*
 * A process that joins when its files are closed, as it exits: its exit was
 * announced before.
 */
static int kwg_dies_releasing(struct inode *inode, struct file *file)
{
	struct kwg_mortal *mortal = file->private_data;

	mortal->task = get_task_struct(current);
	kwg_await_death(mortal, kwaitgroup_join(mortal->wg,
						&kwg_process_member));
	return 0;
}

static const struct file_operations kwg_deadly_fops = {
	.owner = THIS_MODULE,
	.release = kwg_dies_releasing,
};

static int kwg_opens_deadly(struct subprocess_info *info, struct cred *new)
{
	int fd = anon_inode_getfd("kwg_deadly", &kwg_deadly_fops, info->data,
				  O_RDWR);

	return min(fd, 0);
}

static void kwg_raise_process(struct kunit *test, struct kwg_mortal *mortal,
			      int (*init)(struct subprocess_info *info,
					  struct cred *new), char *line)
{
	/* Read by the process when this has returned. */
	static char *envp[] = { "PATH=/bin", NULL };
	static char *argv[] = { "/bin/sh", "-c", NULL, NULL };
	struct subprocess_info *info;

	argv[2] = line;
	info = call_usermodehelper_setup(argv[0], argv, envp, GFP_KERNEL,
					 init, NULL, mortal);
	KUNIT_ASSERT_NOT_NULL(test, info);
	KUNIT_EXPECT_EQ(test, call_usermodehelper_exec(info, UMH_NO_WAIT), 0);
}

static void kwg_raise_exiting(struct kunit *test, struct kwg_mortal *mortal,
			      const struct kwg_way *way)
{
	kwg_raise_process(test, mortal, kwg_dies_as_process, "exit 3");
}

static void kwg_raise_releasing(struct kunit *test, struct kwg_mortal *mortal,
				const struct kwg_way *way)
{
	kwg_raise_process(test, mortal, kwg_opens_deadly, "exit 3");
}

static void kwg_raise_killed(struct kunit *test, struct kwg_mortal *mortal,
			     const struct kwg_way *way)
{
	kwg_raise_process(test, mortal, kwg_dies_as_process, "kill -9 $$");
}

const struct kwg_way kwg_ways[KWG_WAYS] = {
	[KWG_DIES_RETURNING] = { "kwg_dies_returning", kwg_raise_thread,
		kwg_dies_returning },
	[KWG_DIES_EXITING] = { "kwg_dies_exiting", kwg_raise_thread,
		kwg_dies_exiting },
	[KWG_DIES_BY_OOPS] = { "kwg_dies_by_oops", kwg_raise_thread,
		kwg_dies_by_oops, .oopses = true },
	[KWG_DIES_BY_BUG] = { "kwg_dies_by_bug", kwg_raise_thread,
		kwg_dies_by_bug, .oopses = true },
	[KWG_DIES_AS_WORKER] = { "kwg_dies_as_worker", kwg_raise_worker,
		.oopses = true },
	[KWG_DIES_AS_PROCESS] = { "kwg_dies_as_process", kwg_raise_exiting },
	[KWG_DIES_KILLED] = { "kwg_dies_as_process", kwg_raise_killed },
	[KWG_DIES_RELEASING] = { "kwg_dies_releasing", kwg_raise_releasing },
	[KWG_DIES_OF_MANY] = { "kwg_dies_of_many", kwg_raise_thread,
		kwg_dies_of_many },
	[KWG_DIES_RACING] = { "kwg_dies_racing", kwg_raise_thread,
		kwg_dies_racing },
	[KWG_DIES_JOINING_NOTHING] = { "kwg_dies_joining_nothing",
		kwg_raise_thread, kwg_dies_joining_nothing, .oopses = true },
};

void kwg_raise(struct kunit *test, struct kwg_mortal *mortal,
	       struct kwaitgroup *wg, int way)
{
	mortal->wg = wg;
	init_completion(&mortal->joined);
	init_completion(&mortal->die);
	kwg_ways[way].start(test, mortal, &kwg_ways[way]);
	wait_for_completion(&mortal->joined);
	KUNIT_EXPECT_EQ(test, mortal->err, 0);
}

void kwg_let_die(struct kwg_mortal *mortal)
{
	complete(&mortal->die);
}

void kwg_reap(struct kunit *test, struct kwg_mortal *mortal)
{
	KUNIT_EXPECT_TRUE(test, kwg_until(READ_ONCE(mortal->task->exit_state)));
	put_task_struct(mortal->task);
}
