// SPDX-License-Identifier: GPL-2.0
/*
 * What lockdep is told of a wait.
 *
 * A guarded section "holds" its group, shared and recursive, see
 * <linux/kwaitgroup.h>. A wait is told as "whatever I hold now, I hold until
 * those sections have ended", and nothing is held afterwards. So
 *
 *	member				waiter
 *	guard(kwaitgroup_done)(wg)	lock(L)
 *	lock(L)				kwaitgroup_wait(wg)
 *
 * is found the first time that both have happened, whoever was first.
 *
 * Interrupts
 * ==========
 *
 * A guarded section in a timer, a tasklet or an interrupt is not told of at
 * all: it cannot take a lock that somebody may hold while he sleeps. And a wait
 * has no section in which an interrupt could come, so it says nothing of where
 * the group may be held. An ordinary acquire and release would: the group is
 * then "held" with interrupts on, and must not be under a lock that interrupts
 * take.
 *
 * Fork and join
 * =============
 *
 * A member may wait for a group of its own, of which the members may do the
 * same: a tree, whose groups are, as a rule, initialised in one place and so
 * of one class. Lockdep knows classes only and would take each such wait for
 * one of a task for itself. Which groups are above which it cannot know, so
 * nothing is told of two groups of one class: those that the waiter is a member
 * of are dropped for the moment of the wait. Everything else that it holds
 * stays, so a lock that a member below takes is found.
 *
 * A member that waits for the very group it is in is left to be reported.
 */
#include <linux/debug_locks.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/sched.h>

#include "core.h"

/* A group of the same class that the current task is a member of, or NULL. */
static struct lockdep_map *kwg_above(const struct lockdep_map *map)
{
	int i;

	for (i = current->lockdep_depth - 1; i >= 0; i--) {
		struct lockdep_map *held = current->held_locks[i].instance;

		if (held != map && held->key == map->key)
			return held;
	}
	return NULL;
}

static void kwg_lockdep_sync(struct lockdep_map *map)
{
#ifdef lock_map_sync
	lock_map_sync(map);
#else
	unsigned long flags;

	/* Held with interrupts off tells nothing of the group. */
	local_irq_save(flags);
	lock_map_acquire(map);
	lock_map_release(map);
	local_irq_restore(flags);
#endif
}

/* Calls itself as often as it is a member of groups of one class. */
static void kwg_lockdep_wait_map(struct lockdep_map *map)
{
	struct lockdep_map *above = kwg_above(map);

	if (!above || kwg_mutant(parent_stays_held)) {
		kwg_lockdep_sync(map);
		return;
	}
	lock_map_release(above);
	kwg_lockdep_wait_map(map);
	lock_map_acquire_read(above);
}

/**
 * kwg_lockdep_wait - tell lockdep that the current task may wait for a group
 * @wg: the group
 */
void kwg_lockdep_wait(struct kwaitgroup *wg)
{
	/* Off, it does not keep account any more of what is held. */
	if (debug_locks)
		kwg_lockdep_wait_map(&wg->dep_map);
}
