// SPDX-License-Identifier: GPL-2.0
/*
 * To let nobody in any more, wait until nobody is left, and open again: what a
 * counter of each processor's own costs who waits, which is a grace period of RCU
 * or more. Each in turn, so that what disturbs one disturbs all.
 */
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/kwaitgroup_percpu.h>
#include <linux/ktime.h>
#include <linux/percpu-refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "bench.h"

struct kwg_reuse {
	struct percpu_ref ref;
	struct completion confirmed;
	struct completion released;
	struct kwaitgroup_percpu group;
	struct kwaitgroup_percpu expedited;
};

static void kwg_reuse_released(struct percpu_ref *ref)
{
	complete(&container_of(ref, struct kwg_reuse, ref)->released);
}

static void kwg_reuse_confirmed(struct percpu_ref *ref)
{
	complete(&container_of(ref, struct kwg_reuse, ref)->confirmed);
}

static int kwg_reuse_ref(struct kwg_reuse *r)
{
	reinit_completion(&r->confirmed);
	reinit_completion(&r->released);
	percpu_ref_kill_and_confirm(&r->ref, kwg_reuse_confirmed);
	wait_for_completion(&r->confirmed);
	wait_for_completion(&r->released);
	percpu_ref_reinit(&r->ref);
	return 0;
}

static int kwg_reuse_percpu(struct kwaitgroup_percpu *g)
{
	return kwaitgroup_percpu_drain(g) ?: kwaitgroup_percpu_reinit(g);
}

static int kwg_reuse_group(struct kwg_reuse *r)
{
	return kwg_reuse_percpu(&r->group);
}

static int kwg_reuse_expedited(struct kwg_reuse *r)
{
	return kwg_reuse_percpu(&r->expedited);
}

static const struct kwg_reuse_way {
	const char *name;
	int (*reuse)(struct kwg_reuse *r);
} kwg_reuse_ways[] = {
	{ "percpu_ref", kwg_reuse_ref },
	{ "percpu_group", kwg_reuse_group },
	{ "percpu_group,expedited", kwg_reuse_expedited },
};

#define KWG_REUSE_ROUNDS	31

static int kwg_reuse_measure(struct kwg_reuse *r,
			     u32 samples[][KWG_REUSE_ROUNDS])
{
	int round, i, err;
	u64 ns;

	for (round = 0; round < KWG_REUSE_ROUNDS; round++) {
		for (i = 0; i < ARRAY_SIZE(kwg_reuse_ways); i++) {
			ns = ktime_get_ns();
			err = kwg_reuse_ways[i].reuse(r);
			if (err)
				return err;
			samples[i][round] = ktime_get_ns() - ns;
			cond_resched();
		}
	}
	return 0;
}

static int kwg_reuse_init(struct kwg_reuse *r)
{
	int err;

	init_completion(&r->confirmed);
	init_completion(&r->released);
	err = percpu_ref_init(&r->ref, kwg_reuse_released,
			      PERCPU_REF_ALLOW_REINIT, GFP_KERNEL);
	if (err)
		return err;
	err = kwaitgroup_percpu_init(&r->group, 0);
	if (err)
		return err;
	return kwaitgroup_percpu_init(&r->expedited, KWAITGROUP_PERCPU_EXPEDITED);
}

static void kwg_reuse_exit(struct kwg_reuse *r)
{
	percpu_ref_exit(&r->ref);
	kwaitgroup_percpu_exit(&r->group);
	kwaitgroup_percpu_exit(&r->expedited);
}

int kwg_bench_reuse(void)
{
	u32 samples[ARRAY_SIZE(kwg_reuse_ways)][KWG_REUSE_ROUNDS];
	struct kwg_reuse *r = kzalloc(sizeof(*r), GFP_KERNEL);
	int i, err = -ENOMEM;

	if (!r)
		return err;
	err = kwg_reuse_init(r) ?: kwg_reuse_measure(r, samples);
	for (i = 0; i < ARRAY_SIZE(kwg_reuse_ways) && !err; i++)
		kwg_bench_row(samples[i], KWG_REUSE_ROUNDS, "reuse %s",
			      kwg_reuse_ways[i].name);
	kwg_reuse_exit(r);
	kfree(r);
	return err;
}
