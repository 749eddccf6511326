/* SPDX-License-Identifier: GPL-2.0 */
/*
 * batch/: threads that are started for a group, and batches of jobs, with a limit,
 * a first error, and an end.
 * It uses core/ and member/.
 */
#ifndef _KWG_BATCH_H
#define _KWG_BATCH_H

#include <linux/kwaitgroup_batch.h>

#include "../core/core.h"
#include "../member/member.h"

#ifdef CONFIG_KWAITGROUP_BATCH
/* kept.c */
unsigned int kwg_nr_kept(void);

/* run.c */
void kwg_runs_exit(void);
#else
static inline void kwg_runs_exit(void)
{
}
#endif

#endif /* _KWG_BATCH_H */
