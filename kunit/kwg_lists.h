/* SPDX-License-Identifier: GPL-2.0 */
/* Lines and columns of the tables in debugfs. */
#ifndef _KWG_LISTS_H
#define _KWG_LISTS_H

#include <linux/ctype.h>
#include <linux/kstrtox.h>
#include <linux/string.h>

#include "kwg_files.h"

#define KWG_COLUMN_MAX	160

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

#endif /* _KWG_LISTS_H */
