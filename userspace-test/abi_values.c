// SPDX-License-Identifier: GPL-2.0
/*
 * What the structures may say: every flag, every character of a name, every
 * reserved member; how they are laid out; and what else a descriptor refuses.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "user.h"

FIXTURE(values)
{
	int device;
	int group;
};

FIXTURE_SETUP(values)
{
	self->device = open_device();
	self->group = kwg_create_at(self->device, "values", 0);
	ASSERT_LE(0, self->group);
	ASSERT_EQ(0, kwg_add(self->group, 1));
}

FIXTURE_TEARDOWN(values)
{
	close(self->group);
	close(self->device);
}

TEST_F(values, create_flags)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		int fd = kwg_create_at(self->device, "flag", 1U << bit);

		if (bit < 2) {
			EXPECT_LE(0, fd);
			close(fd);
		} else {
			EXPECT_EQ(-EINVAL, fd) TH_LOG("bit %u", bit);
		}
	}
}

TEST_F(values, join_flags)
{
	unsigned int bit;

	for (bit = 1; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, kwg_join(self->group, 1U << bit))
			TH_LOG("bit %u", bit);
	EXPECT_EQ(1, count_of(self->group));
}

TEST_F(values, wait_flags)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		struct kwaitgroup_wait arg = {
			.size = sizeof(arg),
			.flags = 1U << bit,
		};

		EXPECT_EQ(-EINVAL, raw_ioctl(self->group, KWAITGROUP_IOC_WAIT,
					     &arg));
	}
}

/* A part of a position is none. */
TEST_F(values, wait_size)
{
	unsigned int size;

	for (size = 16; size <= 24; size++) {
		struct kwaitgroup_wait arg = { .size = size };

		EXPECT_EQ(-ETIMEDOUT, raw_ioctl(self->group, KWAITGROUP_IOC_WAIT,
						&arg));
		memset(&arg.position, 1, size - 16);
		if (size > 16 && size < 24)
			EXPECT_EQ(-EINVAL, raw_ioctl(self->group,
						     KWAITGROUP_IOC_WAIT, &arg))
				TH_LOG("size %u", size);
	}
}

TEST_F(values, close_flags)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		struct kwaitgroup_flags arg = {
			.size = sizeof(arg),
			.flags = 1U << bit,
		};

		EXPECT_EQ(-EINVAL, raw_ioctl(self->group, KWAITGROUP_IOC_CLOSE,
					     &arg));
	}
	EXPECT_EQ(0, state_of(self->group));
}

TEST_F(values, info_is_zero_on_entry)
{
	unsigned int at;

	for (at = sizeof(__u32); at < sizeof(struct kwaitgroup_info); at++) {
		struct kwaitgroup_info arg = { .size = sizeof(arg) };

		((char *)&arg)[at] = 1;
		EXPECT_EQ(-EINVAL, raw_ioctl(self->group, KWAITGROUP_IOC_INFO,
					     &arg))
			TH_LOG("byte %u", at);
	}
}

/* A newer program learns how much of it this kernel knows. */
TEST_F(values, info_says_its_size)
{
	union {
		struct kwaitgroup_info info;
		char bytes[256];
	} arg = {};
	unsigned int at;

	arg.info.size = sizeof(arg);
	ASSERT_EQ(0, raw_ioctl(self->group, KWAITGROUP_IOC_INFO, &arg));
	EXPECT_EQ(sizeof(arg.info), arg.info.size);
	EXPECT_EQ(1, arg.info.count);
	EXPECT_EQ(0, arg.info.reserved);
	EXPECT_STREQ("values", (char *)arg.info.name);
	for (at = sizeof(arg.info); at < sizeof(arg); at++)
		EXPECT_EQ(0, arg.bytes[at]);
}

TEST_F(values, info_writes_no_further_than_its_structure)
{
	struct {
		struct kwaitgroup_info info;
		unsigned char behind[64];
	} arg = {};
	unsigned int at;

	memset(arg.behind, 0xa5, sizeof(arg.behind));
	arg.info.size = sizeof(arg.info);
	ASSERT_EQ(0, raw_ioctl(self->group, KWAITGROUP_IOC_INFO, &arg));
	for (at = 0; at < sizeof(arg.behind); at++)
		EXPECT_EQ(0xa5, arg.behind[at]);
}

TEST_F(values, a_count_of_zero)
{
	EXPECT_EQ(-EINVAL, kwg_add(self->group, 0));
	EXPECT_EQ(-EINVAL, kwg_done(self->group, 0));
	EXPECT_EQ(1, count_of(self->group));
}

TEST_F(values, a_count_that_looks_negative)
{
	EXPECT_EQ(-EOVERFLOW, kwg_add(self->group, 0x80000000));
	EXPECT_EQ(-EOVERFLOW, kwg_add(self->group, 0xffffffff));
	EXPECT_EQ(-ERANGE, kwg_done(self->group, 0x80000000));
	EXPECT_EQ(-ERANGE, kwg_done(self->group, 0xffffffff));
	EXPECT_EQ(1, count_of(self->group));
	EXPECT_EQ(0, state_of(self->group));
}

TEST_F(values, characters_of_a_name)
{
	int c;

	for (c = 1; c < 256; c++) {
		char name[] = { 'a', c, 'z', 0 };
		int fd = kwg_create_at(self->device, name, 0);

		if (c > ' ' && c < 0x7f && c != ';') {
			EXPECT_LE(0, fd) TH_LOG("character %d", c);
			close(fd);
		} else {
			EXPECT_EQ(-EINVAL, fd) TH_LOG("character %d", c);
		}
	}
}

TEST_F(values, length_of_a_name)
{
	const char *longest = "0123456789012345678901234567890";
	const char *too_long = "01234567890123456789012345678901";
	struct kwaitgroup_info info;
	int fd;

	fd = kwg_create_at(self->device, longest, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, kwg_info(fd, &info));
	EXPECT_STREQ(longest, (char *)info.name);
	close(fd);
	EXPECT_EQ(-EINVAL, kwg_create_at(self->device, too_long, 0));
}

TEST_F(values, name_by_default)
{
	struct kwaitgroup_info info;
	char expected[32];
	int fd;

	fd = kwg_create_at(self->device, NULL, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, kwg_info(fd, &info));
	snprintf(expected, sizeof(expected), "pid-%d", getpid());
	EXPECT_STREQ(expected, (char *)info.name);
	close(fd);
}

TEST_F(values, names_need_not_be_unique)
{
	struct kwaitgroup_info first, second;
	int fd = kwg_create_at(self->device, "values", 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, kwg_info(self->group, &first));
	EXPECT_EQ(0, kwg_info(fd, &second));
	EXPECT_NE(first.id, second.id);
	close(fd);
}

TEST_F(values, no_other_requests)
{
	unsigned long nr;
	char arg[64] = { sizeof(arg) };

	for (nr = 7; nr < 256; nr++)
		EXPECT_EQ(-ENOTTY, raw_ioctl(self->group,
					     _IO(KWAITGROUP_IOC_MAGIC, nr),
					     arg));
}

TEST_F(values, no_read_no_write_no_mmap)
{
	int member = kwg_join(self->group, 0);
	int fds[] = { self->device, self->group, member };
	unsigned int i;
	char c = 0;

	ASSERT_LE(0, member);
	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		EXPECT_EQ(-1, read(fds[i], &c, 1));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, write(fds[i], &c, 1));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED,
					   fds[i], 0));
		EXPECT_EQ(ENODEV, errno);
	}
	close(member);
}

struct behind_a_char {
	char c;
	struct kwaitgroup_wait wait;
};

/* The same for programs of 32 and of 64 bits. */
TEST(layout)
{
	EXPECT_EQ(40, sizeof(struct kwaitgroup_create));
	EXPECT_EQ(8, offsetof(struct kwaitgroup_create, name));
	EXPECT_EQ(8, sizeof(struct kwaitgroup_count));
	EXPECT_EQ(24, sizeof(struct kwaitgroup_wait));
	EXPECT_EQ(8, offsetof(struct kwaitgroup_wait, deadline_ns));
	EXPECT_EQ(16, offsetof(struct kwaitgroup_wait, position));
	EXPECT_EQ(8, offsetof(struct behind_a_char, wait));
	EXPECT_EQ(56, sizeof(struct kwaitgroup_info));
	EXPECT_EQ(16, offsetof(struct kwaitgroup_info, id));
	EXPECT_EQ(24, offsetof(struct kwaitgroup_info, name));
	EXPECT_EQ(8, sizeof(struct kwaitgroup_flags));
}

TEST(request_numbers)
{
	EXPECT_EQ(0x5900, KWAITGROUP_IOC_CREATE);
	EXPECT_EQ(0x5901, KWAITGROUP_IOC_ADD);
	EXPECT_EQ(0x5902, KWAITGROUP_IOC_DONE);
	EXPECT_EQ(0x5903, KWAITGROUP_IOC_WAIT);
	EXPECT_EQ(0x5904, KWAITGROUP_IOC_INFO);
	EXPECT_EQ(0x5905, KWAITGROUP_IOC_CLOSE);
	EXPECT_EQ(0x5906, KWAITGROUP_IOC_JOIN);
}

TEST_HARNESS_MAIN
