/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of debugfs and sysfs, as a test sees them. debugfs can be read by user
 * space only, so that is who reads it: a shell, started by the test.
 */
#ifndef _KWG_FILES_H
#define _KWG_FILES_H

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/umh.h>

#include "kwg_kunit.h"

#define KWG_DEBUGFS	"/sys/kernel/debug/kwaitgroup/"
#define KWG_FILE_MAX	SZ_4M

/* Run a line of shell and wait; 0 if it succeeds. */
static inline int kwg_shell(const char *line)
{
	static const char * const envp[] = { "PATH=/bin", NULL };
	const char * const argv[] = { "/bin/sh", "-c", line, NULL };

	return call_usermodehelper(argv[0], (char **)argv, (char **)envp,
				   UMH_WAIT_PROC);
}

/* A file as one string, to be freed with kvfree(). */
static inline char *kwg_read_file(struct kunit *test, const char *path)
{
	char line[128], *buf = kvzalloc(KWG_FILE_MAX, GFP_KERNEL);
	struct file *file;
	loff_t pos = 0;
	ssize_t n;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	snprintf(line, sizeof(line), "cat %s >/kwg_copy", path);
	KUNIT_EXPECT_EQ(test, kwg_shell(line), 0);
	file = filp_open("/kwg_copy", O_RDONLY, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	do {
		n = kernel_read(file, buf + pos, KWG_FILE_MAX - 1 - pos, &pos);
	} while (n > 0);
	KUNIT_EXPECT_EQ(test, n, 0);
	filp_close(file, NULL);
	return buf;
}

static inline ssize_t kwg_write_file(struct kunit *test, const char *path,
				     const char *text)
{
	struct file *file = filp_open(path, O_WRONLY, 0);
	loff_t pos = 0;
	ssize_t n;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	n = kernel_write(file, text, strlen(text), &pos);
	filp_close(file, NULL);
	return n;
}

#endif /* _KWG_FILES_H */
