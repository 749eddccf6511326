// SPDX-License-Identifier: GPL-2.0
/*
 * Join and leave as nearly all of them are: the current task's, by its slot, which
 * nobody observes. Nothing is called here, so no register has to be saved, and what
 * is known already is not looked at. All else is in member.c, which starts anew.
 */
#include <linux/export.h>
#include <linux/sched.h>

#include "shard.h"
#include "member_debug.h"
#include "slot.h"

/*
 * False also if somebody else was faster. A full barrier, as kwg_slot_join_added()
 * needs it.
 */
static __always_inline bool kwg_try_add_named(struct kwaitgroup *wg)
{
	s64 old = atomic64_read(&wg->state);
	s64 new = (old - KWAITGROUP_ONE) | KWAITGROUP_NAMED;

	/* All of the tests are of this one, which need not be kept twice then. */
	OPTIMIZER_HIDE_VAR(new);
	return !__kwaitgroup_add_is_bad(new) &&
	       atomic64_try_cmpxchg(&wg->state, &old, new);
}

/*
 * kwg_slot_join() behind a full barrier: E need not be a release then, and is one
 * instruction. It is plain, as those of a seqcount are.
 */
static __always_inline void kwg_slot_join_added(struct kwg_slot *slot,
						struct kwaitgroup *wg,
						const struct kwaitgroup_member *m,
						u64 cookie, unsigned long ip)
{
	kwg_window(KWG_WINDOW_SLOT_CLAIMED);
	/* Nobody else writes it, and readers compare, as with a seqcount. */
	data_race(slot->seq++);
	kwg_slot_fill(slot, wg, m, cookie, ip);
}

/* Whether more is listed of a shard's tasks; of what others have it may tell anything. */
static __always_inline bool kwg_slot_is_listed(const struct kwg_slot *slot)
{
	/* A task has seen what was listed of itself. */
	return data_race(slot->listed);
}

/* Out of line, so that nothing is kept for it. */
static noinline int kwg_join_slowly(struct kwaitgroup *wg,
				    struct kwaitgroup_member *m,
				    unsigned long ip)
{
	return __kwaitgroup_join(wg, m, current, true, ip);
}

/* That somebody traces a join or a leave is a part of being observed: see trace.h. */
int __kwaitgroup_join_current(struct kwaitgroup *wg, struct kwaitgroup_member *m,
			      unsigned long ip)
{
	struct kwg_slot *slot = kwg_current_slot();
	u64 cookie = READ_ONCE(m->cookie); /* before the add: it may oops */

	/* It stays where it was passed. */
	OPTIMIZER_HIDE_VAR(ip);

	if (unlikely(!in_task()) || __kwaitgroup_is_observed() ||
	    unlikely(kwg_slot_is_listed(slot)) ||
	    unlikely(!kwg_slot_claim(slot)))
		goto slow;
	if (unlikely(!kwg_try_add_named(wg))) {
		kwg_slot_release(slot);
		goto slow;
	}
	kwg_slot_join_added(slot, wg, m, cookie, ip);
	kwg_member_activate(m);
	return 0;
slow:
	return kwg_join_slowly(wg, m, ip);
}
EXPORT_SYMBOL_GPL(__kwaitgroup_join_current);

/**
 * kwaitgroup_leave - a member has finished
 * @m: the member; one of the calling task
 *
 * The done of a member that is known by name. The group must not be touched
 * afterwards unless something else keeps it alive.
 *
 * A member that is not joined, or was joined by another task, is reported with
 * the address of the call, and the count is not touched.
 *
 * Ordering: release, as kwaitgroup_done().
 *
 * Context: Task context, also atomic; on PREEMPT_RT preemptible.
 */
void kwaitgroup_leave(struct kwaitgroup_member *m)
{
	struct kwg_slot *slot = kwg_current_slot();
	struct kwaitgroup *wg;
	s64 state;

	if (unlikely(!in_task()) || __kwaitgroup_is_observed() ||
	    unlikely(!kwg_slot_is(slot, m))) {
		kwg_leave_slowly(m, _RET_IP_);
		return;
	}
	kwg_member_deactivate(m);
	wg = kwg_slot_leave(slot);
	state = kwg_finish_named(wg);
	if (unlikely(state > 0))
		__kwaitgroup_finished(wg, state, 1, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_leave);
