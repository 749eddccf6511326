/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of debugfs and sysfs, as a test sees them. debugfs can be read by user
 * space only, so that is who reads it: a shell, started by the test.
 */
#ifndef _KWG_FILES_H
#define _KWG_FILES_H

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
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

/* For a case that needs files: suites that are built in run before any exist. */
static inline void kwg_need_files(struct kunit *test)
{
#ifndef MODULE
	kunit_skip(test, "built in: there is no user space yet");
#endif
}

/* As user space sees it: a kernel thread of 7.x has a root of its own. */
static inline struct file *kwg_open(const char *path, int flags)
{
	struct file *file = NULL;

#ifdef scoped_with_init_fs
	scoped_with_init_fs()
#endif
		file = filp_open(path, flags, 0);
	return file;
}

/* Copy what user space reads of a file; 0 if it could. */
static inline int kwg_copy(const char *path)
{
	static const char * const envp[] = { NULL };
	const char * const argv[] = { "/bin/cp", path, "/kwg_copy", NULL };

	return call_usermodehelper(argv[0], (char **)argv, (char **)envp,
				   UMH_WAIT_PROC);
}

/* The first bytes of a file as one string, to be freed with kvfree(). */
static inline char *kwg_read_start(struct kunit *test, const char *path,
				   size_t size)
{
	struct file *file;
	loff_t pos = 0;
	ssize_t n;
	char *buf;

	KUNIT_EXPECT_EQ(test, kwg_copy(path), 0);
	file = kwg_open("/kwg_copy", O_RDONLY);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	size = min_t(loff_t, size, i_size_read(file_inode(file)) + 1);
	buf = kvzalloc(size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	do {
		n = kernel_read(file, buf + pos, size - 1 - pos, &pos);
	} while (n > 0);
	KUNIT_EXPECT_EQ(test, n, 0);
	filp_close(file, NULL);
	return buf;
}

/* The same of a file that is not larger than KWG_FILE_MAX: all of it. */
static inline char *kwg_read_file(struct kunit *test, const char *path)
{
	return kwg_read_start(test, path, KWG_FILE_MAX);
}

static inline ssize_t kwg_write_file(struct kunit *test, const char *path,
				     const char *text)
{
	struct file *file = kwg_open(path, O_WRONLY);
	loff_t pos = 0;
	ssize_t n;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	n = kernel_write(file, text, strlen(text), &pos);
	filp_close(file, NULL);
	return n;
}

/* A counter in debugfs' stats, or -1. */
static inline long kwg_stat(struct kunit *test, const char *key)
{
	char *buf = kwg_read_file(test, KWG_DEBUGFS "stats"), *next = buf;
	size_t len = strlen(key);
	long value = -1;
	char *line;

	while ((line = strsep(&next, "\n")))
		if (!strncmp(line, key, len) && line[len] == ' ')
			KUNIT_EXPECT_EQ(test, sscanf(line + len, "%ld", &value),
					1);
	kvfree(buf);
	return value;
}

#endif /* _KWG_FILES_H */
