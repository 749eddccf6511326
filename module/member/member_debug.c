// SPDX-License-Identifier: GPL-2.0
/*
 * Members as debugobjects: what is freed while a member in it is joined is
 * reported at the free. The membership goes on, as nothing of it is in there; a
 * leave of what was freed is reported once more, as it is not known any more.
 */
#include <linux/debugobjects.h>
#include <linux/sched/task_stack.h>

#include "member_debug.h"

static bool kwg_member_freed(void *m, enum debug_obj_state state)
{
	if (state != ODEBUG_STATE_ACTIVE)
		return false;
	kwg_member_deactivate(m);
	return true;
}

static const struct debug_obj_descr kwg_member_descr = {
	.name = "kwaitgroup_member",
	.fixup_free = kwg_member_freed,
};

void kwg_member_activate(struct kwaitgroup_member *m)
{
	if (object_is_on_stack(m))
		debug_object_init_on_stack(m, &kwg_member_descr);
	else
		debug_object_init(m, &kwg_member_descr);
	debug_object_activate(m, &kwg_member_descr);
}

/* By its address: the memory may be gone with the stack of a dead task. */
void kwg_member_deactivate(const struct kwaitgroup_member *m)
{
	debug_object_deactivate((void *)m, &kwg_member_descr);
	debug_object_free((void *)m, &kwg_member_descr);
}
