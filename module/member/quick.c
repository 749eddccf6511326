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

/* False also if somebody else was faster. */
static __always_inline bool kwg_try_add_named(struct kwaitgroup *wg)
{
	s64 old = atomic64_read(&wg->state);
	s64 new = (old - KWAITGROUP_ONE) | KWAITGROUP_NAMED;

	return !__kwaitgroup_add_is_bad(new) &&
	       atomic64_try_cmpxchg_acquire(&wg->state, &old, new);
}

int __kwaitgroup_join_current(struct kwaitgroup *wg, struct kwaitgroup_member *m,
			      unsigned long ip)
{
	struct kwg_slot *slot = kwg_current_slot();
	u64 cookie = READ_ONCE(m->cookie); /* before the add: it may oops */

	if (unlikely(!in_task()) || __kwaitgroup_is_observed() ||
	    kwg_traced(join) || unlikely(READ_ONCE(slot->listed)) ||
	    unlikely(!kwg_slot_claim(slot)))
		return __kwaitgroup_join(wg, m, current, true, ip);
	if (unlikely(!kwg_try_add_named(wg))) {
		kwg_slot_release(slot);
		return __kwaitgroup_join(wg, m, current, true, ip);
	}
	kwg_slot_join(slot, wg, m, cookie, ip);
	kwg_member_activate(m);
	return 0;
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

	if (unlikely(!in_task()) || __kwaitgroup_is_observed() ||
	    kwg_traced(leave) || unlikely(!kwg_slot_is(slot, m))) {
		kwg_leave_slowly(m, _RET_IP_);
		return;
	}
	kwg_member_deactivate(m);
	kwg_done_unobserved(kwg_slot_leave(slot), _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_leave);
