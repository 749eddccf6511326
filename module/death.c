// SPDX-License-Identifier: GPL-2.0
/*
 * Members that die: a task exits without having left.
 *
 * How its exit is noticed
 * =======================
 *
 * By a probe on sched_process_exit, which every task that exits passes, also by
 * an oops, after it has got PF_EXITING. It costs every exit in the
 * system one uncontended lock of the task's shard, and a join nothing.
 *
 * Not by task_work_add(), which would cost a join two atomic operations and an
 * allocation: a task work cannot be taken back, so this module could not be
 * unloaded before every task that ever was a member has exited, workers of a
 * workqueue among them; and for a task of user space it runs when that returns
 * to user space, not when it exits.
 *
 * Where there is no such tracepoint, or with exit_hook=0, the watch looks at
 * the members once a second. Their tasks are kept by a reference then. The same
 * is done for a task that joins after its own exit was announced.
 *
 * A task that oopses while exiting, before it has come to the tracepoint, is
 * dead without ever passing it; one that oopses with its own mmap_lock held for
 * writing waits for that lock first, for ever. The kernel never frees either, so
 * their records stay valid; the stall of who waits for it names it.
 *
 * What is done then
 * =================
 *
 *	dying task			waiter
 *	lock(shard): record off
 *	name, call, age: copied
 *	D: count - 1, OWNERDEAD		is woken, or comes: -EOWNERDEAD
 *	report, from the copy		may unregister and free the group
 *
 * Taking the member off the count and breaking the group are one operation, D,
 * so nobody sees a count of zero that is not broken. Until D the group is there,
 * as one of its members is; after D it is not touched.
 *
 * The probe runs with preemption off. On PREEMPT_RT the bucket lock must not be
 * taken there, and the wake-up is made from an irq_work, which finds every
 * waiter: a broken group stays broken.
 */
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "member.h"
#include "member_debug.h"
#include "trace.h"

static bool kwg_exit_hook = true;
module_param_named(exit_hook, kwg_exit_hook, bool, 0444);
MODULE_PARM_DESC(exit_hook, "Notice dead members when they exit (default), or by polling");

/* Written before the first member can join. */
bool kwg_exit_announced;
static struct tracepoint *kwg_exit_tracepoint;

/* A record that is off its list, of a task that will not come back. */
static void kwg_bury(const struct kwg_record *rec)
{
	unsigned long age = jiffies - rec->joined;
	char caller[KWG_CALLER_LEN];
	struct kwg_culprit dead = {
		.ip = rec->ip, .caller = caller, .pid = task_pid_nr(rec->task),
	};

	snprintf(caller, sizeof(caller), "%pS", (void *)rec->ip);
	kwg_copy_comm(dead.comm, rec->task->comm);
	kwg_registry_name(rec->wg, dead.group, sizeof(dead.group));
	if (!rec->polled)
		kwg_member_deactivate(rec->member);
	trace_kwaitgroup_death(rec->wg, rec->task, rec->cookie, rec->ip, age);
	/* D */
	if (!kwg_mutant(death_ignored))
		kwg_break(rec->wg, KWAITGROUP_OWNERDEAD,
			  kwg_mutant(death_keeps_member) ? 0 : 1, 0);
	if (kwg_note(KWG_MISUSE_DEATH, 1, &dead))
		pr_err("kwaitgroup: member %s[%d] died, group %s, joined in %s, after %lu s\n",
		       dead.comm, dead.pid, dead.group, caller, age / HZ);
}

static bool kwg_is_dead(const struct kwg_record *rec,
			const struct task_struct *task)
{
	return task ? rec->task == task :
		      rec->polled && READ_ONCE(rec->task->exit_state);
}

/* Take off one record, of @task, or of any dead one that is polled for. */
static struct kwg_record *kwg_take_dead(struct kwg_shard *shard,
					const struct task_struct *task)
{
	struct kwg_record *rec, *found = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&shard->lock, flags);
	hlist_for_each_entry(rec, &shard->records, node) {
		if (rec->member && kwg_is_dead(rec, task)) {
			kwg_record_unlink(shard, rec);
			found = rec;
			break;
		}
	}
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	return found;
}

static void kwg_bury_all(struct kwg_shard *shard,
			 const struct task_struct *task)
{
	struct kwg_record *rec;
	unsigned long flags;

	while ((rec = kwg_take_dead(shard, task))) {
		kwg_bury(rec);
		if (rec->polled)
			put_task_struct(rec->task);
		raw_spin_lock_irqsave(&shard->lock, flags);
		kwg_record_put(shard, rec);
		raw_spin_unlock_irqrestore(&shard->lock, flags);
	}
}

/* The lock is taken even if the list is empty: see member.c. */
static void kwg_task_exits(void *unused, KWG_EXIT_PROBE_ARGS)
{
	struct kwg_shard *shard = kwg_shard(task);
	struct kwg_record slot;

	if (kwg_slot_take_dead(shard, task, &slot))
		kwg_bury(&slot);
	kwg_bury_all(shard, task);
}

/**
 * kwg_poll_deaths - look for dead members whose exit is not announced
 *
 * Return: whether there is anybody left to look at
 */
bool kwg_poll_deaths(void)
{
	bool left = false;
	int i;

	for (i = 0; i < KWG_NR_SHARDS; i++) {
		struct kwg_shard *shard = &kwg_shards[i];

		if (!READ_ONCE(shard->nr_polled))
			continue;
		kwg_bury_all(shard, NULL);
		left |= READ_ONCE(shard->nr_polled);
	}
	return left;
}

/* By name: modules cannot name the symbol. */
static void kwg_find_exit(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "sched_process_exit"))
		*(struct tracepoint **)found = tp;
}

void kwg_deaths_init(void)
{
	if (IS_ENABLED(CONFIG_TRACEPOINTS) && kwg_exit_hook) {
		for_each_kernel_tracepoint(kwg_find_exit, &kwg_exit_tracepoint);
		kwg_exit_announced = kwg_exit_tracepoint &&
			!tracepoint_probe_register(kwg_exit_tracepoint,
						   kwg_task_exits, NULL);
	}
	if (kwg_exit_announced)
		return;
	kwg_slots_close();
	if (kwg_exit_hook)
		pr_notice("kwaitgroup: exits are not announced: dead members are noticed by polling\n");
}

void kwg_deaths_exit(void)
{
	if (IS_ENABLED(CONFIG_TRACEPOINTS) && kwg_exit_announced)
		tracepoint_probe_unregister(kwg_exit_tracepoint,
					    kwg_task_exits, NULL);
	tracepoint_synchronize_unregister();
}
