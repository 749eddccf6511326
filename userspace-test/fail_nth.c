// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation of a request fails once: the first, then the second, until
 * the request has none left that could. It must fail with ENOMEM, leave nothing
 * behind and work the next time. Needs a kernel with CONFIG_FAILSLAB.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "user.h"

/* More allocations than any request makes. */
#define NTH_MAX	200

FIXTURE(nth)
{
	int device;
	int group;
	int epoll;
	int control;		/* /proc/thread-self/fail-nth */
	long groups;
};

static bool set_failslab(const char *name, const char *value)
{
	char path[64];
	FILE *file;
	bool ok;

	snprintf(path, sizeof(path), "/sys/kernel/debug/failslab/%s", name);
	file = fopen(path, "we");
	if (!file)
		return false;
	ok = fputs(value, file) >= 0;
	return !fclose(file) && ok;
}

FIXTURE_SETUP(nth)
{
	/* Also allocations that may sleep, and not a word to the console. */
	ASSERT_TRUE(set_failslab("ignore-gfp-wait", "N"));
	ASSERT_TRUE(set_failslab("verbose", "0"));
	self->device = open_device();
	self->group = kwg_create_at(self->device, "nth", 0);
	ASSERT_LE(0, self->group);
	self->epoll = epoll_create1(EPOLL_CLOEXEC);
	ASSERT_LE(0, self->epoll);
	self->groups = stat_of("groups_registered");
	self->control = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->control);
}

FIXTURE_TEARDOWN(nth)
{
	close(self->control);
	close(self->epoll);
	close(self->group);
	close(self->device);
}

/* The @nth allocation from now on fails; 0: none does. */
static bool arm(int control, int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);

	return pwrite(control, text, len, 0) == len;
}

/* Whether the allocation that should fail did, and not again. */
static bool disarm(int control)
{
	char text[16] = {};
	bool reached;

	if (pread(control, text, sizeof(text) - 1, 0) <= 0)
		return false;
	reached = atoi(text) == 0;
	return arm(control, 0) && reached;
}

static int create(FIXTURE_DATA(nth) *self)
{
	int fd = kwg_create_at(self->device, "nth-new", 0);

	return fd < 0 ? fd : -close(fd);
}

static int join(FIXTURE_DATA(nth) *self)
{
	int err, fd = kwg_join(self->group, 0);

	if (fd < 0)
		return fd;
	err = kwg_done(fd, 1);
	return close(fd) ? -errno : err;
}

static int watch(FIXTURE_DATA(nth) *self)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (epoll_ctl(self->epoll, EPOLL_CTL_ADD, self->group, &event))
		return -errno;
	if (epoll_ctl(self->epoll, EPOLL_CTL_DEL, self->group, &event))
		return -errno;
	return 0;
}

/* Needs no memory: nothing can be made to fail. */
static int count(FIXTURE_DATA(nth) *self)
{
	struct kwaitgroup_info info;

	return kwg_add(self->group, 1) ?: kwg_done(self->group, 1) ?:
	       kwg_wait(self->group) ?: kwg_info(self->group, &info);
}

/*
 * Returns how many allocations failed one by one before the request succeeded
 * without a failure, or a negative number: -1 an unexpected error, -2 never
 * without a failure, -3 something was left behind.
 *
 * A kernel may do without some of them, so success is fine.
 */
static int sweep(FIXTURE_DATA(nth) *self, int (*request)(FIXTURE_DATA(nth) *))
{
	int nth, err, failed = 0;

	for (nth = 1; nth < NTH_MAX; nth++) {
		bool reached;

		if (!arm(self->control, nth))
			return -1;
		err = request(self);
		reached = disarm(self->control);
		if (err && (!reached || err != -ENOMEM))
			return -1;
		if (count_of(self->group) || state_of(self->group) ||
		    stat_of("groups_registered") != self->groups)
			return -3;
		if (!reached)
			return failed;
		failed += err == -ENOMEM;
	}
	return -2;
}

TEST_F(nth, create)
{
	/* At least the group, its entry in the registry and its file. */
	EXPECT_LE(3, sweep(self, create));
	EXPECT_EQ(0, create(self));
}

TEST_F(nth, join)
{
	EXPECT_LE(2, sweep(self, join));
	EXPECT_EQ(0, join(self));
}

TEST_F(nth, epoll)
{
	EXPECT_LE(1, sweep(self, watch));
	EXPECT_EQ(0, watch(self));
}

TEST_F(nth, what_needs_no_memory)
{
	EXPECT_EQ(0, sweep(self, count));
}

TEST_HARNESS_MAIN
