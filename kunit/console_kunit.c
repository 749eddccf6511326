// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the log as the KCSAN and KASAN tests do, by a probe on the console
 * tracepoint.
 */
#include <linux/errno.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "kwg_console.h"

struct kwg_log kwg_log = { .lock = __SPIN_LOCK_UNLOCKED(kwg_log.lock) };

static void kwg_log_probe(void *ignore, const char *text, size_t len)
{
	unsigned long flags;

	spin_lock_irqsave(&kwg_log.lock, flags);
	if (strnstr(text, "kwaitgroup: ", len) &&
	    strnstr(text, "called from ", len)) {
		kwg_log.reports++;
		strscpy(kwg_log.line, text, min(len + 1, sizeof(kwg_log.line)));
	}
	if (strnstr(text, "kernel BUG at ", len))
		kwg_log.bugs++;
	if (strnstr(text, "possible circular locking dependency", len))
		kwg_log.cycles++;
	spin_unlock_irqrestore(&kwg_log.lock, flags);
}

static void kwg_log_reset(void)
{
	spin_lock_irq(&kwg_log.lock);
	kwg_log.reports = 0;
	kwg_log.bugs = 0;
	kwg_log.cycles = 0;
	kwg_log.line[0] = '\0';
	spin_unlock_irq(&kwg_log.lock);
}

/* By name, as 6.1 does not export the tracepoint. */
static void kwg_find_console(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "console"))
		*(struct tracepoint **)found = tp;
}

static struct tracepoint *kwg_console;

/* Forget what was logged, and look from now on. */
int kwg_console_watch(void)
{
	kwg_log_reset();
	for_each_kernel_tracepoint(kwg_find_console, &kwg_console);
	if (!kwg_console)
		return -ENOENT;
	return tracepoint_probe_register(kwg_console, kwg_log_probe, NULL);
}

void kwg_console_unwatch(void)
{
	tracepoint_probe_unregister(kwg_console, kwg_log_probe, NULL);
	tracepoint_synchronize_unregister();
}
