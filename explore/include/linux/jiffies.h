/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_JIFFIES_H
#define _LINUX_JIFFIES_H

#include <linux/types.h>

/* No time passes. */
#define get_jiffies_64()	((u64)0)
#define jiffies			0UL

#endif
