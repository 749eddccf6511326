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
#include "kwg_files.h"

struct kwg_log kwg_log = { .lock = __RAW_SPIN_LOCK_UNLOCKED(kwg_log.lock) };

static void kwg_log_copy(char to[256], const char *text, size_t len)
{
	strscpy(to, text, min_t(size_t, len + 1, 256));
}

static void kwg_log_see(int nr, const char *text, size_t len)
{
	if (!nr && !kwg_log.seen[0])
		memcpy(kwg_log.then, kwg_log.seen, sizeof(kwg_log.then));
	kwg_log_copy(kwg_log.last[nr], text, len);
	WRITE_ONCE(kwg_log.seen[nr], kwg_log.seen[nr] + 1);
}

static void kwg_log_patterns(const char *text, size_t len)
{
	int i;

	for (i = 0; i < KWG_PATTERNS; i++)
		if (kwg_log.patterns[i] &&
		    strnstr(text, kwg_log.patterns[i], len))
			kwg_log_see(i, text, len);
}

static void kwg_log_probe(void *ignore, const char *text, size_t len)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&kwg_log.lock, flags);
	if (strnstr(text, "kwaitgroup: ", len) &&
	    strnstr(text, "called from ", len)) {
		kwg_log.reports++;
		kwg_log_copy(kwg_log.line, text, len);
	}
	if (strnstr(text, "kwaitgroup: member ", len)) {
		kwg_log_copy(kwg_log.death_lines[kwg_log.deaths %
						 KWG_DEATH_LINES], text, len);
		/* Last: who sees the number reads the line. */
		smp_store_release(&kwg_log.deaths, kwg_log.deaths + 1);
	}
	if (strnstr(text, "kernel BUG at ", len))
		kwg_log.bugs++;
	if (strnstr(text, "possible circular locking dependency", len))
		kwg_log.cycles++;
	kwg_log_patterns(text, len);
	raw_spin_unlock_irqrestore(&kwg_log.lock, flags);
}

static void kwg_log_reset(void)
{
	raw_spin_lock_irq(&kwg_log.lock);
	kwg_log.reports = 0;
	kwg_log.bugs = 0;
	kwg_log.cycles = 0;
	kwg_log.deaths = 0;
	kwg_log.line[0] = '\0';
	memset(kwg_log.death_lines, 0, sizeof(kwg_log.death_lines));
	memset(kwg_log.patterns, 0, sizeof(kwg_log.patterns));
	raw_spin_unlock_irq(&kwg_log.lock);
}

/* Count the lines that contain @pattern, from now on. */
void kwg_log_look_for(int nr, const char *pattern)
{
	raw_spin_lock_irq(&kwg_log.lock);
	kwg_log.patterns[nr] = pattern;
	kwg_log.seen[nr] = 0;
	kwg_log.last[nr][0] = '\0';
	raw_spin_unlock_irq(&kwg_log.lock);
}

/* The number behind @before in the last line with pattern @nr, or -1. */
long kwg_log_number(int nr, const char *before)
{
	long number = -1;
	char *found;

	raw_spin_lock_irq(&kwg_log.lock);
	found = strstr(kwg_log.last[nr], before);
	if (found && sscanf(found + strlen(before), "%ld", &number) != 1)
		number = -1;
	raw_spin_unlock_irq(&kwg_log.lock);
	return number;
}

/* By name, as 6.1 does not export the tracepoint. */
static void kwg_find_console(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "console"))
		*(struct tracepoint **)found = tp;
}

static struct tracepoint *kwg_console;

/* Forget what was logged, and look from now on. */
int kwg_console_watch(struct kunit *test)
{
	kwg_need_files(test);
	kwg_log_reset();
	for_each_kernel_tracepoint(kwg_find_console, &kwg_console);
	if (!kwg_console)
		return -ENOENT;
	return tracepoint_probe_register(kwg_console, kwg_log_probe, NULL);
}

void kwg_console_unwatch(struct kunit *test)
{
	/* A suite that was skipped has not watched. */
	if (!kwg_console)
		return;
	tracepoint_probe_unregister(kwg_console, kwg_log_probe, NULL);
	tracepoint_synchronize_unregister();
}
