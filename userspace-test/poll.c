// SPDX-License-Identifier: GPL-2.0
/*
 * poll(), select() and epoll, level and edge triggered: the same tests for all
 * of them, and what only an edge can show.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "user.h"

enum way { POLL, SELECT, LEVEL, EDGE };

/* What a look at a group has said. */
#define READABLE	1
#define BROKEN		2

FIXTURE(watch)
{
	int group;
	int epoll;
};

FIXTURE_VARIANT(watch)
{
	enum way way;
};

FIXTURE_VARIANT_ADD(watch, poll) {
	.way = POLL,
};

FIXTURE_VARIANT_ADD(watch, select) {
	.way = SELECT,
};

FIXTURE_VARIANT_ADD(watch, epoll) {
	.way = LEVEL,
};

FIXTURE_VARIANT_ADD(watch, epoll_edge) {
	.way = EDGE,
};

FIXTURE_SETUP(watch)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (variant->way == EDGE)
		event.events |= EPOLLET;
	self->group = kwg_create("poll", KWAITGROUP_FD_CLOEXEC);
	ASSERT_LE(0, self->group);
	self->epoll = epoll_create1(EPOLL_CLOEXEC);
	ASSERT_LE(0, self->epoll);
	ASSERT_EQ(0, kwg_add(self->group, 1));
	ASSERT_EQ(0, epoll_ctl(self->epoll, EPOLL_CTL_ADD, self->group, &event));
}

FIXTURE_TEARDOWN(watch)
{
	close(self->epoll);
	close(self->group);
}

static int look_poll(int group, int timeout_ms)
{
	struct pollfd p = { .fd = group, .events = POLLIN | POLLPRI | POLLOUT };
	int n = poll(&p, 1, timeout_ms);

	if (n <= 0)
		return n;
	if (p.revents & ~(POLLIN | POLLERR))
		return -1;
	return (p.revents & POLLIN ? READABLE : 0) |
	       (p.revents & POLLERR ? BROKEN : 0);
}

/* An error makes a descriptor readable for select(), so it cannot tell. */
static int look_select(int group, int timeout_ms)
{
	struct timeval timeout = { .tv_sec = timeout_ms / 1000 };
	fd_set in;
	int n;

	FD_ZERO(&in);
	FD_SET(group, &in);
	n = select(group + 1, &in, NULL, NULL, timeout_ms < 0 ? NULL : &timeout);
	if (n <= 0)
		return n;
	return READABLE | (kwg_wait_until(group, 0) ? BROKEN : 0);
}

static int look_epoll(int epoll, int timeout_ms)
{
	struct epoll_event event;
	int n = epoll_wait(epoll, &event, 1, timeout_ms);

	if (n <= 0)
		return n;
	return (event.events & EPOLLIN ? READABLE : 0) |
	       (event.events & EPOLLERR ? BROKEN : 0);
}

static int look(const FIXTURE_DATA(watch) *self,
		const FIXTURE_VARIANT(watch) *variant, int timeout_ms)
{
	switch (variant->way) {
	case POLL:
		return look_poll(self->group, timeout_ms);
	case SELECT:
		return look_select(self->group, timeout_ms);
	default:
		return look_epoll(self->epoll, timeout_ms);
	}
}

TEST_F(watch, readable_at_zero)
{
	EXPECT_EQ(0, look(self, variant, 0));
	EXPECT_EQ(0, kwg_done(self->group, 1));
	EXPECT_EQ(READABLE, look(self, variant, 0));
	EXPECT_EQ(0, kwg_wait_until(self->group, 0));
	EXPECT_EQ(0, kwg_add(self->group, 1));
	EXPECT_EQ(0, look(self, variant, 0));
	EXPECT_EQ(0, kwg_done(self->group, 1));
	EXPECT_EQ(READABLE, look(self, variant, 0));
}

TEST_F(watch, not_readable_before_the_last_done)
{
	EXPECT_EQ(0, kwg_add(self->group, 2));
	EXPECT_EQ(0, kwg_done(self->group, 2));
	EXPECT_EQ(0, look(self, variant, 0));
	EXPECT_EQ(0, look(self, variant, 1));
}

/* A child sleeps until there is something to see, which its status is. */
static pid_t fork_watcher(const FIXTURE_DATA(watch) *self,
			  const FIXTURE_VARIANT(watch) *variant)
{
	pid_t pid = fork();

	if (!pid)
		_exit(look(self, variant, -1));
	if (pid > 0)
		until_asleep(pid);
	return pid;
}

TEST_F(watch, a_done_wakes)
{
	int i;

	for (i = 0; i < 20; i++) {
		pid_t pid = fork_watcher(self, variant);

		ASSERT_LT(0, pid);
		ASSERT_EQ(0, kwg_done(self->group, 1));
		EXPECT_EQ(READABLE, child_status(pid));
		ASSERT_EQ(0, kwg_add(self->group, 1));
	}
}

TEST_F(watch, a_death_wakes)
{
	int member = kwg_join(self->group, KWAITGROUP_FD_CLOEXEC);
	pid_t pid;
	int seen;

	ASSERT_LE(0, member);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		/* Not the last copy: the parent has that. */
		close(member);
		_exit(look(self, variant, -1));
	}
	until_asleep(pid);
	close(member);
	seen = child_status(pid);
	EXPECT_NE(0, seen & BROKEN);
	EXPECT_EQ(-EOWNERDEAD, kwg_wait_until(self->group, 0));
}

/* Somebody who waits and somebody who watches are woken by the same done. */
TEST_F(watch, together_with_a_wait)
{
	struct waiter w;
	pid_t pid;

	waiter_start(&w, self->group, KWAITGROUP_WAIT_FOREVER);
	pid = fork_watcher(self, variant);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, kwg_done(self->group, 1));
	EXPECT_EQ(READABLE, child_status(pid));
	EXPECT_EQ(0, waiter_join(&w));
}

/* Readable never before a wait would return, with members coming and going. */
TEST_F(watch, readable_means_that_a_wait_returns)
{
	int i;

	for (i = 0; i < 200; i++) {
		EXPECT_EQ(-ETIMEDOUT, kwg_wait_until(self->group, 0));
		EXPECT_EQ(0, look(self, variant, 0));
		ASSERT_EQ(0, kwg_done(self->group, 1));
		EXPECT_EQ(READABLE, look(self, variant, 0));
		EXPECT_EQ(0, kwg_wait_until(self->group, 0));
		ASSERT_EQ(0, kwg_add(self->group, 1));
	}
}

FIXTURE(edge)
{
	int group;
	int epoll;
};

FIXTURE_SETUP(edge)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	self->group = kwg_create("edge", KWAITGROUP_FD_CLOEXEC);
	ASSERT_LE(0, self->group);
	self->epoll = epoll_create1(EPOLL_CLOEXEC);
	ASSERT_LE(0, self->epoll);
	ASSERT_EQ(0, epoll_ctl(self->epoll, EPOLL_CTL_ADD, self->group, &event));
}

FIXTURE_TEARDOWN(edge)
{
	close(self->epoll);
	close(self->group);
}

TEST_F(edge, one_event_for_a_zero)
{
	int i;

	/* For the one that was there when it was added. */
	EXPECT_EQ(READABLE, look_epoll(self->epoll, 0));
	EXPECT_EQ(0, look_epoll(self->epoll, 0));
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, kwg_add(self->group, 1));
		EXPECT_EQ(0, look_epoll(self->epoll, 0));
		ASSERT_EQ(0, kwg_done(self->group, 1));
		EXPECT_EQ(READABLE, look_epoll(self->epoll, 0));
		EXPECT_EQ(0, look_epoll(self->epoll, 0));
	}
}

TEST_F(edge, two_zeros_between_two_looks)
{
	EXPECT_EQ(READABLE, look_epoll(self->epoll, 0));
	ASSERT_EQ(0, kwg_add(self->group, 1));
	ASSERT_EQ(0, kwg_done(self->group, 1));
	ASSERT_EQ(0, kwg_add(self->group, 1));
	ASSERT_EQ(0, kwg_done(self->group, 1));
	EXPECT_EQ(READABLE, look_epoll(self->epoll, 0));
	EXPECT_EQ(0, look_epoll(self->epoll, 0));
}

TEST_F(edge, a_zero_that_has_passed_is_no_event)
{
	EXPECT_EQ(READABLE, look_epoll(self->epoll, 0));
	ASSERT_EQ(0, kwg_add(self->group, 1));
	ASSERT_EQ(0, kwg_done(self->group, 1));
	ASSERT_EQ(0, kwg_add(self->group, 1));
	EXPECT_EQ(0, look_epoll(self->epoll, 0));
	ASSERT_EQ(0, kwg_done(self->group, 1));
	EXPECT_EQ(READABLE, look_epoll(self->epoll, 0));
}

/* The listener is the epoll, whether or not somebody sleeps in it. */
TEST_F(edge, nobody_arms_it_anew)
{
	struct kwaitgroup_info info;
	int i;

	EXPECT_EQ(READABLE, look_epoll(self->epoll, 0));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, kwg_add(self->group, 1));
		/* What would tidy up after a poll() that has returned. */
		ASSERT_EQ(0, kwg_info(self->group, &info));
		ASSERT_EQ(0, kwg_done(self->group, 1));
		ASSERT_EQ(0, kwg_wait(self->group));
		EXPECT_EQ(READABLE, look_epoll(self->epoll, 0));
	}
}

#define GROUPS	100

TEST(one_epoll_many_groups)
{
	int groups[GROUPS], seen[GROUPS] = {};
	int i, epoll = epoll_create1(0);
	struct epoll_event event;

	for (i = 0; i < GROUPS; i++) {
		event.events = EPOLLIN | (i % 2 ? EPOLLET : 0);
		event.data.u32 = i;
		groups[i] = kwg_create("many", 0);
		ASSERT_LE(0, groups[i]);
		ASSERT_EQ(0, kwg_add(groups[i], 1));
		ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, groups[i], &event));
	}
	for (i = 0; i < GROUPS; i++) {
		/* All of them, in an order with large steps. */
		ASSERT_EQ(0, kwg_done(groups[i * 37 % GROUPS], 1));
		ASSERT_EQ(1, epoll_wait(epoll, &event, 1, -1));
		EXPECT_EQ(i * 37 % GROUPS, event.data.u32);
		seen[event.data.u32]++;
		/* Closing takes it off. */
		close(groups[event.data.u32]);
	}
	for (i = 0; i < GROUPS; i++)
		EXPECT_EQ(1, seen[i]);
	EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	close(epoll);
}

TEST(nobody_waits_after_a_poll)
{
	int group = kwg_create("after", 0);

	ASSERT_LE(0, group);
	ASSERT_EQ(0, kwg_add(group, 1));
	EXPECT_EQ(0, look_poll(group, 1));
	EXPECT_EQ(0, state_of(group));
	close(group);
}

/* There is nothing to wait for on the device or on a member. */
TEST(only_groups_can_be_watched)
{
	struct epoll_event event = { .events = EPOLLIN };
	int device = open_device(), epoll = epoll_create1(0);
	int group = kwg_create_at(device, "only", 0);
	int member = kwg_join(group, 0);

	ASSERT_LE(0, member);
	EXPECT_EQ(-1, epoll_ctl(epoll, EPOLL_CTL_ADD, device, &event));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, epoll_ctl(epoll, EPOLL_CTL_ADD, member, &event));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, group, &event));
	close(member);
	close(group);
	close(epoll);
	close(device);
}

/*
 * Nobody is on the queue any more when the zero comes, and the waiter behind it
 * is taken off. The next look sees the zero, and the next poll is woken.
 */
TEST(after_a_poll_that_gave_up)
{
	int i, group = kwg_create("gave-up", KWAITGROUP_FD_CLOEXEC);
	struct waiter w;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, kwg_add(group, 1));
		EXPECT_EQ(0, look_poll(group, 1));
		ASSERT_EQ(0, kwg_done(group, 1));
		EXPECT_EQ(READABLE, look_poll(group, 0));
	}
	ASSERT_EQ(0, kwg_add(group, 1));
	EXPECT_EQ(0, look_poll(group, 1));
	waiter_start(&w, group, KWAITGROUP_WAIT_FOREVER);
	ASSERT_EQ(0, kwg_done(group, 1));
	EXPECT_EQ(0, waiter_join(&w));
	EXPECT_EQ(0, state_of(group) & KWAITGROUP_STATE_WAITERS);
	close(group);
}

TEST_HARNESS_MAIN
