/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_BUG_H
#define _LINUX_BUG_H

#include <linux/compiler.h>

/* Every one: that the kernel stays silent after the first hides nothing here. */
#define WARN_ONCE(cond, fmt, ...) ({					\
	bool __warn = (cond);						\
									\
	if (__warn)							\
		ex_warn(fmt, ##__VA_ARGS__);				\
	__warn;								\
})
#define WARN_ON_ONCE(cond) WARN_ONCE(cond, "%s: %s\n", __func__, #cond)

#endif
