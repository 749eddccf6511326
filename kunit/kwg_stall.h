/* SPDX-License-Identifier: GPL-2.0 */
/* What the suites of waits that take too long share. */
#ifndef _KWG_STALL_KUNIT_H
#define _KWG_STALL_KUNIT_H

#include "kwg_console.h"
#include "kwg_lists.h"

#define KWG_STALL_SECS	"/sys/module/kwaitgroup/parameters/stall_secs"
#define KWG_WARN_FACTOR	"/sys/module/kwaitgroup/parameters/warn_factor"

/* Until @nr lines had pattern 0; the watch looks once a second. */
static inline bool kwg_reported(int nr)
{
	return kwg_until(kwg_log_seen(0) >= nr);
}

/* The exit of these suites: the parameters are as they were. */
void kwg_stall_exit(struct kunit *test);

#endif /* _KWG_STALL_KUNIT_H */
