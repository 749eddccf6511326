// SPDX-License-Identifier: GPL-2.0
/* What copied.cocci finds, and what it does not. */
#include <linux/slab.h>
#include <linux/string.h>
#include "fixture.h"

struct device_state {
	int number;
	struct kwaitgroup users;
};

struct plain_state {
	int number;
	struct kwaitgroup *users;
};

static void bad_assigned(struct job *job, struct kwaitgroup *wg)
{
	job->wg = *wg; /* expect: copied */
}

static int bad_parameter(struct kwaitgroup wg) /* expect: copied */
{
	return kwaitgroup_count(&wg);
}

static int bad_start(struct job *job)
{
	struct kwaitgroup wg = job->wg; /* expect: copied */

	return kwaitgroup_wait(&wg);
}

static void bad_outer(struct device_state *new, struct device_state *old)
{
	*new = *old; /* expect: copied */
}

static int bad_outer_start(struct device_state *old)
{
	struct device_state state = *old; /* expect: copied */

	return state.number;
}

static void *bad_memory(struct device_state *old)
{
	return kmemdup(old, sizeof(*old), GFP_KERNEL); /* expect: copied */
}

static void bad_bytes(struct job *job, struct kwaitgroup *wg)
{
	memcpy(wg, &job->wg, sizeof(*wg)); /* expect: copied */
}

static void bad_percpu(struct kwaitgroup_percpu *to, struct kwaitgroup_percpu *from)
{
	*to = *from; /* expect: copied */
}

static void good_pointer(struct job *job, struct kwaitgroup *wg)
{
	job->group = wg;
}

static void good_outer(struct plain_state *new, struct plain_state *old)
{
	*new = *old;
}

static int good_field(struct device_state *new, struct device_state *old)
{
	new->number = old->number;
	return kwaitgroup_count(&old->users);
}

static int good_stack(void)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	return kwaitgroup_wait(&wg);
}

static void *good_memory(struct plain_state *old)
{
	return kmemdup(old, sizeof(*old), GFP_KERNEL);
}
