// SPDX-License-Identifier: GPL-2.0
/*
 * Wait groups for shell scripts.
 *
 * A shell cannot hold the result of an ioctl, so "create" executes a command
 * that inherits the group's descriptor, with its number in KWAITGROUP_FD. All
 * else finds it there. See kwgctl.1.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kwgctl.h"
#include "libkwaitgroup.h"

#define ENVIRONMENT	"KWAITGROUP_FD"

int complain(const char *what, int err)
{
	switch (-err) {
	case 0:
		return 0;
	case ETIMEDOUT:
		return EXIT_TIMEOUT;
	case EOWNERDEAD:
		fprintf(stderr, "kwgctl: %s: a member died\n", what);
		return EXIT_OWNERDEAD;
	case EBADFD:
		fprintf(stderr, "kwgctl: %s: misused by a driver\n", what);
		return EXIT_BADFD;
	case ESHUTDOWN:
		fprintf(stderr, "kwgctl: %s: the group is closed\n", what);
		return EXIT_SHUT;
	case ENOTTY:
		fprintf(stderr, "kwgctl: %s: descriptor %d is not a group\n",
			what, opt.fd);
		return EXIT_ERROR;
	default:
		fprintf(stderr, "kwgctl: %s: %s\n", what, strerror(-err));
		return EXIT_ERROR;
	}
}

static bool find_group(void)
{
	const char *text = getenv(ENVIRONMENT);

	if (opt.fd >= 0)
		return true;
	return text && parse_fd(text);
}

/* The number that the caller wants, and in no case one of the standard ones. */
static int place(int fd)
{
	int wanted = opt.fd >= 0 ? opt.fd : 3;
	int ret;

	if (fd == opt.fd || (opt.fd < 0 && fd >= wanted))
		return fd;
	ret = opt.fd >= 0 ? dup2(fd, wanted) : fcntl(fd, F_DUPFD, wanted);
	if (ret < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static int do_create(char **argv)
{
	char number[16];
	int fd;

	if (!*argv)
		return usage("create: no command", "");
	fd = kwg_create(opt.name, 0);
	if (fd < 0)
		return complain("create", fd);
	fd = place(fd);
	if (fd < 0)
		return complain("create", fd);
	snprintf(number, sizeof(number), "%d", fd);
	setenv(ENVIRONMENT, number, 1);
	return execute(argv);
}

static int optional_count(char **argv, const char *what, int (*call)(int, unsigned int))
{
	unsigned int n = 1;

	if (*argv && (!parse_number(*argv, KWAITGROUP_MEMBERS_MAX, &n) || !n || argv[1]))
		return usage(what, ": N is a number from 1");
	return complain(what, call(opt.fd, n));
}

static int do_add(char **argv)
{
	return optional_count(argv, "add", kwg_add);
}

static int do_done(char **argv)
{
	return optional_count(argv, "done", kwg_done);
}

/* Whoever shares the descriptor may have made it one that does not wait. */
static int wait_patiently(uint64_t deadline)
{
	struct pollfd p = { .fd = opt.fd, .events = POLLIN };
	int err, ms = -1;

	while ((err = kwg_wait_until(opt.fd, deadline)) == -EAGAIN) {
		uint64_t now = kwg_now();

		if (now >= deadline)
			return -ETIMEDOUT;
		if (deadline != KWAITGROUP_WAIT_FOREVER)
			ms = (deadline - now) / 1000000 < INT_MAX ?
			     (deadline - now) / 1000000 + 1 : INT_MAX;
		if (poll(&p, 1, ms) < 0 && errno != EINTR)
			return -errno;
	}
	return err;
}

static int do_wait(char **argv)
{
	uint64_t deadline = KWAITGROUP_WAIT_FOREVER;

	if (*argv)
		return usage("wait: what is ", *argv);
	/* Longer than a century is for ever. */
	if (opt.timeout >= 0 && opt.timeout <= 4e9)
		deadline = kwg_now() + opt.timeout * 1e9;
	return complain("wait", wait_patiently(deadline));
}

static int do_close(char **argv)
{
	if (*argv)
		return usage("close: what is ", *argv);
	return complain("close", kwg_shut(opt.fd));
}

/* A name has no character that JSON or a shell would mind, but '"' and '\'. */
static void print_json_name(const char *name)
{
	for (; *name; name++)
		printf(*name == '"' || *name == '\\' ? "\\%c" : "%c", *name);
}

static void print_json(const struct kwaitgroup_info *info)
{
	static const char * const words[] = { "false", "true" };

	printf("{\"id\": %llu, \"name\": \"", (unsigned long long)info->id);
	print_json_name((const char *)info->name);
	printf("\", \"count\": %u, \"closed\": %s, \"waiters\": %s", info->count,
	       words[!!(info->state & KWAITGROUP_STATE_CLOSED)],
	       words[!!(info->state & KWAITGROUP_STATE_WAITERS)]);
	printf(", \"member_died\": %s, \"misused\": %s}\n",
	       words[!!(info->state & KWAITGROUP_STATE_OWNERDEAD)],
	       words[!!(info->state & KWAITGROUP_STATE_BADFD)]);
}

static void print_text(const struct kwaitgroup_info *info)
{
	printf("id %llu\nname %s\ncount %u\nstate%s%s%s%s%s\n",
	       (unsigned long long)info->id, (const char *)info->name,
	       info->count,
	       info->state & KWAITGROUP_STATE_CLOSED ? " closed" : "",
	       info->state & KWAITGROUP_STATE_WAITERS ? " waiters" : "",
	       info->state & KWAITGROUP_STATE_OWNERDEAD ? " member-died" : "",
	       info->state & KWAITGROUP_STATE_BADFD ? " misused" : "",
	       info->state ? "" : " -");
}

static int do_info(char **argv)
{
	struct kwaitgroup_info info;
	int err;

	if (*argv)
		return usage("info: what is ", *argv);
	err = kwg_info(opt.fd, &info);
	if (err)
		return complain("info", err);
	if (opt.json)
		print_json(&info);
	else
		print_text(&info);
	return 0;
}

static const struct command commands[] = {
	{ "create", "fn", false, do_create },
	{ "run", "fbk", true, do_run },
	{ "add", "f", true, do_add },
	{ "done", "f", true, do_done },
	{ "wait", "ft", true, do_wait },
	{ "info", "fj", true, do_info },
	{ "close", "f", true, do_close },
	{ }
};

static const struct command *find_command(const char *name)
{
	const struct command *command;

	for (command = commands; command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	return NULL;
}

int main(int argc, char **argv)
{
	const struct command *command;
	int status;

	if (argc < 2)
		return usage("no command", "");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_usage();
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("kwgctl " VERSION);
		return 0;
	}
	command = find_command(argv[1]);
	if (!command)
		return usage("no command ", argv[1]);
	opterr = 0;
	status = parse_options(command, argc - 1, argv + 1);
	if (status >= 0)
		return status;
	if (command->needs_group && !find_group())
		return usage("no group: neither -f nor ", ENVIRONMENT);
	status = command->execute(argv + 1 + optind);
	/* What was printed has reached somebody, or it is an error. */
	if (fflush(stdout))
		return complain("write", -errno);
	return status;
}
