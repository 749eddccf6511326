// SPDX-License-Identifier: GPL-2.0
/*
 * The variables of the core and of the scenarios, as they were initialised, before
 * each execution: variables.lds has put them in one place. No sanitizer sees this.
 */
#include <stdio.h>
#include <stdlib.h>

#include "runs.h"

extern char ex_variables_start[], ex_variables_end[];
static char *snapshot;

static void copy(char *to, const char *from)
{
	size_t size = ex_variables_end - ex_variables_start;
	const unsigned long *f = (const void *)from;
	unsigned long *t = (void *)to;

	for (; size >= 8; size -= 8)
		*t++ = *f++;
}

void ex_snapshot(void)
{
	snapshot = malloc(ex_variables_end - ex_variables_start);
	if (!snapshot) {
		perror("variables");
		exit(2);
	}
	copy(snapshot, ex_variables_start);
}

void ex_restore(void)
{
	copy(ex_variables_start, snapshot);
}
