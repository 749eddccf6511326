/* SPDX-License-Identifier: GPL-2.0 */
/*
 * observe/: what people see of groups. The registry and its tables in debugfs, traces,
 * reports of misuse and of waits that take too long, histories and accounts of call sites.
 * It uses core/ and member/.
 */
#ifndef _KWG_OBSERVE_H
#define _KWG_OBSERVE_H

#include "../core/core.h"
#include "../member/member.h"

#ifdef CONFIG_KWAITGROUP_OBSERVE

/* misuse.c */
void kwg_misuse_by(const struct kwaitgroup *wg, enum kwg_misuse what, int count,
		   unsigned long ip, const char *caller);

/* register.c */
int kwg_registry_add(struct kwaitgroup *wg, const char *name,
		     const char *caller, u32 *id);

/* registry.c */
bool kwg_registry_drop(const struct kwaitgroup *wg);
void kwg_registry_exit(void);

/* debugfs.c */
int kwg_debugfs_init(void);
void kwg_debugfs_exit(void);

#else

static inline void kwg_registry_exit(void)
{
}

static inline int kwg_debugfs_init(void)
{
	return 0;
}

static inline void kwg_debugfs_exit(void)
{
}

#endif

/* leak.c */
#if defined(CONFIG_MODULES) && defined(CONFIG_KWAITGROUP_OBSERVE)
int kwg_leak_init(void);
void kwg_leak_exit(void);
#else
static inline int kwg_leak_init(void)
{
	return 0;
}

static inline void kwg_leak_exit(void)
{
}
#endif

#endif /* _KWG_OBSERVE_H */
