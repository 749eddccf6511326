// SPDX-License-Identifier: GPL-2.0
/* Who announces the exits of tasks, to death.c. */
#include "../compat.h"
#include "shard.h"

#ifdef CONFIG_KWAITGROUP_EXIT_HOOK

/* In the kernel's tree: a call in do_exit(), behind sched_process_exit. */
#include <linux/kwaitgroup_exit.h>

static const struct kwaitgroup_exit_ops kwg_exit_ops = {
	.task_exit = kwg_task_exits,
};

/* Returns whether exits are announced from now on. */
bool kwg_exits_announce(void)
{
	kwaitgroup_exit_register(&kwg_exit_ops);
	return true;
}

/* Nobody is in kwg_task_exits() afterwards. */
void kwg_exits_end(void)
{
	kwaitgroup_exit_unregister();
}

#else

/* Elsewhere: a probe on sched_process_exit, where there are tracepoints. */
#include <linux/string.h>
#include <linux/tracepoint.h>

static struct tracepoint *kwg_exit_tracepoint;

static void kwg_exit_probe(void *unused, KWG_EXIT_PROBE_ARGS)
{
	kwg_task_exits(task);
}

/* By name: modules cannot name the symbol. */
static void kwg_find_exit(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "sched_process_exit"))
		*(struct tracepoint **)found = tp;
}

/* Returns whether exits are announced from now on. */
bool kwg_exits_announce(void)
{
	if (IS_ENABLED(CONFIG_TRACEPOINTS))
		for_each_kernel_tracepoint(kwg_find_exit, &kwg_exit_tracepoint);
	return kwg_exit_tracepoint &&
	       !tracepoint_probe_register(kwg_exit_tracepoint, kwg_exit_probe,
					  NULL);
}

/* Nobody is in kwg_task_exits() afterwards. */
void kwg_exits_end(void)
{
	tracepoint_probe_unregister(kwg_exit_tracepoint, kwg_exit_probe, NULL);
	tracepoint_synchronize_unregister();
}

#endif
