// SPDX-License-Identifier: GPL-2.0
/* What a group does. That a done is the last costs nothing if nobody waits. */
#include <linux/slab.h>

#include "bench.h"

static noinline void kwg_bench_nothing(struct kwg_bench_object *o, unsigned int n)
{
	while (n--)
		barrier();
}

const struct kwg_bench_op kwg_bench_empty = {
	.name = "loop", .run = kwg_bench_nothing,
};

static noinline void kwg_bench_add_done(struct kwg_bench_object *o, unsigned int n)
{
	while (n--) {
		kwaitgroup_add(&o->group, 1);
		kwaitgroup_done(&o->group);
	}
}

static noinline void kwg_bench_try_add_done(struct kwg_bench_object *o,
					    unsigned int n)
{
	while (n--)
		if (kwaitgroup_try_add(&o->group))
			kwaitgroup_done(&o->group);
}

static noinline void kwg_bench_join_leave(struct kwg_bench_object *o,
					  unsigned int n)
{
	struct kwaitgroup_member m = {};

	while (n--)
		if (!kwaitgroup_join(&o->named, &m))
			kwaitgroup_leave(&m);
}

static noinline void kwg_bench_adopt_leave(struct kwg_bench_object *o,
					   unsigned int n)
{
	struct kwaitgroup_member m = {};

	while (n--) {
		kwaitgroup_add(&o->named, 1);
		if (!kwaitgroup_adopt(&o->named, &m))
			kwaitgroup_leave(&m);
	}
}

static noinline void kwg_bench_hold_release(struct kwg_bench_object *o,
					    unsigned int n)
{
	struct kwaitgroup_holder h = {};

	while (n--)
		if (!kwaitgroup_hold(&o->named, &h))
			kwaitgroup_release(&h);
}

static noinline void kwg_bench_percpu_add_done(struct kwg_bench_object *o,
					       unsigned int n)
{
	while (n--) {
		kwaitgroup_percpu_add(&o->scaling, 1);
		kwaitgroup_percpu_done(&o->scaling);
	}
}

static noinline void kwg_bench_percpu_try_add_done(struct kwg_bench_object *o,
						   unsigned int n)
{
	while (n--)
		if (kwaitgroup_percpu_try_add(&o->scaling))
			kwaitgroup_percpu_done(&o->scaling);
}

static noinline void kwg_bench_wait_zero(struct kwg_bench_object *o, unsigned int n)
{
	while (n--)
		kwaitgroup_wait(&o->group);
}

static noinline void kwg_bench_wait_named(struct kwg_bench_object *o, unsigned int n)
{
	while (n--)
		kwaitgroup_wait(&o->named);
}

static noinline void kwg_bench_try_wait(struct kwg_bench_object *o, unsigned int n)
{
	while (n--)
		if (!kwaitgroup_try_wait(&o->group))
			barrier();
}

static noinline void kwg_bench_on_stack(struct kwg_bench_object *o, unsigned int n)
{
	while (n--) {
		DECLARE_KWAITGROUP_ONSTACK(wg);

		kwaitgroup_add(&wg, 1);
		kwaitgroup_done(&wg);
		kwaitgroup_wait(&wg);
	}
}

static noinline void kwg_bench_on_heap(struct kwg_bench_object *o, unsigned int n)
{
	while (n--) {
		struct kwaitgroup *wg = kmalloc(sizeof(*wg), GFP_ATOMIC);

		if (!wg)
			return;
		kwaitgroup_init(wg);
		kwaitgroup_add(wg, 1);
		kwaitgroup_done(wg);
		kwaitgroup_wait(wg);
		kfree(wg);
	}
}

static noinline void kwg_bench_register(struct kwg_bench_object *o, unsigned int n)
{
	while (n--) {
		DECLARE_KWAITGROUP_ONSTACK(wg);

		if (!kwaitgroup_register(&wg, "bench"))
			kwaitgroup_unregister(&wg);
	}
}

const struct kwg_bench_op kwg_bench_group_ops[] = {
	{ "add+done", "pair", kwg_bench_add_done, .shared = true },
	{ "try_add+done", "pair", kwg_bench_try_add_done, .shared = true },
	{ "join+leave", "pair", kwg_bench_join_leave, .shared = true },
	{ "add+adopt+leave", "pair", kwg_bench_adopt_leave, .shared = true },
	{ "hold+release", "pair", kwg_bench_hold_release, .shared = true },
	{ "percpu_add+done", "pair", kwg_bench_percpu_add_done, .shared = true },
	{ "percpu_try_add+done", "pair", kwg_bench_percpu_try_add_done,
	  .shared = true },
	{ "add+done,last", "last", kwg_bench_add_done },
	{ "wait", "zero", kwg_bench_wait_zero },
	{ "wait,named", "zero", kwg_bench_wait_named, .varies = true },
	{ "try_wait", "zero", kwg_bench_try_wait },
	{ "group,stack", "life", kwg_bench_on_stack },
	{ "group,heap", "life", kwg_bench_on_heap },
	{ "register+unregister", "life", kwg_bench_register, .varies = true },
	{}
};
