// SPDX-License-Identifier: GPL-2.0
/* The list of scenarios, in the order of their files. */
#include "runs.h"

const struct scenario *ex_scenarios;
static struct scenario *last;

void ex_scenario_add(struct scenario *s)
{
	if (last)
		last->next = s;
	else
		ex_scenarios = s;
	last = s;
}

/* module/mutants.h: which seeded bug there is. */
char *kwg_seeded = "";
