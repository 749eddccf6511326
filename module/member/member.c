// SPDX-License-Identifier: GPL-2.0
/*
 * Members that are known by name: join, adopt, leave.
 *
 * Why not a list in the group, or in the member?
 * ==============================================
 *
 * The group has eight bytes, and nobody may look at it after its last done. The
 * member is on a stack, as a rule, and a task that oopses may go on dying on
 * that same stack: on x86 from its very top, over the frames of the function
 * that had joined. A list through it would be a list through garbage just when
 * it is needed. So what is known of a membership is a record of our own, and
 * the member is an address to compare with.
 *
 * Records are kept by task, in shards: a task finds its own, the dying one all
 * of its own, and nothing but the hash of the task's address is shared between
 * groups. The first membership of a task is in its shard's slot, if that is
 * free, see slot.c; all others are in the shard's trees, see record.c.
 *
 * Who may touch a record, and its task?
 * =====================================
 *
 * Who holds the shard's lock. As long as a record is in its shard the task is
 * there, because it cannot go away before its exit was announced and the record
 * taken off, see death.c. Nobody takes a shard's lock in an interrupt, but a
 * caller may hold a lock that is, so interrupts are off all the same:
 *
 *	CPU 0				CPU 1
 *	lock(shard)			spin_lock_irqsave(L)
 *	  interrupt: lock(L)		  join: lock(shard)
 *
 * Whatever a caller's mistake may make oops, is touched before: a task that
 * oopses with the lock would wait for it when its exit is announced.
 *
 *	the task			somebody for it
 *	do_exit(): PF_EXITING		join_task(): lock(shard)
 *	lock(shard)			  E: PF_EXITING is not set
 *	  take all records off		  record into the shard
 *	unlock(shard)			unlock(shard)
 *
 * If the task gets the lock first, E sees the flag, which was set before, and
 * the join fails. If it comes second, it finds the record.
 */
#include <linux/export.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "shard.h"
#include "member_debug.h"
#include "slot.h"

/* That the group has names in it is known before there is one: see stale.c. */
static __always_inline void kwg_set_named(struct kwaitgroup *wg)
{
	if (!(atomic64_read(&wg->state) & KWAITGROUP_NAMED))
		atomic64_or(KWAITGROUP_NAMED, &wg->state);
}

/* The add of one who joins, or that of one who adopts has been made. */
static __always_inline int kwg_add_named(struct kwaitgroup *wg, bool add,
					 unsigned long ip)
{
	if (add)
		return kwg_try_add(wg, 1, KWAITGROUP_NAMED, ip);
	kwg_set_named(wg);
	return 0;
}

static bool kwg_is_exiting(const struct task_struct *task)
{
	/* Others change the flags of their own task: see E. */
	return data_race(READ_ONCE(task->flags)) & PF_EXITING;
}

/*
 * A task that is exiting on its own behalf, as by the release function of a
 * file, joins when its exit was announced already.
 */
static bool kwg_must_poll(const struct task_struct *task)
{
	return !kwg_exit_announced || unlikely(kwg_is_exiting(task));
}

/* Whether @m may become a member of any group. */
static int kwg_admit(struct kwg_shard *shard, const struct kwaitgroup_member *m,
		     const struct task_struct *task)
{
	/* Only the task itself can find itself in the slot. */
	if ((kwg_record_of(shard, task, m) || kwg_slot_is(&shard->slot, m) ||
	     kwg_unnamed_group(m)) &&
	    !kwg_mutant(join_ignores_joined))
		return -EBUSY;
	if (task != current && kwg_is_exiting(task) &&
	    !kwg_mutant(join_ignores_exit))
		return -ESRCH;
	return 0;
}

static void kwg_record_poll(struct kwg_record *rec)
{
	get_task_struct(rec->task);
	kwg_watch_start();
}

/* What a join returns; its misuse is reported without the lock. */
static int kwg_join_ends(struct kwaitgroup *wg, int err, unsigned long ip)
{
	if (err == -EBUSY || err == -EWOULDBLOCK)
		kwg_misuse(wg, err == -EBUSY ? KWG_MISUSE_JOINED :
			   KWG_MISUSE_MEMBER_CONTEXT, 1, ip);
	return err;
}

/* Under the lock: another task may leave as soon as it is free. */
static void kwg_record_insert(struct kwg_shard *shard, struct kwg_record *rec,
			      struct kwaitgroup_member *m)
{
	rec->polled = kwg_must_poll(rec->task);
	kwg_record_link(shard, rec);
	if (rec->polled)
		kwg_record_poll(rec);
	else
		kwg_member_activate(m);
	if (kwg_traced(join))
		kwg_trace_join(rec->wg, rec->task, rec->cookie, rec->ip);
}

/* If these oops, they do it here. */
static void kwg_touch(const struct kwaitgroup *wg,
		      const struct task_struct *task,
		      const struct kwaitgroup_member *m)
{
	kwg_is_exiting(task);
	atomic64_read(&wg->state);
	READ_ONCE(m->unnamed);
}

/* @filled: what is to be known of the member, but not where it is kept. */
static int kwg_join_locked(struct kwg_shard *shard, struct kwaitgroup_member *m,
			   const struct kwg_record *filled, bool add,
			   unsigned long *flags)
{
	struct kwg_record *rec = kwg_record_get(shard, flags);
	int err = kwg_admit(shard, m, filled->task);

	if (!err && rec)
		err = kwg_add_named(filled->wg, add, filled->ip);
	else if (!err && add)
		err = kwg_try_add(filled->wg, 1, 0, filled->ip);
	if (err) {
		if (rec)
			kwg_record_put(shard, rec);
	} else if (rec) {
		*rec = *filled;
		kwg_record_insert(shard, rec, m);
	} else {
		kwg_join_unnamed(filled->wg, m);
	}
	return err;
}

/* Into the shard's trees. */
static noinline int kwg_join_record(struct kwaitgroup *wg,
				    struct kwaitgroup_member *m,
				    struct task_struct *task, bool add,
				    unsigned long ip)
{
	const struct kwg_record filled = {
		.wg = wg, .task = task, .member = m, .ip = ip,
		.cookie = READ_ONCE(m->cookie), .joined = get_jiffies_64(),
	};
	struct kwg_shard *shard = kwg_shard(task);
	unsigned long flags;
	int err;

	kwg_touch(wg, task, m);
	raw_spin_lock_irqsave(&shard->lock, flags);
	err = kwg_join_locked(shard, m, &filled, add, &flags);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	return kwg_join_ends(wg, err, ip);
}

/* Out of line: the arguments need registers, and saving them costs a join. */
static noinline void kwg_trace_slot_join(const struct kwg_slot *slot)
{
	kwg_trace_join(slot->wg, slot->task, slot->cookie, slot->ip);
}

static noinline void kwg_trace_slot_leave(const struct kwg_slot *slot)
{
	kwg_trace_leave(slot->wg, slot->task, slot->cookie, slot->ip,
			kwg_joined_for(slot->joined));
}

/*
 * The one function behind all joins. @task: whose membership; @add: or one that
 * was added before.
 */
int __kwaitgroup_join(struct kwaitgroup *wg, struct kwaitgroup_member *m,
		      struct task_struct *task, bool add, unsigned long ip)
{
	struct kwg_shard *shard = kwg_shard(task);
	u64 cookie = READ_ONCE(m->cookie); /* before the add: it may oops */
	int err;

	if (unlikely(!in_task()))
		return kwg_join_ends(wg, -EWOULDBLOCK, ip);
	/* A task may have joined with the same member, in a record. */
	if (task != current || READ_ONCE(shard->slot.listed) ||
	    !kwg_slot_claim(&shard->slot))
		return kwg_join_record(wg, m, task, add, ip);
	err = kwg_add_named(wg, add, ip);
	if (unlikely(err)) {
		kwg_slot_release(&shard->slot);
		return err;
	}
	kwg_slot_join(&shard->slot, wg, m, cookie, ip);
	kwg_member_activate(m);
	if (kwg_traced(join))
		kwg_trace_slot_join(&shard->slot);
	return 0;
}
EXPORT_SYMBOL_GPL(__kwaitgroup_join);

/* Not one of this task's. Another's, or nobody's? It tells in the report. */
static void kwg_leave_refused(const struct kwaitgroup_member *m,
			      unsigned long ip)
{
	enum kwg_misuse what = KWG_MISUSE_NOT_JOINED;
	const struct kwaitgroup *wg = NULL;

	if (kwg_is_joined(m, &wg))
		what = KWG_MISUSE_NOT_OWNER;
	if (!kwg_mutant(leave_unreported))
		kwg_misuse(wg, what, 1, ip);
}

/* With the shard's lock. */
static void kwg_record_leave(struct kwg_shard *shard, struct kwg_record *rec)
{
	kwg_record_unlink(shard, rec);
	if (kwg_traced(leave))
		kwg_trace_leave(rec->wg, rec->task, rec->cookie, rec->ip,
				kwg_joined_for(rec->joined));
	kwg_record_release(rec);	/* not the last reference: it is us */
	kwg_record_put(shard, rec);
}

/* From the shard's trees. */
static noinline struct kwaitgroup *
kwg_leave_record(struct kwaitgroup_member *m, unsigned long ip)
{
	struct kwg_shard *shard = kwg_shard(current);
	struct kwg_record *rec, *excess;
	struct kwaitgroup *wg;
	unsigned long flags;

	raw_spin_lock_irqsave(&shard->lock, flags);
	rec = kwg_record_of(shard, current, m);
	if (!rec) {
		raw_spin_unlock_irqrestore(&shard->lock, flags);
		wg = kwg_leave_unnamed(m);
		if (!wg)
			kwg_leave_refused(m, ip);
		return wg;
	}
	wg = rec->wg;
	kwg_record_leave(shard, rec);
	excess = kwg_take_excess(shard);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	kwg_record_free(excess);
	return wg;
}

/* The membership ends, and the group it was in still has its count. */
static __always_inline struct kwaitgroup *
kwg_leave(struct kwaitgroup_member *m, unsigned long ip)
{
	struct kwg_slot *slot = kwg_current_slot();

	if (unlikely(!in_task())) {
		kwg_misuse(NULL, KWG_MISUSE_MEMBER_CONTEXT, 1, ip);
		return NULL;
	}
	if (!kwg_slot_is(slot, m))
		return kwg_leave_record(m, ip);
	if (kwg_traced(leave))
		kwg_trace_slot_leave(slot);
	kwg_member_deactivate(m);
	return kwg_slot_leave(slot);
}

/* The one behind kwaitgroup_leave(). */
void kwg_leave_slowly(struct kwaitgroup_member *m, unsigned long ip)
{
	struct kwaitgroup *wg = kwg_leave(m, ip);

	if (likely(wg))
		kwg_done(wg, ip);
}

/* CLASS(kwaitgroup_member, m): under lockdep as guard(kwaitgroup_done). */

/* NULL: there was no membership to end, which was reported. */
static __always_inline void kwg_scope_ends(struct kwaitgroup *wg,
					   unsigned long ip)
{
	if (unlikely(!wg))
		return;
#ifdef CONFIG_LOCKDEP
	lock_map_release(&wg->dep_map);
#endif
	kwg_done(wg, ip);
}

struct kwaitgroup_member *
__kwaitgroup_member_enter(struct kwaitgroup *wg, struct kwaitgroup_member *m,
			  unsigned long ip)
{
	int err = __kwaitgroup_join_current(wg, m, ip);

	if (err)
		return ERR_PTR(err);
#ifdef CONFIG_LOCKDEP
	lock_map_acquire_read(&wg->dep_map);
#endif
	return m;
}
EXPORT_SYMBOL_GPL(__kwaitgroup_member_enter);

void __kwaitgroup_member_exit(struct kwaitgroup_member *m)
{
	struct kwaitgroup *wg = kwg_leave(m, _RET_IP_);

	kwg_scope_ends(wg, _RET_IP_);
}
EXPORT_SYMBOL_GPL(__kwaitgroup_member_exit);

/* CLASS(kwaitgroup_adopted, m) */

struct kwaitgroup_member *
__kwaitgroup_adopted_enter(struct kwaitgroup *wg, struct kwaitgroup_member *m,
			   unsigned long ip)
{
	/* It was reported. The scope ends with a done all the same. */
	if (__kwaitgroup_join(wg, m, current, false, ip))
		kwg_join_unnamed(wg, m);
#ifdef CONFIG_LOCKDEP
	lock_map_acquire_read(&wg->dep_map);
#endif
	return m;
}
EXPORT_SYMBOL_GPL(__kwaitgroup_adopted_enter);

void __kwaitgroup_adopted_exit(struct kwaitgroup_member *m)
{
	/* First: in an interrupt only one without a name can leave. */
	struct kwaitgroup *wg = kwg_leave_unnamed(m) ?: kwg_leave(m, _RET_IP_);

	kwg_scope_ends(wg, _RET_IP_);
}
EXPORT_SYMBOL_GPL(__kwaitgroup_adopted_exit);
