// SPDX-License-Identifier: GPL-2.0
/*
 * How requests take their structures: every request with every size, at every
 * boundary of accessible memory, and longer than this kernel knows it.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "user.h"

enum kind { DEVICE, GROUP, MEMBER, KINDS };

/* Members of the group that the requests are made on, one of them by JOIN. */
#define MEMBERS	3

FIXTURE(request)
{
	int fds[KINDS];
	long page;
	char *map;	/* a page, behind which there is nothing */
	char *end;
};

FIXTURE_VARIANT(request)
{
	unsigned long number;
	enum kind kind;
	unsigned int size;
	unsigned int first_size;	/* what it once was; 0: the same */
	/* The structure as the tests use it, but for its size; what it gives. */
	unsigned int second;
	int result;
	bool is_fd;
};

FIXTURE_VARIANT_ADD(request, create) {
	.number = KWAITGROUP_IOC_CREATE,
	.kind = DEVICE,
	.size = sizeof(struct kwaitgroup_create),
	.is_fd = true,
};

FIXTURE_VARIANT_ADD(request, add) {
	.number = KWAITGROUP_IOC_ADD,
	.kind = GROUP,
	.size = sizeof(struct kwaitgroup_count),
	.second = 1,
};

FIXTURE_VARIANT_ADD(request, done) {
	.number = KWAITGROUP_IOC_DONE,
	.kind = GROUP,
	.size = sizeof(struct kwaitgroup_count),
	.second = 1,
};

FIXTURE_VARIANT_ADD(request, member_done) {
	.number = KWAITGROUP_IOC_DONE,
	.kind = MEMBER,
	.size = sizeof(struct kwaitgroup_count),
	.second = 1,
};

/* There are members, and a deadline of 0 has passed. */
FIXTURE_VARIANT_ADD(request, wait) {
	.number = KWAITGROUP_IOC_WAIT,
	.kind = GROUP,
	.size = sizeof(struct kwaitgroup_wait),
	.first_size = offsetof(struct kwaitgroup_wait, position),
	.result = -ETIMEDOUT,
};

FIXTURE_VARIANT_ADD(request, info) {
	.number = KWAITGROUP_IOC_INFO,
	.kind = GROUP,
	.size = sizeof(struct kwaitgroup_info),
};

FIXTURE_VARIANT_ADD(request, close) {
	.number = KWAITGROUP_IOC_CLOSE,
	.kind = GROUP,
	.size = sizeof(struct kwaitgroup_flags),
};

FIXTURE_VARIANT_ADD(request, join) {
	.number = KWAITGROUP_IOC_JOIN,
	.kind = GROUP,
	.size = sizeof(struct kwaitgroup_flags),
	.is_fd = true,
};

FIXTURE_SETUP(request)
{
	self->fds[DEVICE] = open_device();
	self->fds[GROUP] = kwg_create_at(self->fds[DEVICE], "abi", 0);
	ASSERT_LE(0, self->fds[GROUP]);
	ASSERT_EQ(0, kwg_add(self->fds[GROUP], MEMBERS - 1));
	self->fds[MEMBER] = kwg_join(self->fds[GROUP], 0);
	ASSERT_LE(0, self->fds[MEMBER]);
	self->page = sysconf(_SC_PAGESIZE);
	self->map = guarded_page();
	self->end = self->map + self->page;
}

FIXTURE_TEARDOWN(request)
{
	int i;

	for (i = 0; i < KINDS; i++)
		close(self->fds[i]);
	munmap(self->map, 2 * self->page);
}

/*
 * Writes the structure to the @room bytes at @to, as much as fits, with zeros
 * behind it.
 */
static void fill(const FIXTURE_VARIANT(request) *variant, char *to, size_t room,
		 unsigned int size)
{
	unsigned int words[2] = { size, variant->second };

	memset(to, 0, room);
	memcpy(to, words, room < sizeof(words) ? room : sizeof(words));
}

static int make(const FIXTURE_DATA(request) *self,
		const FIXTURE_VARIANT(request) *variant, const void *arg)
{
	return raw_ioctl(self->fds[variant->kind], variant->number, arg);
}

/* A request that was accepted did what it should; gives a descriptor back. */
static bool accepted(const FIXTURE_VARIANT(request) *variant, int result)
{
	if (!variant->is_fd)
		return result == variant->result;
	return result >= 0 && !close(result);
}

/* The same after @before others like it: a member finishes only once. */
static bool accepted_again(const FIXTURE_VARIANT(request) *variant, int before,
			   int result)
{
	if (variant->kind == MEMBER && before)
		return result == -ERANGE;
	return accepted(variant, result);
}

/* A request that was refused has changed nothing. */
static bool unchanged(const FIXTURE_DATA(request) *self)
{
	return count_of(self->fds[GROUP]) == MEMBERS &&
	       state_of(self->fds[GROUP]) == 0;
}

TEST_F(request, exact_size)
{
	char *arg = self->end - variant->size;

	fill(variant, arg, variant->size, variant->size);
	EXPECT_TRUE(accepted(variant, make(self, variant, arg)));
}

TEST_F(request, any_alignment)
{
	unsigned int i;

	if (variant->number == KWAITGROUP_IOC_DONE)
		ASSERT_EQ(0, kwg_add(self->fds[GROUP], 8));
	for (i = 0; i < 8; i++) {
		fill(variant, self->map + i, variant->size, variant->size);
		EXPECT_TRUE(accepted_again(variant, i, make(self, variant,
							    self->map + i)))
			TH_LOG("offset %u", i);
	}
}

TEST_F(request, null)
{
	EXPECT_EQ(-EFAULT, make(self, variant, NULL));
	EXPECT_TRUE(unchanged(self));
}

TEST_F(request, not_mapped)
{
	EXPECT_EQ(-EFAULT, make(self, variant, self->end));
	EXPECT_EQ(-EFAULT, make(self, variant, (void *)-1L));
	EXPECT_EQ(-EFAULT, make(self, variant, (void *)(-1L & ~4095L)));
	EXPECT_TRUE(unchanged(self));
}

/* Also with only a part of the size itself in accessible memory. */
TEST_F(request, straddles_the_end_of_a_mapping)
{
	unsigned int inside;

	for (inside = 1; inside < variant->size; inside++) {
		char *arg = self->end - inside;

		fill(variant, arg, inside, variant->size);
		EXPECT_EQ(-EFAULT, make(self, variant, arg))
			TH_LOG("%u bytes inside", inside);
	}
	EXPECT_TRUE(unchanged(self));
}

TEST_F(request, too_small)
{
	unsigned int size, smallest = variant->first_size ?: variant->size;

	for (size = 0; size < smallest; size++) {
		fill(variant, self->map, self->page, size);
		EXPECT_EQ(-EINVAL, make(self, variant, self->map))
			TH_LOG("size %u", size);
	}
	EXPECT_TRUE(unchanged(self));
}

/* From a newer program, which does not use what is new. */
TEST_F(request, longer_with_zeros)
{
	unsigned int more;

	if (variant->number == KWAITGROUP_IOC_DONE)
		ASSERT_EQ(0, kwg_add(self->fds[GROUP], 64));
	for (more = 1; more < 32; more++) {
		fill(variant, self->map, self->page, variant->size + more);
		EXPECT_TRUE(accepted_again(variant, more - 1,
					   make(self, variant, self->map)))
			TH_LOG("%u bytes more", more);
	}
}

TEST_F(request, a_page_of_zeros)
{
	fill(variant, self->map, self->page, self->page);
	EXPECT_TRUE(accepted(variant, make(self, variant, self->map)));
}

/* From a newer program, which wants what this kernel cannot do. */
TEST_F(request, longer_with_something)
{
	unsigned int at, size = variant->size + 40;

	for (at = variant->size; at < size; at++) {
		fill(variant, self->map, self->page, size);
		self->map[at] = 1;
		EXPECT_EQ(-E2BIG, make(self, variant, self->map))
			TH_LOG("byte %u", at);
	}
	EXPECT_TRUE(unchanged(self));
}

TEST_F(request, longer_than_a_page)
{
	const unsigned int sizes[] = { self->page + 1, 0x10000, 0x7fffffff,
				       0x80000000, 0xfffffff8, 0xffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		fill(variant, self->map, self->page, sizes[i]);
		EXPECT_EQ(-E2BIG, make(self, variant, self->map))
			TH_LOG("size %u", sizes[i]);
	}
	EXPECT_TRUE(unchanged(self));
}

/* What the program says is there and is not; the part that is known, is. */
TEST_F(request, longer_than_the_mapping)
{
	char *arg = self->end - variant->size;

	fill(variant, arg, variant->size, variant->size + 1);
	EXPECT_EQ(-EFAULT, make(self, variant, arg));
	fill(variant, arg, variant->size, self->page);
	EXPECT_EQ(-EFAULT, make(self, variant, arg));
	EXPECT_TRUE(unchanged(self));
}

/* Of an older program, and nothing behind it. */
TEST_F(request, first_size)
{
	unsigned int size = variant->first_size ?: variant->size;
	char *arg = self->end - size;

	fill(variant, arg, size, size);
	EXPECT_TRUE(accepted(variant, make(self, variant, arg)));
}

/* Only INFO and WAIT write to their structures. */
TEST_F(request, read_only_memory)
{
	bool writes = variant->number == KWAITGROUP_IOC_INFO ||
		      variant->number == KWAITGROUP_IOC_WAIT;
	int result;

	fill(variant, self->map, self->page, variant->size);
	ASSERT_EQ(0, mprotect(self->map, self->page, PROT_READ));
	result = make(self, variant, self->map);
	EXPECT_TRUE(writes ? result == -EFAULT : accepted(variant, result));
	ASSERT_EQ(0, mprotect(self->map, self->page, PROT_READ | PROT_WRITE));
}

TEST_F(request, on_the_wrong_kind_of_descriptor)
{
	int kind, done = variant->number == KWAITGROUP_IOC_DONE;

	for (kind = 0; kind < KINDS; kind++) {
		/* DONE is for groups and for members. */
		if (kind == (int)variant->kind || (done && kind != DEVICE))
			continue;
		fill(variant, self->map, self->page, variant->size);
		EXPECT_EQ(-ENOTTY, raw_ioctl(self->fds[kind], variant->number,
					     self->map));
	}
	EXPECT_EQ(-EBADF, raw_ioctl(-1, variant->number, self->map));
	EXPECT_TRUE(unchanged(self));
}

/* With a size or a direction in it, or another type, it is another request. */
TEST_F(request, number_is_exact)
{
	unsigned int bit;

	for (bit = 3; bit < 32; bit++) {
		fill(variant, self->map, self->page, variant->size);
		EXPECT_EQ(-ENOTTY, raw_ioctl(self->fds[variant->kind],
					     variant->number ^ (1UL << bit),
					     self->map))
			TH_LOG("bit %u", bit);
	}
	EXPECT_TRUE(unchanged(self));
}

TEST_HARNESS_MAIN
