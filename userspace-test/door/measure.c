// SPDX-License-Identifier: GPL-2.0
/*
 * How long a driver's last done takes, with interrupts off, that has one waiter
 * to wake. What else there is in the machine, a test in user space decides: it
 * compares, on the same machine, and nothing here is in absolute terms.
 *
 * There are many groups, so that whatever groups share, by their addresses, some
 * of these share with some of user space. What disturbs a done now and then, an
 * emulated CPU that its host has put aside for example, does not disturb the
 * fastest of some rounds; what is slow by itself is slow in all of them.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "door.h"

#define KWGT_GROUPS	512
#define KWGT_ROUNDS_MAX	100

struct kwgt_measured {
	struct kwaitgroup wg;
	u64 fastest_ns;
};

/* Waits for one group after the other. */
static int kwgt_measured_waiter(void *data)
{
	struct kwgt_measured *groups = data;
	int i;

	for (i = 0; i < KWGT_GROUPS; i++)
		kwaitgroup_wait(&groups[i].wg);
	return 0;
}

static u64 kwgt_time_done(struct kwaitgroup *wg)
{
	unsigned long flags;
	u64 begin, end;

	while (!kwaitgroup_has_waiters(wg))
		cond_resched();
	local_irq_save(flags);
	begin = ktime_get_ns();
	kwaitgroup_done(wg);
	end = ktime_get_ns();
	local_irq_restore(flags);
	return end - begin;
}

static int kwgt_measure_round(struct kwgt_measured *groups)
{
	struct task_struct *waiter;
	int i;

	for (i = 0; i < KWGT_GROUPS; i++)
		kwaitgroup_add(&groups[i].wg, 1);
	waiter = kthread_create(kwgt_measured_waiter, groups, "kwg_test_waiter");
	if (IS_ERR(waiter))
		return PTR_ERR(waiter);
	get_task_struct(waiter);
	wake_up_process(waiter);
	for (i = 0; i < KWGT_GROUPS; i++)
		groups[i].fastest_ns = min(groups[i].fastest_ns,
					   kwgt_time_done(&groups[i].wg));
	kthread_stop(waiter);
	put_task_struct(waiter);
	return 0;
}

int kwgt_do_measure(struct kwgt_door *door, void *data)
{
	struct kwaitgroup_test_measure *arg = data;
	struct kwgt_measured *groups;
	int i, err = 0;

	if (!arg->rounds || arg->rounds > KWGT_ROUNDS_MAX || arg->slowest_ns)
		return -EINVAL;
	groups = kcalloc(KWGT_GROUPS, sizeof(*groups), GFP_KERNEL);
	if (!groups)
		return -ENOMEM;
	for (i = 0; i < KWGT_GROUPS; i++) {
		kwaitgroup_init(&groups[i].wg);
		groups[i].fastest_ns = U64_MAX;
	}
	while (!err && arg->rounds--)
		err = kwgt_measure_round(groups);
	for (i = 0; i < KWGT_GROUPS; i++)
		arg->slowest_ns = max(arg->slowest_ns, groups[i].fastest_ns);
	kfree(groups);
	return err;
}
