// SPDX-License-Identifier: GPL-2.0
/* What atomic_wait_var.cocci finds, and what it does not. */
#include <linux/refcount.h>
#include <linux/wait_bit.h>
#include "fixture.h"

struct writers {
	atomic_t count;
	refcount_t refs;
};

static void bad_last(struct writers *w)
{
	if (atomic_dec_and_test(&w->count)) /* expect: atomic_wait_var */
		wake_up_var(&w->count);
}

static void bad_each(struct writers *w)
{
	atomic_dec(&w->count); /* expect: atomic_wait_var */
	wake_up_var(&w->count);
}

static void bad_reference(struct writers *w)
{
	if (refcount_dec_and_test(&w->refs)) { /* expect: atomic_wait_var */
		pr_debug("the last one\n");
		wake_up_var(&w->refs);
	}
}

static void good_wait(struct writers *w)
{
	wait_var_event(&w->count, !atomic_read(&w->count));
}

static void good_set(struct writers *w)
{
	atomic_set(&w->count, 0);
	wake_up_var(&w->count);
}

static void good_inc(struct writers *w)
{
	atomic_inc(&w->count);
	wake_up_var(&w->count);
}
