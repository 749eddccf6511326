/* SPDX-License-Identifier: GPL-2.0 */
/*
 * percpu/: groups that scale with the CPUs: a counter for each, and how a wait
 * gathers them.
 * It uses core/.
 */
#ifndef _KWG_PERCPU_H
#define _KWG_PERCPU_H

#include <linux/kwaitgroup_percpu.h>

#include "../core/core.h"

/* gather.c, with g->lock held: */
void kwg_percpu_gather(struct kwaitgroup_percpu *g, unsigned long ip);
void kwg_percpu_spread(struct kwaitgroup_percpu *g);

#ifdef CONFIG_KWAITGROUP_PERCPU
bool kwg_percpu_peek(const struct kwaitgroup *wg, long *count);
#else
static inline bool kwg_percpu_peek(const struct kwaitgroup *wg, long *count)
{
	return false;
}
#endif

#endif /* _KWG_PERCPU_H */
