// SPDX-License-Identifier: GPL-2.0
/*
 * Members without a name, as there was no memory for one: they count, and they
 * leave as all others do, but nobody can tell who they are.
 *
 * What is needed to leave, the group, is in the member itself, the only memory
 * that there is. It is on a stack, as a rule, and may be garbage when somebody
 * leaves by mistake what was never joined. So it is looked at only while there
 * are such members at all.
 */
#include <linux/atomic.h>

#include "shard.h"

static atomic_long_t kwg_unnamed;

long kwg_nr_unnamed(void)
{
	return atomic_long_read(&kwg_unnamed);
}

/* The group that @m has joined without a name, or NULL. */
struct kwaitgroup *kwg_unnamed_group(const struct kwaitgroup_member *m)
{
	return unlikely(kwg_nr_unnamed()) ? READ_ONCE(m->unnamed) : NULL;
}

/* Its add has been made. Counted first: who sees the group looks at the number. */
void kwg_join_unnamed(struct kwaitgroup *wg, struct kwaitgroup_member *m)
{
	atomic_long_inc(&kwg_unnamed);
	WRITE_ONCE(m->unnamed, wg);
}

/* The group whose done is to follow, or NULL. By the task that has joined. */
struct kwaitgroup *kwg_leave_unnamed(struct kwaitgroup_member *m)
{
	struct kwaitgroup *wg = kwg_unnamed_group(m);

	if (wg) {
		WRITE_ONCE(m->unnamed, NULL);
		atomic_long_dec(&kwg_unnamed);
	}
	return wg;
}
