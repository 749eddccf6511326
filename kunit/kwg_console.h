/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel has logged since a case began, see console_kunit.c. */
#ifndef _KWG_CONSOLE_H
#define _KWG_CONSOLE_H

#include <linux/spinlock_types.h>

struct kwg_log {
	spinlock_t lock;	/* all of this */
	int reports;		/* lines of ours that name a call */
	int bugs;		/* "kernel BUG at" */
	int cycles;		/* lockdep: "possible circular locking" */
	char line[256];		/* the last report */
};

extern struct kwg_log kwg_log;

int kwg_console_watch(void);
void kwg_console_unwatch(void);

#endif /* _KWG_CONSOLE_H */
