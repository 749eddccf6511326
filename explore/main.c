// SPDX-License-Identifier: GPL-2.0
/* explore: every interleaving of each scenario, or one of them step by step. */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runs.h"

static const char usage[] =
	"explore [OPTION...] [SCENARIO...]\n"
	"  -b, --bound N       preemptions in an execution at most (default: the scenario's)\n"
	"  -t, --time SECONDS  for each scenario at most (default: no limit, with threads 0.2)\n"
	"  -m, --mutant NAME   with a seeded bug of module/mutants.h\n"
	"      --mutants NAME[:SCENARIO]...\n"
	"                      one after the other: which scenario notices, the named one first\n"
	"      --replay SCENARIO SCHEDULE\n"
	"                      one execution, step by step\n"
	"  -l, --list          what there is\n";

static const struct option options[] = {
	{ "bound", required_argument, NULL, 'b' },
	{ "time", required_argument, NULL, 't' },
	{ "mutant", required_argument, NULL, 'm' },
	{ "mutants", no_argument, NULL, 'M' },
	{ "replay", no_argument, NULL, 'r' },
	{ "list", no_argument, NULL, 'l' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static int list(void)
{
	const struct scenario *s;

	for (s = ex_scenarios; s; s = s->next)
		printf("%-24s %s\n", s->name, s->about);
	return 0;
}

static int replay(char **args)
{
	const struct scenario *s = args[0] ? runs_find(args[0]) : NULL;

	if (!s || !args[1]) {
		fprintf(stderr, "%s", usage);
		return 2;
	}
	printf("%s: %s\n", s->name, s->about);
	ex_replay(s, args[1]);
	printf("ended, and nothing is wrong\n");
	return 0;
}

int main(int argc, char **argv)
{
	struct runs_options o = { .bound = -1 };
	int opt, mode = 0;

	while ((opt = getopt_long(argc, argv, "+b:t:m:lh", options, NULL)) != -1) {
		switch (opt) {
		case 'b':
			o.bound = atoi(optarg);
			break;
		case 't':
			o.seconds = atof(optarg);
			break;
		case 'm':
			kwg_seeded = optarg;
			break;
		case 'M':
		case 'r':
		case 'l':
			mode = opt;
			break;
		default:
			fprintf(opt == 'h' ? stdout : stderr, "%s", usage);
			return opt == 'h' ? 0 : 2;
		}
	}
	switch (mode) {
	case 'l':
		return list();
	case 'r':
		return replay(argv + optind);
	case 'M':
		return runs_mutants(&o, argv + optind);
	}
	return runs_all(&o, argv + optind);
}
