/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Documentation/locking/locktypes.rst: one that sleeps, and whose holder may sleep.
 */
#ifndef _LINUX_MUTEX_H
#define _LINUX_MUTEX_H

#include <linux/atomic.h>

struct mutex {
	int held;
};

#define mutex_init(m)		((void)((m)->held = 0))
#define mutex_destroy(m)	((void)(m))

static inline bool __mutex_is_free(unsigned long long held)
{
	return !held;
}

static inline void mutex_lock(struct mutex *m)
{
	while (ex_rmw(&m->held, sizeof(m->held), EX_SET, 1, __ATOMIC_SEQ_CST,
		      EX_SITE("takes a mutex")))
		ex_await(&m->held, sizeof(m->held), __mutex_is_free,
			 EX_SITE("waits for a mutex"));
}

static inline void mutex_unlock(struct mutex *m)
{
	ex_store(&m->held, sizeof(m->held), 0, __ATOMIC_RELEASE,
		 EX_SITE("gives a mutex back"));
}

/* Signals come where the wait for a group has them. */
static inline int mutex_lock_killable(struct mutex *m)
{
	mutex_lock(m);
	return 0;
}

#define mutex_lock_interruptible(m) mutex_lock_killable(m)

#endif
