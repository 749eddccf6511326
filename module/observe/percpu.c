// SPDX-License-Identifier: GPL-2.0
/* Groups that scale, in the registry: what is in it is the small group inside. */
#include <linux/export.h>
#include <linux/rcupdate.h>

#include "../percpu/percpu.h"
#include "registry.h"

/* The group inside was registered as that of one. */
void __kwaitgroup_percpu_registered(struct kwaitgroup_percpu *g)
{
	struct kwg_entry *entry;

	rcu_read_lock();
	entry = kwg_registry_find(&g->wg);
	if (entry)
		WRITE_ONCE(entry->is_percpu, true);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(__kwaitgroup_percpu_registered);

/**
 * kwaitgroup_percpu_unregister - take a group off the list
 * @g: the group
 *
 * Before kwaitgroup_percpu_exit(). Doing so with members or waiters left, or for a
 * group that is not registered, is reported.
 *
 * Context: as kwaitgroup_unregister().
 */
void kwaitgroup_percpu_unregister(struct kwaitgroup_percpu *g)
{
	u32 flags = atomic64_read(&g->wg.state);

	kwg_unregister(&g->wg, flags - kwaitgroup_percpu_count(g) * KWAITGROUP_ONE,
		       _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_percpu_unregister);
