// SPDX-License-Identifier: GPL-2.0
/* Start a batch of kthreads, four at a time, wait for all: the driver to copy from. */
#include <linux/delay.h>
#include <linux/kwaitgroup_batch.h>
#include <linux/module.h>

static int job(void *finished)
{
	usleep_range(500, 1500);	/* the work */
	atomic_inc(finished);
	return 0;			/* or an error, which cancels the batch */
}

static int __init batch_init(void)
{
	atomic_t finished = ATOMIC_INIT(0);
	struct kwaitgroup_batch b;
	int i, err = 0;

	kwaitgroup_batch_init(&b, 4);
	for (i = 0; i < 8 && !err; i++)
		err = kwaitgroup_batch_run(&b, job, &finished, "batch/%d", i);
	if (err)
		kwaitgroup_batch_cancel(&b, err);
	err = kwaitgroup_batch_wait(&b);
	pr_info("batch: %d of 8 jobs finished\n", atomic_read(&finished));
	return err;
}

static void __exit batch_exit(void)
{
}

module_init(batch_init);
module_exit(batch_exit);
MODULE_DESCRIPTION("kwaitgroup sample: run a batch of kthreads and wait for it");
MODULE_LICENSE("GPL");
