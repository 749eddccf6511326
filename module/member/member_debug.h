/* SPDX-License-Identifier: GPL-2.0 */
/* Members as debugobjects: freeing one that is joined is reported by the kernel. */
#ifndef _KWG_MEMBER_DEBUG_H
#define _KWG_MEMBER_DEBUG_H

#include <linux/kwaitgroup.h>

#ifdef CONFIG_DEBUG_OBJECTS_FREE
void kwg_member_activate(struct kwaitgroup_member *m);
void kwg_member_deactivate(const struct kwaitgroup_member *m);
#else
static inline void kwg_member_activate(struct kwaitgroup_member *m)
{
}

static inline void kwg_member_deactivate(const struct kwaitgroup_member *m)
{
}
#endif

#endif /* _KWG_MEMBER_DEBUG_H */
