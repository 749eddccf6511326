// SPDX-License-Identifier: GPL-2.0
/* Ways to wait that sleep, and who wakes them. */
#include "bench.h"

static void kwg_arm_group(struct kwg_bench_object *o)
{
	kwaitgroup_add(&o->group, 1);
}

static void kwg_wait_group(struct kwg_bench_object *o)
{
	kwaitgroup_wait(&o->group);
}

static void kwg_wake_group(struct kwg_bench_object *o)
{
	kwaitgroup_done(&o->group);
}

static void kwg_arm_completion(struct kwg_bench_object *o)
{
	reinit_completion(&o->completion);
}

static void kwg_wait_completion(struct kwg_bench_object *o)
{
	wait_for_completion(&o->completion);
}

static void kwg_wake_completion(struct kwg_bench_object *o)
{
	complete(&o->completion);
}

static void kwg_wake_completion_all(struct kwg_bench_object *o)
{
	complete_all(&o->completion);
}

/* What a wait group is by hand: the last one completes. */
static void kwg_arm_atomic_completion(struct kwg_bench_object *o)
{
	reinit_completion(&o->completion);
	atomic_inc(&o->last);
}

static void kwg_wake_atomic_completion(struct kwg_bench_object *o)
{
	if (atomic_dec_and_test(&o->last))
		complete_all(&o->completion);
}

static void kwg_arm_var(struct kwg_bench_object *o)
{
	atomic_inc(&o->last);
}

static void kwg_wait_var(struct kwg_bench_object *o)
{
	wait_var_event(&o->last, !atomic_read(&o->last));
}

static void kwg_wake_var(struct kwg_bench_object *o)
{
	atomic_dec_and_wake_up(&o->last);
}

static void kwg_wait_queue(struct kwg_bench_object *o)
{
	wait_event(o->queue, !atomic_read(&o->last));
}

static void kwg_wake_queue(struct kwg_bench_object *o)
{
	if (atomic_dec_and_test(&o->last))
		wake_up_all(&o->queue);
}

const struct kwg_bench_sleep kwg_bench_sleeps[] = {
	{ "group", kwg_arm_group, kwg_wait_group, kwg_wake_group },
	{ "completion", kwg_arm_completion, kwg_wait_completion,
	  kwg_wake_completion, .for_one = true },
	{ "complete_all", kwg_arm_completion, kwg_wait_completion,
	  kwg_wake_completion_all },
	{ "atomic+complete_all", kwg_arm_atomic_completion, kwg_wait_completion,
	  kwg_wake_atomic_completion },
	{ "atomic+wait_var_event", kwg_arm_var, kwg_wait_var, kwg_wake_var },
	{ "atomic+wait_event", kwg_arm_var, kwg_wait_queue, kwg_wake_queue },
	{}
};
