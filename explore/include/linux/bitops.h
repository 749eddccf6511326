/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Documentation/atomic_bitops.txt: "RMW atomic operations with return value:
 * fully ordered"; "clear_bit() is unordered", "..._lock() is an acquire",
 * "..._unlock() a release".
 */
#ifndef _LINUX_BITOPS_H
#define _LINUX_BITOPS_H

#include <linux/atomic.h>

#define __ex_bit(nr, p, op, arg, order, name) \
	(!!(ex_rmw(p, sizeof(*(p)), op, arg, order, EX_SITE(name "(" #p ")")) & \
	    BIT(nr)))

#define test_and_set_bit(nr, p) \
	__ex_bit(nr, p, EX_OR, BIT(nr), __ATOMIC_SEQ_CST, "test_and_set_bit")
#define test_and_set_bit_lock(nr, p) \
	__ex_bit(nr, p, EX_OR, BIT(nr), __ATOMIC_ACQUIRE, "test_and_set_bit_lock")
#define clear_bit(nr, p) \
	((void)__ex_bit(nr, p, EX_AND, ~BIT(nr), __ATOMIC_RELAXED, "clear_bit"))
#define clear_bit_unlock(nr, p) \
	((void)__ex_bit(nr, p, EX_AND, ~BIT(nr), __ATOMIC_RELEASE, "clear_bit_unlock"))

#define __ffs(word)		((unsigned int)__builtin_ctzl(word))
#define hweight_long(word)	((unsigned int)__builtin_popcountl(word))

#endif
