// SPDX-License-Identifier: GPL-2.0
/* What drivers use today, and the least that a shared counter can cost. */
#include <linux/slab.h>

#include "bench.h"

/* The limit. */
static noinline void kwg_bench_bare(struct kwg_bench_object *o, unsigned int n)
{
	while (n--) {
		atomic64_inc(&o->bare);
		if (atomic64_dec_and_test(&o->bare))
			barrier();
	}
}

static noinline void kwg_bench_atomic(struct kwg_bench_object *o, unsigned int n)
{
	while (n--) {
		atomic_inc(&o->count);
		if (atomic_dec_and_test(&o->count))
			complete(&o->completion);
	}
}

static noinline void kwg_bench_refcount(struct kwg_bench_object *o, unsigned int n)
{
	while (n--) {
		refcount_inc(&o->refcount);
		if (refcount_dec_and_test(&o->refcount))
			complete(&o->completion);
	}
}

/* A try_get, as a try_add: not in what is finished already. */
static noinline void kwg_bench_inc_not_zero(struct kwg_bench_object *o,
					    unsigned int n)
{
	while (n--)
		if (refcount_inc_not_zero(&o->refcount) &&
		    refcount_dec_and_test(&o->refcount))
			complete(&o->completion);
}

static noinline void kwg_bench_wake_up_var(struct kwg_bench_object *o,
					   unsigned int n)
{
	while (n--) {
		atomic_inc(&o->count);
		if (atomic_dec_and_test(&o->count))
			wake_up_var(&o->count);
	}
}

static void kwg_bench_kref_release(struct kref *kref)
{
}

static noinline void kwg_bench_kref(struct kwg_bench_object *o, unsigned int n)
{
	while (n--) {
		kref_get(&o->kref);
		kref_put(&o->kref, kwg_bench_kref_release);
	}
}

static noinline void kwg_bench_percpu(struct kwg_bench_object *o, unsigned int n)
{
	while (n--) {
		percpu_ref_get(&o->percpu);
		percpu_ref_put(&o->percpu);
	}
}

static noinline void kwg_bench_percpu_try(struct kwg_bench_object *o, unsigned int n)
{
	while (n--)
		if (percpu_ref_tryget_live(&o->percpu))
			percpu_ref_put(&o->percpu);
}

static noinline void kwg_bench_srcu(struct kwg_bench_object *o, unsigned int n)
{
	while (n--)
		srcu_read_unlock(&o->srcu, srcu_read_lock(&o->srcu));
}

#ifdef KWG_BENCH_HAS_CLOSURES
static noinline void kwg_bench_closure(struct kwg_bench_object *o, unsigned int n)
{
	while (n--) {
		closure_get(&o->closure);
		closure_put(&o->closure);
	}
}
#endif

/* And now each is the last, and has to see whether somebody waits. */

static noinline void kwg_bench_atomic_last(struct kwg_bench_object *o,
					   unsigned int n)
{
	while (n--) {
		atomic_inc(&o->last);
		if (atomic_dec_and_test(&o->last))
			complete(&o->completion);
	}
}

static noinline void kwg_bench_var_last(struct kwg_bench_object *o, unsigned int n)
{
	while (n--) {
		atomic_inc(&o->last);
		atomic_dec_and_wake_up(&o->last);
	}
}

/* The memory is not the waiter's when it returns: see bucket.c. */
static noinline void kwg_bench_queue_last(struct kwg_bench_object *o, unsigned int n)
{
	while (n--) {
		atomic_inc(&o->last);
		if (atomic_dec_and_test(&o->last))
			wake_up(&o->queue);
	}
}

static noinline void kwg_bench_try_wait(struct kwg_bench_object *o, unsigned int n)
{
	while (n--)
		if (!try_wait_for_completion(&o->completed))
			barrier();
}

static noinline void kwg_bench_wait(struct kwg_bench_object *o, unsigned int n)
{
	while (n--)
		wait_for_completion(&o->completed);
}

static noinline void kwg_bench_on_stack(struct kwg_bench_object *o, unsigned int n)
{
	while (n--) {
		DECLARE_COMPLETION_ONSTACK(done);
		atomic_t count = ATOMIC_INIT(1);

		if (atomic_dec_and_test(&count))
			complete(&done);
		wait_for_completion(&done);
	}
}

struct kwg_bench_by_hand {
	atomic_t count;
	struct completion done;
};

static noinline void kwg_bench_on_heap(struct kwg_bench_object *o, unsigned int n)
{
	while (n--) {
		struct kwg_bench_by_hand *hand = kmalloc(sizeof(*hand), GFP_ATOMIC);

		if (!hand)
			return;
		atomic_set(&hand->count, 1);
		init_completion(&hand->done);
		if (atomic_dec_and_test(&hand->count))
			complete(&hand->done);
		wait_for_completion(&hand->done);
		kfree(hand);
	}
}

const struct kwg_bench_op kwg_bench_peer_ops[] = {
	{ "bare-pair", "pair", kwg_bench_bare, .shared = true },
	{ "atomic+completion", "pair", kwg_bench_atomic, .shared = true },
	{ "refcount+completion", "pair", kwg_bench_refcount, .shared = true },
	{ "refcount_inc_not_zero", "pair", kwg_bench_inc_not_zero, .shared = true },
	{ "atomic+wake_up_var", "pair", kwg_bench_wake_up_var, .shared = true },
	{ "kref", "pair", kwg_bench_kref, .shared = true },
	{ "percpu_ref", "pair", kwg_bench_percpu, .shared = true },
	{ "percpu_ref_tryget_live", "pair", kwg_bench_percpu_try, .shared = true },
	{ "srcu_read", "pair", kwg_bench_srcu, .shared = true },
#ifdef KWG_BENCH_HAS_CLOSURES
	{ "closure", "pair", kwg_bench_closure, .shared = true },
#endif
	{ "atomic+completion,last", "last", kwg_bench_atomic_last },
	{ "atomic_dec_and_wake_up,last", "last", kwg_bench_var_last },
	{ "atomic+wake_up,last", "last", kwg_bench_queue_last },
	{ "try_wait_for_completion", "zero", kwg_bench_try_wait },
	{ "wait_for_completion", "zero", kwg_bench_wait, .varies = true },
	{ "completion,stack", "life", kwg_bench_on_stack, .varies = true },
	{ "completion,heap", "life", kwg_bench_on_heap, .varies = true },
	{}
};
