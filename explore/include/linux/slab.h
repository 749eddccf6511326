/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_SLAB_H
#define _LINUX_SLAB_H

#include <linux/compiler.h>

#define GFP_KERNEL	0u
#define GFP_NOWAIT	0u
#define __GFP_NOWARN	0u

/* All are zeroed. */
static inline void *kzalloc(size_t size, gfp_t flags)
{
	return ex_alloc(size);
}

static inline void *kvcalloc(size_t n, size_t size, gfp_t flags)
{
	return ex_alloc(n * size);
}

static inline void kfree(const void *p)
{
	ex_free(p);
}

static inline void kvfree(const void *p)
{
	ex_free(p);
}

#endif
