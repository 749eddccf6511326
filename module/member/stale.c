// SPDX-License-Identifier: GPL-2.0
/*
 * Members that joined by name and were finished by a plain done.
 *
 * Then the count is right: the wait returns, its caller may free the group. But
 * the record is still there, and the exit of its task, which may be minutes
 * later, would take a member off the count of whatever is in that memory then.
 *
 * Two rules find it out. A join adds before its record is there, and a leave
 * takes the record off before its done. So, without such a mistake,
 *
 *	the count is never below the number of records (rule 1),
 *	at a count of zero there is no record (rule 2).
 *
 * A done cannot look: it is one atomic operation, and does not know the group
 * afterwards. But whoever returns from a wait may look, as the group is there
 * until it does, and KWAITGROUP_NAMED in the state word tells whether there is
 * anything to look for. A record that is found at a count of zero is dropped and
 * reported, by rule 2. It is this that makes the group free on return:
 *
 *	exit of the task			waiter
 *	lock(shard)				sees zero (acquire)
 *	  the record is there			H: may this shard have one?
 *	  D: changes the count, if not zero	lock(shard)
 *	  J: record off				  drop it, if it is there
 *	unlock(shard)				unlock(shard)
 *						returns
 *
 * The record was there before the done that made the zero, so H sees it, or that
 * it was taken off, at J, by which time D is done. If it sees it, it waits for
 * the lock, and so for D, or comes first, and the exit finds nothing.
 *
 * The exit itself looks at rule 1 before it takes a member off: if there are
 * more names than members, somebody of these was finished already, who may not
 * have exited yet. To take one off for who exits could finish the group for who
 * is still running in it. So none is taken off, and the group breaks.
 */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "chunk.h"
#include "shard.h"
#include "slot.h"

/*
 * Of groups with more members an exit does not count the names: it takes a time
 * that is proportional to them. Before the last one of them is gone, it does.
 */
#define KWG_CENSUS_MAX	64

/* How many joins there were: changes by each one, before its record is there. */
static unsigned long kwg_nr_joins(void)
{
	unsigned long nr = 0;
	int i;

	for (i = 0; i < KWG_NR_SHARDS; i++) {
		/* Pairs with E in kwg_slot_join(). */
		nr += smp_load_acquire(&kwg_shards[i].slot.seq);
		/* Pairs with the store in kwg_record_link(). */
		nr += smp_load_acquire(&kwg_shards[i].joins);
	}
	return nr;
}

/**
 * kwg_census_begin - begin to compare the names in a group with its count
 * @census: gets what is known now
 * @wg: the group, which is there: the lock of a shard that has a record of it
 *	is held
 */
void kwg_census_begin(struct kwg_census *census, const struct kwaitgroup *wg)
{
	census->wg = wg;
	census->tick = get_jiffies_64();
	census->count = kwaitgroup_count(wg);
	if (census->count > KWG_CENSUS_MAX)
		return;
	census->joins = kwg_nr_joins();
	/* K, after that: who has joined by then is in it. */
	census->count = kwaitgroup_count(wg);
	kwg_window(KWG_WINDOW_CENSUS);
}

/* The names in a group: all, and those that are older than the census. */
struct kwg_names {
	int all;
	int old;
};

static void kwg_count_name(const struct kwg_census *census,
			   const struct kwg_record *rec,
			   struct kwg_names *names)
{
	names->all++;
	/* A whole tick between its add and our look at the count. */
	names->old += rec->joined + 1 < census->tick;
}

/* Returns whether there may be more names in @shard. */
static bool kwg_count_some(const struct kwg_census *census,
			   struct kwg_shard *shard, struct kwg_cursor *place,
			   struct kwg_names *names)
{
	struct kwg_record *rec = NULL;
	unsigned long flags;
	int i;

	raw_spin_lock_irqsave(&shard->lock, flags);
	for (i = 0; i < KWG_WALK_MAX; i++) {
		rec = kwg_record_next(shard, place, rec);
		if (!rec)
			break;
		kwg_count_name(census, rec, names);
	}
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	return rec && names->all <= census->count;
}

/*
 * Whether the name of @copy was in the slot at a time when its member was in the
 * count. A death takes it off both, but not at once:
 *
 *	dying A				dying B
 *	lock(shard of A)
 *	  D: count 2 -> 1
 *					K: count 1
 *					A is in its slot: two names?
 *	  A off its slot
 *	unlock(shard)			lock(shard of A): it is not
 */
static bool kwg_slot_counts(struct kwg_shard *shard,
			    const struct kwg_record *copy, unsigned long seq)
{
	unsigned long flags;
	bool same;

	if (kwg_mutant(half_dead_counted))
		return true;
	raw_spin_lock_irqsave(&shard->lock, flags);
	same = kwg_slot_is_same(&shard->slot, copy, seq);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	return same;
}

static void kwg_count_names(const struct kwg_census *census,
			    struct kwg_shard *shard, struct kwg_names *names)
{
	struct kwg_cursor place = { .wg = census->wg };
	struct kwg_record copy;
	unsigned long seq;

	if (kwg_slot_read(&shard->slot, &copy, &seq) &&
	    copy.wg == census->wg && kwg_slot_counts(shard, &copy, seq))
		kwg_count_name(census, &copy, names);
	if (READ_ONCE(shard->slot.listed))
		while (kwg_count_some(census, shard, &place, names))
			;
}

/**
 * kwg_census_is_short - whether a group has had more names than members
 * @census: what was known at its beginning
 *
 * Members come and go meanwhile. A name that is found now was there at the
 * beginning, and its member in the count, if it is older, or if nobody has
 * joined since, anywhere.
 *
 * Return: true if that is for certain; the group is not looked at
 */
bool kwg_census_is_short(const struct kwg_census *census)
{
	struct kwg_names names = {};
	int i;

	if (census->count > KWG_CENSUS_MAX || kwg_mutant(plain_done_unnoticed))
		return false;
	for (i = 0; i < KWG_NR_SHARDS && names.all <= census->count; i++)
		kwg_count_names(census, &kwg_shards[i], &names);
	return names.old > census->count ||
	       (names.all > census->count && kwg_nr_joins() == census->joins);
}

/**
 * kwg_name_culprit - who has joined, and where, for a report
 * @culprit: gets it
 * @rec: a copy of the record, with a reference to its task, or a holder's
 * @caller: room for the name of the call, KWG_CALLER_LEN
 */
void kwg_name_culprit(struct kwg_culprit *culprit, const struct kwg_record *rec,
		      char *caller)
{
	snprintf(caller, KWG_CALLER_LEN, "%pS", (void *)rec->ip);
	culprit->ip = rec->ip;
	culprit->caller = caller;
	culprit->pid = rec->task ? task_pid_nr(rec->task) : 0;
	kwg_copy_comm(culprit->comm, rec->task ? rec->task->comm : "-");
	kwg_registry_name(rec->wg, culprit->group, sizeof(culprit->group));
}

/* H: without the lock. */
static bool kwg_may_hold(const struct kwg_shard *shard,
			 const struct kwaitgroup *wg)
{
	/* Pairs with J in kwg_record_unlink(). */
	if (smp_load_acquire(&shard->slot.listed))
		return true;
	/* Pairs with kwg_slot_take(), and with B for the group. */
	return smp_load_acquire(&shard->slot.member) &&
	       READ_ONCE(shard->slot.wg) == wg;
}

/* With the shard's lock; without @all, only at a count of zero. */
static bool kwg_take_slot_of(struct kwg_shard *shard,
			     const struct kwaitgroup *wg, bool all,
			     struct kwg_record *copy)
{
	unsigned long seq;

	if (!kwg_slot_read(&shard->slot, copy, &seq) || copy->wg != wg)
		return false;
	if (!all && kwaitgroup_count(wg) > 0)
		return false;
	/* It was there when the count was zero, if it is there still. */
	smp_rmb();
	return kwg_slot_is_same(&shard->slot, copy, seq) &&
	       kwg_slot_take(&shard->slot, copy);
}

static bool kwg_take_record_of(struct kwg_shard *shard,
			       const struct kwaitgroup *wg, bool all,
			       struct kwg_record *copy)
{
	struct kwg_cursor place = { .wg = wg };
	struct kwg_record *rec = kwg_record_next(shard, &place, NULL);

	if (!rec || (!all && kwaitgroup_count(wg) > 0))
		return false;
	*copy = *rec;
	kwg_record_unlink(shard, rec);
	kwg_record_put(shard, rec);
	return true;
}

/* Take one off, with a reference to its task: an exit waits for the lock. */
static bool kwg_take_one_of(struct kwg_shard *shard,
			    const struct kwaitgroup *wg, bool all,
			    struct kwg_record *copy)
{
	unsigned long flags;
	bool taken;

	raw_spin_lock_irqsave(&shard->lock, flags);
	taken = kwg_take_slot_of(shard, wg, all, copy) ||
		kwg_take_record_of(shard, wg, all, copy);
	if (taken)
		get_task_struct(copy->task);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	return taken;
}

/* What a plain done has left. */
void kwg_report_stale(const struct kwg_record *rec)
{
	char caller[KWG_CALLER_LEN];
	struct kwg_culprit culprit;

	kwg_name_culprit(&culprit, rec, caller);
	kwg_misuse_of(rec->wg, KWG_MISUSE_PLAIN_DONE, 1, &culprit);
}

static void kwg_drop_stale(struct kwg_shard *shard, const struct kwaitgroup *wg)
{
	struct kwg_record copy;

	while (kwg_take_one_of(shard, wg, false, &copy)) {
		kwg_record_release(&copy);
		kwg_report_stale(&copy);
		put_task_struct(copy.task);
	}
}

/**
 * kwg_members_settled - nobody is left in a group: drop the names that are
 * @wg: the group, which is there. Its count was zero after the caller came, and
 *	KWAITGROUP_NAMED is set, as it is by the first member with a name.
 *
 * Afterwards nothing writes to the group any more on behalf of a member that was
 * finished before. To be called by whoever is about to tell the owner that
 * nobody is left. Not for groups of user space, which finishes whom it likes:
 * these are kept by references, and kwg_members_forget() is for them.
 *
 * Context: Any. In an NMI nothing is dropped.
 * Return: false in an NMI if there may be something to drop
 */
bool kwg_members_settled(const struct kwaitgroup *wg)
{
	s64 state = atomic64_read(&wg->state);
	int i;

	if (kwg_state_count(state) > 0 || (state & KWAITGROUP_USER) ||
	    kwg_mutant(plain_done_unnoticed))
		return true;
	for (i = 0; i < KWG_NR_SHARDS; i++) {
		if (!kwg_may_hold(&kwg_shards[i], wg))
			continue;
		if (in_nmi())
			return false;
		kwg_drop_stale(&kwg_shards[i], wg);
	}
	kwg_holds_settled(wg);
	return true;
}

bool __kwaitgroup_try_wait(const struct kwaitgroup *wg)
{
	return kwg_members_settled(wg);
}
EXPORT_SYMBOL_GPL(__kwaitgroup_try_wait);

/**
 * kwg_members_forget - the memory of a group goes away
 * @wg: the group
 *
 * Nothing is reported: a driver may have given up its reference too early, or
 * user space may have finished the driver's members.
 */
void kwg_members_forget(const struct kwaitgroup *wg)
{
	struct kwg_record copy;
	int i;

	for (i = 0; i < KWG_NR_SHARDS; i++)
		while (kwg_take_one_of(&kwg_shards[i], wg, true, &copy)) {
			kwg_record_release(&copy);
			put_task_struct(copy.task);
		}
	kwg_holds_forget(wg);
}
