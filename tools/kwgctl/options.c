// SPDX-License-Identifier: GPL-2.0
/* The command line of kwgctl. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kwgctl.h"

struct options opt = { .fd = -1, .timeout = -1 };

static const char usage_text[] =
"usage: kwgctl create [-n NAME] [-f FD] COMMAND [ARG]...\n"
"       kwgctl run [-f FD] [-b] [-k] COMMAND [ARG]...\n"
"       kwgctl add [-f FD] [N]\n"
"       kwgctl done [-f FD] [N]\n"
"       kwgctl wait [-f FD] [-t SECONDS]\n"
"       kwgctl info [-f FD] [-j]\n"
"       kwgctl close [-f FD]\n"
"       kwgctl --help | --version\n"
"\n"
"  create   make a group and execute COMMAND, which inherits it\n"
"  run      be a member of the group while COMMAND runs; if COMMAND fails,\n"
"           the group is broken\n"
"  add      N members more (1)\n"
"  done     N members have finished (1)\n"
"  wait     until there are no members\n"
"  info     name, number, count and state\n"
"  close    let nobody in any more\n"
"\n"
"  -b, --background       run: return as soon as it is a member, with status 0\n"
"  -f, --fd FD            the group's descriptor; default: $KWAITGROUP_FD;\n"
"                         create: put it there\n"
"  -j, --json             info: as JSON\n"
"  -k, --keep-going       run: a COMMAND that fails has finished, too\n"
"  -n, --name NAME        create: what debugfs calls the group\n"
"  -t, --timeout SECONDS  wait: no longer than that\n"
"\n"
"exit status: 0; 1 an error; 3 a member died; 4 the group was misused by a\n"
"driver; 5 the group is closed; 124 timeout; create and run: that of COMMAND,\n"
"126 if it cannot be executed, 127 if it is not found\n";

int usage(const char *why, const char *what)
{
	fprintf(stderr, "kwgctl: %s%s; see: kwgctl --help\n", why, what);
	return EXIT_ERROR;
}

void print_usage(void)
{
	fputs(usage_text, stdout);
}

bool parse_number(const char *text, unsigned long max, unsigned int *n)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value > max)
		return false;
	*n = value;
	return true;
}

bool parse_fd(const char *text)
{
	unsigned int n;

	if (!parse_number(text, 1 << 20, &n))
		return false;
	opt.fd = n;
	return true;
}

static bool parse_seconds(const char *text)
{
	char *end;

	opt.timeout = strtod(text, &end);
	return end != text && !*end && opt.timeout >= 0 && isfinite(opt.timeout);
}

static bool parse_option(int letter)
{
	switch (letter) {
	case 'f':
		return parse_fd(optarg);
	case 't':
		return parse_seconds(optarg);
	case 'n':
		opt.name = optarg;
		return true;
	case 'j':
		opt.json = true;
		return true;
	case 'b':
		opt.background = true;
		return true;
	default:
		opt.any_status = true;
		return true;
	}
}

int parse_options(const struct command *command, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "fd", required_argument, NULL, 'f' },
		{ "name", required_argument, NULL, 'n' },
		{ "timeout", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ "background", no_argument, NULL, 'b' },
		{ "keep-going", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int letter;

	/* '+': what follows the command is its own. */
	while ((letter = getopt_long(argc, argv, "+:f:n:t:jbkh", longs, NULL)) != -1) {
		if (letter == 'h') {
			print_usage();
			return 0;
		}
		if (letter == ':')
			return usage(argv[optind - 1], ": needs an argument");
		if (letter == '?' || !strchr(command->options, letter))
			return usage(command->name, ": no such option");
		if (!parse_option(letter))
			return usage("not a number: ", optarg);
	}
	return -1;
}
