// SPDX-License-Identifier: GPL-2.0
/* What atomic_completion.cocci finds, and what it does not. */
#include <linux/slab.h>
#include "fixture.h"

struct io {
	atomic_t left;
	struct completion all;
};

static void bad_io_end(struct io *io)
{
	if (atomic_dec_and_test(&io->left)) /* expect: atomic_completion */
		complete(&io->all);
}

static void good_io_wait(struct io *io, struct job *job, int n)
{
	atomic_set(&io->left, 1);
	init_completion(&io->all);
	while (n--) {
		atomic_inc(&io->left);
		hand_over(job);
	}
	bad_io_end(io);
	wait_for_completion(&io->all);
}

struct late {
	atomic_t busy;
	struct completion idle;
};

static void bad_block(struct late *it)
{
	if (atomic_dec_return(&it->busy) == 0) { /* expect: atomic_completion */
		pr_debug("the last one\n");
		complete_all(&it->idle);
	}
}

static void bad_rest(struct late *it)
{
	if (!atomic_dec_and_test(&it->busy)) /* expect: atomic_completion */
		return;
	complete(&it->idle);
}

static int good_late_wait(struct late *it)
{
	return wait_for_completion_timeout(&it->idle, HZ);
}

/* A reference: who is last frees. */
static void good_reference(struct late *it)
{
	if (atomic_dec_and_test(&it->busy))
		kfree(it);
}

/* Each completes. */
static void good_each(struct late *it)
{
	atomic_dec(&it->busy);
	complete(&it->idle);
}

static void good_first(struct late *it)
{
	if (atomic_inc_return(&it->busy) == 1)
		complete(&it->idle);
}

static void good_group(struct job *job)
{
	kwaitgroup_done(&job->wg);
}
