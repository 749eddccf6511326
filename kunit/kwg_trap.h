/* SPDX-License-Identifier: GPL-2.0 */
/* A thread that is caught in a race window, see windows_kunit.c. */
#ifndef _KWG_TRAP_H
#define _KWG_TRAP_H

#include "../module/core/core.h"
#include "kwg_kunit.h"

#ifdef CONFIG_KWAITGROUP_DEBUG

/* One thread is caught in one window, once. */
extern struct kwg_trap {
	struct task_struct *victim;
	enum kwg_window window;
	struct completion caught, release;
} kwg_trap;

/* Start a thread that will walk into the trap. */
void kwg_start_trapped(struct kunit *test, struct kwg_thread *t,
		       int (*fn)(void *wg), struct kwaitgroup *wg,
		       enum kwg_window window);
void kwg_await_trapped(void);
/* Let it out, and return what it returned. */
int kwg_join_trapped(struct kwg_thread *t);

/* The last done of @wg, held before it takes the bucket lock. */
int kwg_trapped_done(void *wg);
void kwg_start_late_waker(struct kunit *test, struct kwg_thread *t,
			  struct kwaitgroup *wg);

#endif

void kwg_windows_exit(struct kunit *test);

#endif /* _KWG_TRAP_H */
