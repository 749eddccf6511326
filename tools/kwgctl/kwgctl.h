/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KWGCTL_H
#define _KWGCTL_H

#include <stdbool.h>

/* As timeout(1) and env(1), where they have one. */
enum {
	EXIT_ERROR	= 1,
	EXIT_OWNERDEAD	= 3,	/* a member died */
	EXIT_BADFD	= 4,	/* a driver misused the group */
	EXIT_SHUT	= 5,	/* closed: nobody may join */
	EXIT_TIMEOUT	= 124,
	EXIT_CANNOT	= 126,	/* the command cannot be executed, */
	EXIT_NOT_FOUND	= 127,	/* or is not there */
};

struct command {
	const char *name;
	const char *options;	/* letters */
	bool needs_group;
	int (*execute)(char **argv);
};

/* What the options of all commands leave behind. */
struct options {
	int fd;
	const char *name;
	double timeout;		/* seconds; negative: for ever */
	bool json;
	bool background;
	bool any_status;
};

extern struct options opt;

/* Say that the command line is wrong, and return the exit status for it. */
int usage(const char *why, const char *what);
void print_usage(void);

/* Say what is wrong, and return the exit status for it. */
int complain(const char *what, int err);

/* Execute a command; returns, with the exit status, only if that fails. */
int execute(char **argv);
int do_run(char **argv);

bool parse_number(const char *text, unsigned long max, unsigned int *n);
bool parse_fd(const char *text);

/* Returns an exit status, or -1 to go on at optind. */
int parse_options(const struct command *command, int argc, char **argv);

#endif /* _KWGCTL_H */
