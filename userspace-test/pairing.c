// SPDX-License-Identifier: GPL-2.0
/*
 * Adds and dones that match, or do not: across threads and processes, members
 * with a descriptor of their own, and what is left when the last one closes.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "user.h"

FIXTURE(group)
{
	int fd;
};

FIXTURE_SETUP(group)
{
	self->fd = kwg_create("pairing", KWAITGROUP_FD_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(group)
{
	close(self->fd);
}

#define WORKERS	8
#define PAIRS	2000

/* Adds 1 to 4 at a time, and finishes as many in other portions. */
static void *pairs_main(void *data)
{
	int fd = *(int *)data;
	int i, held = 0;

	for (i = 0; i < PAIRS; i++) {
		int n = 1 + i % 4;

		if (kwg_add(fd, n))
			return "add";
		for (held += n; held > 2; held -= 3)
			if (kwg_done(fd, 3))
				return "done";
	}
	return held && kwg_done(fd, held) ? "last done" : NULL;
}

TEST_F(group, adds_and_dones_of_threads)
{
	pthread_t threads[WORKERS];
	void *failed;
	int i;

	for (i = 0; i < WORKERS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, pairs_main,
					    &self->fd));
	for (i = 0; i < WORKERS; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], &failed));
		EXPECT_EQ(NULL, failed);
	}
	EXPECT_EQ(0, count_of(self->fd));
	EXPECT_EQ(0, kwg_wait(self->fd));
	EXPECT_EQ(-ERANGE, kwg_done(self->fd, 1));
}

TEST_F(group, adds_and_dones_of_processes)
{
	pid_t pids[WORKERS];
	int i;

	for (i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i])
			_exit(!!pairs_main(&self->fd));
	}
	for (i = 0; i < WORKERS; i++)
		EXPECT_EQ(0, child_status(pids[i]));
	EXPECT_EQ(0, count_of(self->fd));
	EXPECT_EQ(-ERANGE, kwg_done(self->fd, 1));
}

static void *done_main(void *data)
{
	return (void *)(long)kwg_done(*(int *)data, 1);
}

/* Of many at the same time, as many as there are members succeed. */
TEST_F(group, dones_too_many_at_once)
{
	pthread_t threads[WORKERS];
	int i, round, refused;
	void *result;

	for (round = 0; round < 100; round++) {
		ASSERT_EQ(0, kwg_add(self->fd, WORKERS / 2));
		for (i = 0; i < WORKERS; i++)
			ASSERT_EQ(0, pthread_create(&threads[i], NULL, done_main,
						    &self->fd));
		for (i = 0, refused = 0; i < WORKERS; i++) {
			pthread_join(threads[i], &result);
			refused += (long)result == -ERANGE;
		}
		EXPECT_EQ(WORKERS / 2, refused);
		EXPECT_EQ(0, count_of(self->fd));
	}
	EXPECT_EQ(0, state_of(self->fd));
}

TEST_F(group, done_of_more_than_are_left)
{
	ASSERT_EQ(0, kwg_add(self->fd, 2));
	EXPECT_EQ(-ERANGE, kwg_done(self->fd, 3));
	EXPECT_EQ(2, count_of(self->fd));
	EXPECT_EQ(0, kwg_done(self->fd, 2));
	EXPECT_EQ(-ERANGE, kwg_done(self->fd, 1));
	EXPECT_EQ(0, count_of(self->fd));
	EXPECT_EQ(0, state_of(self->fd));
}

TEST_F(group, leak_at_the_last_close)
{
	long leaks = stat_of("misuse_fd_leak");
	int copy, fd = kwg_create("pairing-leak", 0);

	ASSERT_LE(0, leaks);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, kwg_add(fd, 3));
	copy = dup(fd);
	close(fd);
	EXPECT_EQ(leaks, stat_of("misuse_fd_leak"));
	EXPECT_EQ(3, count_of(copy));
	close(copy);
	EXPECT_EQ(leaks + 1, stat_of("misuse_fd_leak"));
	EXPECT_LE(1, lines_with(DEBUGFS "misuse", " pairing-leak "));
	EXPECT_EQ(0, lines_with(DEBUGFS "groups", " pairing-leak "));
}

TEST_F(group, no_leak_at_a_close_in_order)
{
	long leaks = stat_of("misuse_fd_leak");
	int fd = kwg_create("pairing-order", 0);

	ASSERT_LE(0, leaks);
	ASSERT_EQ(0, kwg_add(fd, 3));
	ASSERT_EQ(0, kwg_done(fd, 3));
	close(fd);
	EXPECT_EQ(leaks, stat_of("misuse_fd_leak"));
	EXPECT_EQ(0, lines_with(DEBUGFS "misuse", " pairing-order "));
}

FIXTURE(member)
{
	int group;
	int fd;
};

FIXTURE_SETUP(member)
{
	self->group = kwg_create("pairing-member", 0);
	ASSERT_LE(0, self->group);
	self->fd = kwg_join(self->group, 0);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(member)
{
	close(self->fd);
	close(self->group);
}

TEST_F(member, finishes)
{
	struct waiter w;

	EXPECT_EQ(1, count_of(self->group));
	waiter_start(&w, self->group, KWAITGROUP_WAIT_FOREVER);
	EXPECT_FALSE(waiter_has_ended(&w));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, waiter_join(&w));
	EXPECT_EQ(0, close(self->fd));
	EXPECT_EQ(0, kwg_wait(self->group));
	EXPECT_EQ(0, state_of(self->group));
}

TEST_F(member, finishes_once)
{
	ASSERT_EQ(0, kwg_add(self->group, 1));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(-ERANGE, kwg_done(self->fd, 1));
	EXPECT_EQ(1, count_of(self->group));
	EXPECT_EQ(0, kwg_done(self->group, 1));
}

TEST_F(member, is_one)
{
	ASSERT_EQ(0, kwg_add(self->group, 1));
	EXPECT_EQ(-EINVAL, kwg_done(self->fd, 2));
	EXPECT_EQ(-EINVAL, kwg_done(self->fd, 0));
	EXPECT_EQ(2, count_of(self->group));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, kwg_done(self->group, 1));
}

/* Or its own DONE would be one too many. */
TEST_F(member, is_not_finished_by_others)
{
	EXPECT_EQ(-ERANGE, kwg_done(self->group, 1));
	EXPECT_EQ(1, count_of(self->group));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
}

TEST_F(member, dies_with_its_last_copy)
{
	struct pollfd p = { .fd = self->group, .events = POLLIN };
	long died = stat_of("misuse_member_died");
	int copy = dup(self->fd);
	struct waiter w[3];
	int i;

	for (i = 0; i < 3; i++)
		waiter_start(&w[i], self->group, KWAITGROUP_WAIT_FOREVER);
	close(self->fd);
	EXPECT_EQ(0, state_of(self->group) & KWAITGROUP_STATE_OWNERDEAD);
	EXPECT_EQ(0, poll(&p, 1, 0));
	close(copy);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-EOWNERDEAD, waiter_join(&w[i]));
	EXPECT_EQ(-EOWNERDEAD, kwg_wait(self->group));
	EXPECT_EQ(-EOWNERDEAD, kwg_wait_until(self->group, 0));
	EXPECT_EQ(KWAITGROUP_STATE_OWNERDEAD, state_of(self->group));
	EXPECT_EQ(0, count_of(self->group));
	EXPECT_EQ(1, poll(&p, 1, 0));
	EXPECT_EQ(POLLIN | POLLERR, p.revents);
	EXPECT_EQ(died + 1, stat_of("misuse_member_died"));
	EXPECT_LE(1, lines_with(DEBUGFS "misuse", " pairing-member "));
	/* WAITERS and FLAGS of the table. */
	EXPECT_EQ(1, lines_with(DEBUGFS "groups", " no      D     "));
}

/* One that waits, one that polls, and one in epoll, all of them asleep. */
TEST_F(member, death_wakes_waiters_and_pollers_at_once)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int pollers[2], epoll = epoll_create1(0);
	struct waiter w;
	int i;

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->group, &event));
	waiter_start(&w, self->group, KWAITGROUP_WAIT_FOREVER);
	for (i = 0; i < 2; i++) {
		struct pollfd p = { .fd = self->group, .events = POLLIN };

		pollers[i] = fork();
		ASSERT_LE(0, pollers[i]);
		if (pollers[i])
			continue;
		/* Not the last copy. */
		close(self->fd);
		if (i)
			_exit(epoll_wait(epoll, &event, 1, -1) == 1 &&
			      event.events & EPOLLERR ? 0 : 1);
		_exit(poll(&p, 1, -1) == 1 && p.revents & POLLERR ? 0 : 1);
	}
	until_asleep(pollers[0]);
	until_asleep(pollers[1]);
	/* The children have closed theirs: they sleep in the poll behind it. */
	close(self->fd);
	EXPECT_EQ(-EOWNERDEAD, waiter_join(&w));
	EXPECT_EQ(0, child_status(pollers[0]));
	EXPECT_EQ(0, child_status(pollers[1]));
	close(epoll);
}

TEST_F(member, dies_with_its_process)
{
	struct waiter w;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		pause();
		_exit(1);
	}
	close(self->fd);
	waiter_start(&w, self->group, KWAITGROUP_WAIT_FOREVER);
	EXPECT_FALSE(waiter_has_ended(&w));
	kill(pid, SIGKILL);
	EXPECT_EQ(128 + SIGKILL, child_status(pid));
	EXPECT_EQ(-EOWNERDEAD, waiter_join(&w));
}

TEST_F(member, that_has_finished_may_die)
{
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	close(self->fd);
	EXPECT_EQ(0, kwg_wait(self->group));
	EXPECT_EQ(0, state_of(self->group));
}

/* The group is there, and listed, as long as a member is. */
TEST_F(member, outlives_the_descriptor_of_its_group)
{
	long leaks = stat_of("misuse_fd_leak");
	long groups = stat_of("groups_registered");

	close(self->group);
	EXPECT_EQ(groups, stat_of("groups_registered"));
	EXPECT_EQ(leaks, stat_of("misuse_fd_leak"));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(-ERANGE, kwg_done(self->fd, 1));
	close(self->fd);
	EXPECT_EQ(groups - 1, stat_of("groups_registered"));
	EXPECT_EQ(leaks, stat_of("misuse_fd_leak"));
	self->group = -1;
	self->fd = -1;
}

/* A group that is broken still counts, but not the dead: the others go on. */
TEST_F(member, the_others_go_on_after_a_death)
{
	int other = kwg_join(self->group, 0);

	ASSERT_LE(0, other);
	ASSERT_EQ(0, kwg_add(self->group, 2));
	close(self->fd);
	EXPECT_EQ(-EOWNERDEAD, kwg_wait(self->group));
	EXPECT_EQ(3, count_of(self->group));
	EXPECT_EQ(0, kwg_done(self->group, 2));
	EXPECT_EQ(0, kwg_done(other, 1));
	EXPECT_EQ(0, count_of(self->group));
	EXPECT_EQ(-EOWNERDEAD, kwg_wait(self->group));
	close(other);
}

/* As an owner does who has cancelled them and now waits for those who live. */
TEST_F(member, the_others_are_awaited_after_a_death)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	ASSERT_EQ(0, kwg_add(self->group, 2));
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->group, &event));
	close(self->fd);
	ASSERT_EQ(1, epoll_wait(epoll, &event, 1, -1));
	EXPECT_EQ(EPOLLERR, event.events);
	EXPECT_EQ(0, kwg_done(self->group, 1));
	EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	EXPECT_EQ(0, kwg_done(self->group, 1));
	ASSERT_EQ(1, epoll_wait(epoll, &event, 1, -1));
	EXPECT_EQ(EPOLLIN | EPOLLERR, event.events);
	close(epoll);
}

/* One after the other, and each of them counts. */
TEST_F(member, the_dead_are_off_the_count)
{
	int i, fds[5];

	for (i = 0; i < 5; i++) {
		fds[i] = kwg_join(self->group, 0);
		ASSERT_LE(0, fds[i]);
	}
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(6 - i, count_of(self->group));
		close(fds[i]);
	}
	EXPECT_EQ(1, count_of(self->group));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, count_of(self->group));
}

/* The last descriptor takes with it what ADD has added, and nothing else. */
TEST_F(member, outlives_those_of_add)
{
	char path[64];

	ASSERT_EQ(0, kwg_add(self->group, 5));
	EXPECT_EQ(1, listed("pairing-member", 6));
	close(self->group);
	self->group = -1;
	EXPECT_EQ(1, listed("pairing-member", 1));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->fd);
	EXPECT_EQ(1, lines_with(path, "kwaitgroup-member:\trunning\n"));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(1, listed("pairing-member", 0));
}

TEST_HARNESS_MAIN
