// SPDX-License-Identifier: GPL-2.0
/* What the operations work on. */
#include "bench.h"

static void kwg_bench_released(struct percpu_ref *ref)
{
	struct kwg_bench_object *o = container_of(ref, struct kwg_bench_object,
						  percpu);

	complete(&o->completion);
}

static void kwg_bench_init_counts(struct kwg_bench_object *o)
{
	kwaitgroup_init(&o->group);
	kwaitgroup_init(&o->named);
	atomic64_set(&o->bare, 0);
	atomic_set(&o->count, 1);
	refcount_set(&o->refcount, 1);
	kref_init(&o->kref);
#ifdef KWG_BENCH_HAS_CLOSURES
	closure_init(&o->closure, NULL);
#endif
	atomic_set(&o->last, 0);
	init_completion(&o->completion);
	init_completion(&o->completed);
	complete_all(&o->completed);
	init_waitqueue_head(&o->queue);
}

int kwg_bench_object_init(struct kwg_bench_object *o)
{
	struct kwaitgroup_member m = {};
	int err;

	kwg_bench_init_counts(o);
	err = percpu_ref_init(&o->percpu, kwg_bench_released, 0, GFP_KERNEL);
	if (err)
		return err;
	err = init_srcu_struct(&o->srcu);
	if (err)
		goto exit_percpu;
	err = kwaitgroup_percpu_init(&o->scaling, 0);
	if (err)
		goto exit_srcu;
	if (!kwaitgroup_join(&o->named, &m))
		kwaitgroup_leave(&m);
	return 0;

exit_srcu:
	cleanup_srcu_struct(&o->srcu);
exit_percpu:
	percpu_ref_exit(&o->percpu);
	return err;
}

void kwg_bench_object_exit(struct kwg_bench_object *o)
{
	reinit_completion(&o->completion);
	percpu_ref_kill(&o->percpu);
	wait_for_completion(&o->completion);
	percpu_ref_exit(&o->percpu);
	cleanup_srcu_struct(&o->srcu);
	kwaitgroup_percpu_wait(&o->scaling);
	kwaitgroup_percpu_exit(&o->scaling);
	kwaitgroup_wait(&o->group);
	kwaitgroup_wait(&o->named);
}
