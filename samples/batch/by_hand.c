// SPDX-License-Identifier: GPL-2.0
/*
 * The same job as in batch.c, as drivers do it by hand: to compare with, not to
 * copy from. What it lacks: the first error stops nobody; a job that dies leaves the
 * wait asleep for ever; a signal does not end the start of more; and when the wait has
 * returned, the last threads still have to return through code of this module, which
 * may be gone by then.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/semaphore.h>

struct crew {
	atomic_t left;			/* jobs, and the one who starts them */
	struct completion all;
	struct semaphore room;		/* four at a time */
	atomic_t finished;
	atomic_t err;			/* the first one */
};

static int work(struct crew *crew)
{
	usleep_range(500, 1500);	/* the work */
	atomic_inc(&crew->finished);
	return 0;			/* or an error */
}

static void one_less(struct crew *crew)
{
	if (atomic_dec_and_test(&crew->left))
		complete(&crew->all);
}

static int job(void *data)
{
	struct crew *crew = data;
	int err = work(crew);

	if (err)
		atomic_cmpxchg(&crew->err, 0, err);
	up(&crew->room);
	one_less(crew);
	return 0;
}

static int __init by_hand_init(void)
{
	struct crew crew = { .left = ATOMIC_INIT(1) };
	struct task_struct *task;
	int i, err = 0;

	init_completion(&crew.all);
	sema_init(&crew.room, 4);
	for (i = 0; i < 8 && !err; i++) {
		down(&crew.room);
		atomic_inc(&crew.left);
		task = kthread_run(job, &crew, "by_hand/%d", i);
		if (IS_ERR(task)) {
			err = PTR_ERR(task);
			up(&crew.room);
			one_less(&crew);
		}
	}
	one_less(&crew);
	wait_for_completion(&crew.all);
	pr_info("by_hand: %d of 8 jobs finished\n", atomic_read(&crew.finished));
	return err ?: atomic_read(&crew.err);
}

static void __exit by_hand_exit(void)
{
}

module_init(by_hand_init);
module_exit(by_hand_exit);
MODULE_DESCRIPTION("The batch sample without kwaitgroup, to compare with");
MODULE_LICENSE("GPL");
