// SPDX-License-Identifier: GPL-2.0
/*
 * Add and done while somebody looks: traces, and the tallies of accounting=1.
 *
 * Both are behind one static branch in the inline functions. Off, it is a no-op
 * that the CPU steps over; on, add and done take the out-of-line way to here.
 *
 * A trace is written before the decrement that may finish the group: afterwards
 * there is nothing to ask. A tally is counted after it, as only the result of
 * the decrement knows whether it was the last one; what it is counted in is
 * kept by RCU and is not the group.
 */
#include <linux/jump_label.h>
#include <linux/rcupdate.h>

#include "registry.h"
#include "trace.h"

/* By the trace events of add, done, join and leave, when they are turned on and off. */

int kwg_trace_on(void)
{
	static_branch_inc(&kwaitgroup_observed);
	return 0;
}

void kwg_trace_off(void)
{
	static_branch_dec(&kwaitgroup_observed);
}

static void kwg_trace_count(struct kwaitgroup *wg, int n, int count,
			    unsigned long ip)
{
	if (n > 0)
		trace_kwaitgroup_add(wg, n, count, ip);
	else
		trace_kwaitgroup_done(wg, -n, count, ip);
}

static void kwg_tally(struct kwg_entry *entry, int n, s64 state,
		      unsigned long ip)
{
	if (entry)
		kwg_tally_count(entry, n, kwg_state_count(state), ip);
}

/**
 * kwg_count_observed - kwg_count() with somebody looking
 * @wg: the group
 * @n: members to add, or to finish if negative
 * @ip: the call
 * @state: gets what it is then
 *
 * Context: Any.
 * Return: false if it is misuse, and nothing was changed
 */
bool kwg_count_observed(struct kwaitgroup *wg, int n, unsigned long ip,
			s64 *state)
{
	struct kwg_entry *entry;
	bool counted;

	kwg_trace_count(wg, n, kwaitgroup_count(wg) + n, ip);
	rcu_read_lock();
	/* Before: afterwards another group may be registered at the address. */
	entry = kwg_registry_find(wg);
	counted = kwg_count(wg, n, state);
	if (counted)
		kwg_tally(entry, n, *state, ip);
	rcu_read_unlock();
	return counted;
}

/* The same for a count that was changed already, of a group that stays. */
void kwg_observe(struct kwaitgroup *wg, int n, s64 state, unsigned long ip)
{
	kwg_trace_count(wg, n, kwg_state_count(state), ip);
	rcu_read_lock();
	kwg_tally(kwg_registry_find(wg), n, state, ip);
	rcu_read_unlock();
}
