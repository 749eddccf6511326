// SPDX-License-Identifier: GPL-2.0
/* What atomic_wait_event.cocci finds, and what it does not. */
#include <linux/slab.h>
#include <linux/wait.h>
#include "fixture.h"

struct freed {
	wait_queue_head_t idle;
	atomic_t left;
};

static void bad_freed_end(struct freed *io)
{
	if (atomic_dec_and_test(&io->left)) /* expect: atomic_wait_event, use_after_free */
		wake_up(&io->idle);
}

static void bad_freed_wait(struct job *job)
{
	struct freed *io = kzalloc(sizeof(*io), GFP_KERNEL);

	if (!io)
		return;
	init_waitqueue_head(&io->idle);
	atomic_set(&io->left, 1);
	hand_over(job);
	wait_event(io->idle, !atomic_read(&io->left));
	kfree(io);
}

struct on_stack {
	wait_queue_head_t stack_wait;
	atomic_t pending;
	int error;
};

static void bad_stack_end(struct on_stack *io, int error)
{
	if (error)
		io->error = error;
	if (!atomic_dec_return(&io->pending)) { /* expect: atomic_wait_event, use_after_free */
		pr_debug("the last one\n");
		wake_up_all(&io->stack_wait);
	}
}

static int bad_stack_wait(struct job *job)
{
	struct on_stack io = { .pending = ATOMIC_INIT(1) };

	init_waitqueue_head(&io.stack_wait);
	hand_over(job);
	wait_event(io.stack_wait, atomic_read(&io.pending) == 0);
	return io.error;
}

struct put {
	wait_queue_head_t gone;
	atomic_t users;
};

static void bad_put_end(struct put *it)
{
	atomic_dec(&it->users); /* expect: atomic_wait_event, use_after_free */
	wake_up(&it->gone);
}

static void bad_put_wait(struct put *it)
{
	wait_event_timeout(it->gone, !atomic_read(&it->users), HZ);
	kvfree(it);
}

struct kept {
	wait_queue_head_t queue;
	atomic_t count;
};

/* An idiom, but what it wakes stays. */
static void bad_kept_end(struct kept *it)
{
	if (atomic_dec_and_test(&it->count)) /* expect: atomic_wait_event */
		wake_up(&it->queue);
}

static void good_kept_wait(struct kept *it)
{
	wait_event(it->queue, !atomic_read(&it->count));
}

static void bad_active_end(struct kept *it)
{
	if (!atomic_dec_return(&it->count) && /* expect: atomic_wait_event */
	    waitqueue_active(&it->queue))
		wake_up(&it->queue);
}

struct locked {
	wait_queue_head_t changed;
	spinlock_t lock;	/* of count */
	atomic_t limit;
	int count;
};

/* No atomic is counted down. */
static void good_locked_end(struct locked *it)
{
	bool last;

	spin_lock(&it->lock);
	last = !--it->count;
	if (last)
		wake_up(&it->changed);
	spin_unlock(&it->lock);
}

static void good_limit(struct locked *it)
{
	atomic_inc(&it->limit);
	wake_up(&it->changed);
}

/* Counted down, and nobody is woken for it. */
static void good_reference(struct locked *it)
{
	if (atomic_dec_and_test(&it->limit))
		kfree(it);
}

static void good_group_end(struct job *job)
{
	kwaitgroup_done(&job->wg);
}
