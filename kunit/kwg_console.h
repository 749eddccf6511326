/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel has logged since a case began, see console_kunit.c. */
#ifndef _KWG_CONSOLE_H
#define _KWG_CONSOLE_H

#include <linux/spinlock_types.h>

#include "kwg_kunit.h"

/* The last lines that told of a death, and what else a case looks for. */
#define KWG_DEATH_LINES	4
#define KWG_PATTERNS	4

struct kwg_log {
	raw_spinlock_t lock;	/* all of this */
	int reports;		/* lines of ours that name a call */
	int bugs;		/* "kernel BUG at" */
	int cycles;		/* lockdep: "possible circular locking" */
	int deaths;		/* of members */
	char line[256];		/* the last report */
	char death_lines[KWG_DEATH_LINES][256];
	const char *patterns[KWG_PATTERNS];
	int seen[KWG_PATTERNS];	/* lines with that pattern */
	int then[KWG_PATTERNS];	/* when the first with pattern 0 came */
	char last[KWG_PATTERNS][256]; /* and the last of them */
};

extern struct kwg_log kwg_log;

/* How many deaths were told of; their lines can be read then. */
static inline int kwg_log_deaths(void)
{
	/* Pairs with the probe's release. */
	return smp_load_acquire(&kwg_log.deaths);
}

void kwg_log_look_for(int nr, const char *pattern);
long kwg_log_number(int nr, const char *before);

/* How many lines with pattern @nr there were since. */
static inline int kwg_log_seen(int nr)
{
	return READ_ONCE(kwg_log.seen[nr]);
}

/* The init and exit of a suite that looks at it. */
int kwg_console_watch(struct kunit *test);
void kwg_console_unwatch(struct kunit *test);

/* They share a module, as a kernel that has run one has warnings in its log. */
extern struct kunit_suite kwg_limits_suite;
extern struct kunit_suite kwg_misuse_effects_suite;
extern struct kunit_suite kwg_deferred_suite;
extern struct kunit_suite kwg_mode_suite;
extern struct kunit_suite kwg_percpu_misuse_suite;

#endif /* _KWG_CONSOLE_H */
