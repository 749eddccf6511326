/* SPDX-License-Identifier: GPL-2.0 */
/* Lines and columns of the tables in debugfs. */
#ifndef _KWG_LISTS_H
#define _KWG_LISTS_H

#include <linux/ctype.h>
#include <linux/kstrtox.h>
#include <linux/string.h>

#include "kwg_files.h"

#define KWG_COLUMN_MAX	160

/* The columns of "groups". */
enum { GROUP_ID, GROUP_NAME, GROUP_COUNT, GROUP_WAITERS, GROUP_FLAGS,
	GROUP_AGE, GROUP_REGISTERED_BY };

/* The columns of "waiters". */
enum { WAITER_ID, WAITER_GROUP, WAITER_PID, WAITER_COMM, WAITER_STATE,
	WAITER_AGE, WAITER_WAITING_IN };

/* The columns of "misuse". */
enum { MISUSE_SEQ, MISUSE_TIME, MISUSE_KIND, MISUSE_COUNT, MISUSE_PID,
	MISUSE_COMM, MISUSE_GROUP, MISUSE_CALLER };

/* How often @text stands in @buf. */
static inline int kwg_occurs(const char *buf, const char *text)
{
	int n = 0;

	while ((buf = strstr(buf, text))) {
		buf += strlen(text);
		n++;
	}
	return n;
}

/* The first line that contains @text, on its own; NULL: there is none. */
static inline char *kwg_find_line(const char *buf, const char *text)
{
	const char *found = strstr(buf, text), *end;

	if (!found)
		return NULL;
	while (found > buf && found[-1] != '\n')
		found--;
	end = strchrnul(found, '\n');
	return kstrndup(found, end - found, GFP_KERNEL);
}

/* Copy column @nr of a line, from 0; empty: there are not so many. */
static inline void kwg_column(const char *line, int nr, char *to)
{
	int n = 0;

	to[0] = '\0';
	for (; line; nr--) {
		line = skip_spaces(line);
		if (!nr)
			break;
		while (*line && !isspace(*line))
			line++;
	}
	while (line && n < KWG_COLUMN_MAX - 1 && line[n] && !isspace(line[n])) {
		to[n] = line[n];
		n++;
	}
	to[n] = '\0';
}

/* That column as a number, or -1. */
static inline long kwg_number(const char *line, int nr)
{
	char text[KWG_COLUMN_MAX];
	long value;

	kwg_column(line, nr, text);
	return kstrtol(text, 10, &value) ? -1 : value;
}

/* An age as a number of seconds, or -1. */
static inline long kwg_age(const char *line, int nr)
{
	char text[KWG_COLUMN_MAX], unit;
	long secs;

	kwg_column(line, nr, text);
	return sscanf(text, "%ld%c", &secs, &unit) == 2 && unit == 's' ? secs :
									 -1;
}

#define KWG_EXPECT_COLUMN(test, line, nr, wanted)			\
do {									\
	char __column[KWG_COLUMN_MAX];					\
									\
	kwg_column(line, nr, __column);					\
	KUNIT_EXPECT_STREQ(test, __column, wanted);			\
} while (0)

/* The line of a file in debugfs that contains @text; NULL: there is none. */
static inline char *kwg_file_line(struct kunit *test, const char *path,
				  const char *text)
{
	char *buf = kwg_read_file(test, path);
	char *line = kwg_find_line(buf, text);

	kvfree(buf);
	return line;
}

/* The last one. */
static inline char *kwg_last_line(struct kunit *test, const char *path,
				  const char *text)
{
	char *buf = kwg_read_file(test, path), *line = NULL, *next = buf;

	while ((next = strstr(next, text))) {
		kfree(line);
		while (next > buf && next[-1] != '\n')
			next--;
		line = kwg_find_line(next, text);
		next = strchrnul(next, '\n');
	}
	kvfree(buf);
	return line;
}

/* Pages of the kernel's that are in use for small objects, in KiB. */
static inline long kwg_slab_kib(struct kunit *test)
{
	char *row;
	long kib;

	/* Collects what each CPU has counted. */
	KUNIT_EXPECT_EQ(test, kwg_shell("echo 1 >/proc/sys/vm/stat_refresh"),
			0);
	row = kwg_file_line(test, "/proc/meminfo", "SUnreclaim:");
	kib = kwg_number(row, 1);
	kfree(row);
	return kib;
}

#endif /* _KWG_LISTS_H */
