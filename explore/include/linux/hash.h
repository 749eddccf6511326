/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_HASH_H
#define _LINUX_HASH_H

#include <linux/types.h>

/* Fibonacci hashing, the upper bits. */
static inline u32 hash_32(u32 val, unsigned int bits)
{
	return val * 0x61c88647U >> (32 - bits);
}

static inline u32 hash_ptr(const void *ptr, unsigned int bits)
{
	return (u64)(uintptr_t)ptr * 0x61c8864680b583ebULL >> (64 - bits);
}

#endif
