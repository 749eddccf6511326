/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers for things. Here one is not given out again. */
#ifndef _LINUX_IDR_H
#define _LINUX_IDR_H

#include <linux/atomic.h>
#include <linux/errno.h>

struct ida {
	u64 next;
};

#define DEFINE_IDA(name)	struct ida name = { 0 }

static inline int ida_alloc_max(struct ida *ida, unsigned int max, gfp_t gfp)
{
	u64 id = ex_rmw(&ida->next, 8, EX_ADD, 1, __ATOMIC_SEQ_CST,
			EX_SITE("ida_alloc_max()"));

	return id <= max ? (int)id : -ENOSPC;
}

#define ida_free(ida, id)	do { } while (0)
#define ida_destroy(ida)	do { } while (0)

#endif
