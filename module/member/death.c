// SPDX-License-Identifier: GPL-2.0
/*
 * Members that die: a task exits without having left.
 *
 * How its exit is noticed
 * =======================
 *
 * It is announced, see exits.c, by a call that every task that exits makes, also
 * by an oops, after it has got PF_EXITING. It costs every exit in the
 * system one uncontended lock of the task's shard, and a join nothing.
 *
 * Not by task_work_add(), which would cost a join two atomic operations and an
 * allocation: a task work cannot be taken back, so this module could not be
 * unloaded before every task that ever was a member has exited, workers of a
 * workqueue among them; and for a task of user space it runs when that returns
 * to user space, not when it exits.
 *
 * Where exits are not announced, or with exit_hook=0, the watch looks at
 * the members once a second. Their tasks are kept by a reference then. The same
 * is done for a task that joins after its own exit was announced.
 *
 * A task that oopses while exiting, before its exit is announced, is
 * dead without ever passing it; one that oopses with its own mmap_lock held for
 * writing waits for that lock first, for ever. The kernel never frees either, so
 * their records stay valid; the stall of who waits for it names it.
 *
 * What is done then
 * =================
 *
 *	dying task			waiter
 *	name, call, age: copied
 *	lock(shard)
 *	  D: count - 1, OWNERDEAD	is woken, or comes: -EOWNERDEAD
 *	  record off
 *	unlock(shard)			may unregister and free the group
 *	wake, report, from the copy
 *
 * Taking the member off the count and breaking the group are one operation, D,
 * so nobody sees a count of zero that is not broken. Until D the group is there,
 * as one of its members is; if that was finished by a mistake, it is there for
 * another reason, see stale.c. After the lock it is not touched: who wakes needs
 * its address only, see bucket.c.
 *
 * It may not sleep there, on some kernels not even be preempted, and a task may
 * have joined thousands of times. It buries some; the others are left to a worker.
 *
 * Memory is not given back where a task exits, which is not allowed on
 * PREEMPT_RT: what there is too much of the worker frees.
 */
#include <linux/llist.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/sched/task.h>
#include <linux/workqueue.h>

#include "shard.h"
#include "slot.h"

static bool kwg_exit_hook = true;
module_param_named(exit_hook, kwg_exit_hook, bool, 0444);
MODULE_PARM_DESC(exit_hook, "Notice dead members when they exit (default), or by polling");

/* Written before the first member can join. */
bool kwg_exit_announced;

/*
 * So many an exiting task buries itself. The rest are for
 * a worker; the task is kept for it, so that no other can be at its address.
 */
#define KWG_BURY_AT_ONCE	16

/* The tasks that have left something to the worker. */
static LLIST_HEAD(kwg_bereft);

/* A membership that a dead task has left behind. */
struct kwg_grave {
	struct kwg_record rec;		/* a copy, with a reference to the task */
	bool in_slot;
	struct kwg_census census;	/* of its group */
	s64 state;			/* of its group, when it was taken off */
};

/* What there is to tell of one. */
enum kwg_fate {
	KWG_FATE_GONE,		/* somebody else has taken it off */
	KWG_FATE_DIED,
	KWG_FATE_FINISHED,	/* by a plain done, as nobody is left in it */
	KWG_FATE_SHORT,		/* it, or another one, by a plain done */
};

static void kwg_dig(struct kwg_grave *grave, const struct kwg_record *rec)
{
	grave->rec = *rec;
	get_task_struct(rec->task);
	kwg_census_begin(&grave->census, rec->wg);
}

/* D, with the shard's lock: as long as the record is there, so is the group. */
static enum kwg_fate kwg_take_count(struct kwg_grave *grave, bool is_short)
{
	const struct kwg_record *rec = &grave->rec;
	s64 flag = is_short ? KWAITGROUP_BADFD : KWAITGROUP_OWNERDEAD;
	int n = is_short || kwg_mutant(death_keeps_member) ? 0 : 1;

	if (kwaitgroup_count(rec->wg) <= 0 && !kwg_mutant(plain_done_unnoticed))
		return KWG_FATE_FINISHED;
	if (kwg_traced(death))
		kwg_trace_death(rec->wg, rec->task, rec->cookie, rec->ip,
				kwg_joined_for(rec->joined));
	if (!kwg_mutant(death_ignored))
		grave->state = kwg_break_state(rec->wg, flag, n);
	return is_short ? KWG_FATE_SHORT : KWG_FATE_DIED;
}

static enum kwg_fate kwg_bury_slot(struct kwg_shard *shard,
				   struct kwg_grave *grave, bool is_short)
{
	enum kwg_fate fate;

	if (READ_ONCE(shard->slot.member) != grave->rec.member &&
	    !kwg_mutant(take_dead_twice))
		return KWG_FATE_GONE;
	fate = kwg_take_count(grave, is_short);
	kwg_window(KWG_WINDOW_OFF_COUNT);
	/* After D: see kwg_may_hold(). */
	kwg_slot_take(&shard->slot, &grave->rec);
	return fate;
}

static enum kwg_fate kwg_bury_record(struct kwg_shard *shard,
				     struct kwg_grave *grave, bool is_short)
{
	struct kwg_record *rec = kwg_record_of(shard, grave->rec.task,
					       grave->rec.member);
	enum kwg_fate fate;

	/* A task that is exiting yet may have joined with the same one again. */
	if (!rec || rec->polled != grave->rec.polled)
		return KWG_FATE_GONE;
	fate = kwg_take_count(grave, is_short);
	/* After D: see kwg_may_hold(). */
	kwg_record_unlink(shard, rec);
	kwg_record_put(shard, rec);
	return fate;
}

static void kwg_tell(const struct kwg_grave *grave, enum kwg_fate fate,
		     const struct kwg_culprit *dead)
{
	const struct kwg_record *rec = &grave->rec;

	if (fate != KWG_FATE_DIED)
		kwg_misuse_of(rec->wg, KWG_MISUSE_PLAIN_DONE, 1, dead);
	else if (kwg_note(KWG_MISUSE_DEATH, 1, dead))
		pr_err("kwaitgroup: member %s[%d] died, group %s, joined in %s, after %llu s\n",
		       dead->comm, dead->pid, dead->group, dead->caller,
		       div_u64(kwg_joined_for(rec->joined), HZ));
}

static void kwg_bury(struct kwg_shard *shard, struct kwg_grave *grave)
{
	struct kwg_record *rec = &grave->rec;
	char caller[KWG_CALLER_LEN];
	struct kwg_culprit dead;
	enum kwg_fate fate;
	unsigned long flags;
	bool is_short;

	/* Before D: after it the group's name, and the call's, may be gone. */
	kwg_name_culprit(&dead, rec, caller);
	is_short = kwg_census_is_short(&grave->census);
	kwg_window(KWG_WINDOW_BURY);
	/* Where exits are announced it was told of this before. */
	if (!kwg_mutant(death_ends_no_job))
		kwg_job_dies(rec->task);
	raw_spin_lock_irqsave(&shard->lock, flags);
	fate = grave->in_slot ? kwg_bury_slot(shard, grave, is_short) :
				kwg_bury_record(shard, grave, is_short);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	if (fate != KWG_FATE_GONE) {
		kwg_break_wake(rec->wg, grave->state, 0);
		kwg_record_release(rec);
		kwg_tell(grave, fate, &dead);
	}
	put_task_struct(rec->task);
}

/* A late one of an exiting task is polled for, unless it is taken right now. */
static bool kwg_is_dead(const struct kwg_record *rec,
			const struct task_struct *task)
{
	if (task)
		return !rec->polled || task == current;
	return rec->polled && READ_ONCE(rec->task->exit_state);
}

/*
 * The next record to bury, or NULL: of @task, or of any dead one that is polled
 * for. @more: there may be more of them.
 */
static struct kwg_record *kwg_next_dead(struct kwg_shard *shard,
					const struct task_struct *task,
					struct kwg_cursor *place, bool *more)
{
	struct kwg_record *rec = NULL;
	int i;

	for (i = 0; i < KWG_WALK_MAX; i++) {
		rec = kwg_record_next(shard, place, rec);
		*more = rec && (!task || rec->task == task);
		if (!*more)
			return NULL;
		if (kwg_is_dead(rec, task))
			return rec;
	}
	return NULL;
}

/* Returns whether there may be more. */
static bool kwg_bury_next(struct kwg_shard *shard,
			  const struct task_struct *task,
			  struct kwg_cursor *place)
{
	struct kwg_grave grave = {};
	struct kwg_record *rec;
	unsigned long flags;
	bool more;

	raw_spin_lock_irqsave(&shard->lock, flags);
	rec = kwg_next_dead(shard, task, place, &more);
	if (rec)
		kwg_dig(&grave, rec);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	if (rec)
		kwg_bury(shard, &grave);
	return more;
}

static void kwg_bury_bereft(struct kwg_record *left)
{
	struct kwg_cursor place = { .task = left->task };
	struct kwg_shard *shard = kwg_shard(left->task);

	while (!kwg_mutant(exit_buries_some) &&
	       kwg_bury_next(shard, left->task, &place))
		cond_resched();
	put_task_struct(left->task);
	kwg_record_free(left);
}

static void kwg_bury_rest(struct work_struct *work)
{
	struct kwg_record *left, *next;

	llist_for_each_entry_safe(left, next, llist_del_all(&kwg_bereft), left)
		kwg_bury_bereft(left);
	kwg_records_trim();
}

static DECLARE_WORK(kwg_bury_work, kwg_bury_rest);

/* In memory that one of them was in; false: there is none any more. */
static bool kwg_leave_to_worker(struct kwg_shard *shard,
				struct task_struct *task)
{
	struct kwg_record *left;
	unsigned long flags;

	raw_spin_lock_irqsave(&shard->lock, flags);
	left = kwg_take_spare(shard);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	if (!left)
		return false;
	left->task = get_task_struct(task);
	llist_add(&left->left, &kwg_bereft);
	kwg_watch_queue(&kwg_bury_work);
	return true;
}

static void kwg_slot_exits(struct kwg_shard *shard, struct task_struct *task)
{
	struct kwg_grave grave = { .in_slot = true };
	struct kwg_record copy;
	unsigned long flags, seq;
	bool joined;

	if (READ_ONCE(shard->slot.task) != task)
		return;
	raw_spin_lock_irqsave(&shard->lock, flags);
	joined = kwg_slot_read(&shard->slot, &copy, &seq);
	if (joined)
		kwg_dig(&grave, &copy);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	if (joined)
		kwg_bury(shard, &grave);
	kwg_slot_release(&shard->slot);
}

/**
 * kwg_task_exits - the exit of a task is announced
 * @task: who exits, with PF_EXITING
 *
 * The lock is taken even if there is no record: see member.c.
 *
 * Context: Task @task. Does not sleep.
 */
void kwg_task_exits(struct task_struct *task)
{
	struct kwg_shard *shard = kwg_shard(task);
	struct kwg_cursor place = { .task = task };
	unsigned int buried = 0;

	if (!kwg_mutant(death_ends_no_job))
		kwg_job_dies(task);
	kwg_slot_exits(shard, task);
	while (kwg_bury_next(shard, task, &place))
		if (++buried >= KWG_BURY_AT_ONCE &&
		    kwg_leave_to_worker(shard, task))
			break;
	if (kwg_has_excess(shard))
		kwg_watch_queue(&kwg_bury_work);
}

/**
 * kwg_poll_deaths - look for dead members whose exit is not announced
 *
 * Return: whether there is anybody left to look at
 */
bool kwg_poll_deaths(void)
{
	struct kwg_cursor place;
	bool left = false;
	int i;

	for (i = 0; i < KWG_NR_SHARDS; i++) {
		struct kwg_shard *shard = &kwg_shards[i];

		if (!READ_ONCE(shard->nr_polled))
			continue;
		place = (struct kwg_cursor) {};
		while (kwg_bury_next(shard, NULL, &place))
			cond_resched();
		left |= READ_ONCE(shard->nr_polled);
	}
	kwg_records_trim();
	return left;
}

int kwg_deaths_init(void)
{
	kwg_exit_announced = kwg_exit_hook && kwg_exits_announce();
	if (kwg_exit_announced)
		return 0;
	kwg_slots_close();
	if (kwg_exit_hook)
		pr_notice("kwaitgroup: exits are not announced: dead members are noticed by polling\n");
	return 0;
}

void kwg_deaths_exit(void)
{
	if (kwg_exit_announced)
		kwg_exits_end();
	flush_work(&kwg_bury_work);
}
