/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_LOCKDEP_H
#define _LINUX_LOCKDEP_H

#include <linux/atomic.h>

struct lock_class_key {
};

#define lockdep_assert_held(l) \
	do { \
		if (!ex_holds(l)) \
			ex_fail("%s: %s is not held", __func__, #l); \
	} while (0)

/* For rcu_dereference_protected(), which does not ask. */
#define lockdep_is_held(l)	ex_holds(l)

#endif
