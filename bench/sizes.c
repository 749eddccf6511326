// SPDX-License-Identifier: GPL-2.0
/* Bytes: what each thing takes, and what stands beside it. */
#include "bench.h"
#include "../module/core/core.h"

static const struct {
	const char *name;
	size_t bytes;
} kwg_sizes[] = {
	{ "group", sizeof(struct kwaitgroup) },
	{ "percpu_group,and-a-long-per-CPU", sizeof(struct kwaitgroup_percpu) },
	{ "member", sizeof(struct kwaitgroup_member) },
	{ "holder", sizeof(struct kwaitgroup_holder) },
	{ "waiter,on-its-stack", sizeof(struct kwg_waiter) },
	{ "atomic+completion", sizeof(atomic_t) + sizeof(struct completion) },
	{ "atomic+wait_queue_head", sizeof(atomic_t) + sizeof(wait_queue_head_t) },
	{ "wait_queue_entry,on-its-stack", sizeof(struct wait_queue_entry) },
	{ "wait_bit_queue_entry,on-its-stack", sizeof(struct wait_bit_queue_entry) },
	{ "kref", sizeof(struct kref) },
	{ "percpu_ref", sizeof(struct percpu_ref) },
	{ "srcu_struct", sizeof(struct srcu_struct) },
#ifdef KWG_BENCH_HAS_CLOSURES
	{ "closure", sizeof(struct closure) },
#endif
};

void kwg_bench_sizes(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kwg_sizes); i++)
		pr_info("bench: size %s %zu\n", kwg_sizes[i].name,
			kwg_sizes[i].bytes);
}
