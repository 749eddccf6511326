/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_UACCESS_H
#define _LINUX_UACCESS_H

#include <linux/compiler.h>

/* A look that may race, and survives what is not there. Here all of it is there. */
static inline long copy_from_kernel_nofault(void *dst, const void *src, size_t size)
{
	ex_may_race(true);
	__builtin_memcpy(dst, src, size);
	ex_may_race(false);
	return 0;
}

#endif
