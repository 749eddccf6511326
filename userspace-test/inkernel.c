// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel threads as members of a group of user space, and as its waiters,
 * through the test-only door. Needs kwaitgroup_test.ko.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "kwaitgroup_test.h"
#include "user.h"

#define THREADS	32

FIXTURE(door)
{
	int door;
	int group;
};

FIXTURE_VARIANT(door)
{
	unsigned int cpus;
};

FIXTURE_VARIANT_ADD(door, on_any_cpu) {
	.cpus = KWAITGROUP_TEST_ANY,
};

FIXTURE_VARIANT_ADD(door, on_all_cpus) {
	.cpus = KWAITGROUP_TEST_SPREAD,
};

FIXTURE_VARIANT_ADD(door, on_one_cpu) {
	.cpus = KWAITGROUP_TEST_SAME,
};

FIXTURE_SETUP(door)
{
	self->door = open(KWAITGROUP_TEST_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->door);
	self->group = kwg_create("inkernel", KWAITGROUP_FD_CLOEXEC);
	ASSERT_LE(0, self->group);
}

FIXTURE_TEARDOWN(door)
{
	close(self->group);
	close(self->door);
}

static int run(int door, int group, unsigned int mode, unsigned int threads,
	       unsigned int work_us, unsigned int cpus)
{
	struct kwaitgroup_test_run arg = {
		.size = sizeof(arg),
		.fd = group,
		.threads = threads,
		.work_us = work_us,
		.mode = mode,
		.cpus = cpus,
	};

	return raw_ioctl(door, KWAITGROUP_TEST_IOC_RUN, &arg);
}

static int collect(int door, struct kwaitgroup_test_collect *arg)
{
	*arg = (struct kwaitgroup_test_collect){ .size = sizeof(*arg) };
	return raw_ioctl(door, KWAITGROUP_TEST_IOC_COLLECT, arg);
}

TEST_F(door, a_wait_for_kernel_threads)
{
	struct kwaitgroup_test_collect ended;
	int round;

	for (round = 0; round < 5; round++) {
		ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_DONE,
				 THREADS, 1000, variant->cpus));
		EXPECT_EQ(0, kwg_wait(self->group));
		EXPECT_EQ(0, count_of(self->group));
		ASSERT_EQ(0, collect(self->door, &ended));
		EXPECT_EQ(THREADS, ended.threads);
		EXPECT_EQ(0, ended.errors);
	}
}

TEST_F(door, a_poll_for_kernel_threads)
{
	struct pollfd p = { .fd = self->group, .events = POLLIN };

	ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_DONE, THREADS,
			 20000, variant->cpus));
	EXPECT_EQ(1, poll(&p, 1, -1));
	EXPECT_EQ(POLLIN, p.revents);
	EXPECT_EQ(0, kwg_wait_until(self->group, 0));
}

TEST_F(door, kernel_threads_wait_for_a_done)
{
	struct kwaitgroup_test_collect ended;

	ASSERT_EQ(0, kwg_add(self->group, 1));
	ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_WAIT, THREADS,
			 0, variant->cpus));
	until_waited_for(self->group);
	ASSERT_EQ(0, kwg_done(self->group, 1));
	ASSERT_EQ(0, collect(self->door, &ended));
	EXPECT_EQ(THREADS, ended.threads);
	EXPECT_EQ(0, ended.errors);
}

/* Kernel threads and processes finish the same group. */
TEST_F(door, members_of_both_sides)
{
	int i;

	for (i = 0; i < 4; i++) {
		int member = kwg_join(self->group, KWAITGROUP_FD_CLOEXEC);
		pid_t pid;

		ASSERT_LE(0, member);
		ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_DONE,
				 4, 500, variant->cpus));
		pid = fork();
		if (!pid)
			_exit(-kwg_done(member, 1));
		EXPECT_EQ(0, kwg_wait(self->group));
		EXPECT_EQ(0, child_status(pid));
		close(member);
	}
}

/* Waiters in the kernel learn that a member of user space died. */
TEST_F(door, kernel_threads_see_a_death)
{
	int member = kwg_join(self->group, KWAITGROUP_FD_CLOEXEC);
	struct kwaitgroup_test_collect ended;

	ASSERT_LE(0, member);
	ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_WAIT, 8, 0,
			 variant->cpus));
	until_waited_for(self->group);
	close(member);
	ASSERT_EQ(0, collect(self->door, &ended));
	EXPECT_EQ(8, ended.errors);
	EXPECT_EQ(EOWNERDEAD, ended.error);
}

/* The group went away with what was added: nobody can finish that any more. */
TEST_F(door, kernel_threads_see_the_last_close)
{
	long leaks = stat_of("misuse_fd_leak");
	struct kwaitgroup_test_collect ended;

	ASSERT_EQ(0, kwg_add(self->group, 3));
	ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_WAIT, 8, 0,
			 variant->cpus));
	until_waited_for(self->group);
	close(self->group);
	self->group = -1;
	ASSERT_EQ(0, collect(self->door, &ended));
	EXPECT_EQ(8, ended.errors);
	EXPECT_EQ(EOWNERDEAD, ended.error);
	EXPECT_LT(leaks, stat_of("misuse_fd_leak"));
}

/* Those for the rest are passed by, until the last one who lives is done. */
TEST_F(door, kernel_threads_wait_for_the_living)
{
	int dead = kwg_join(self->group, KWAITGROUP_FD_CLOEXEC);
	int alive = kwg_join(self->group, KWAITGROUP_FD_CLOEXEC);
	struct kwaitgroup_test_collect ended;
	long woken;

	ASSERT_LE(0, dead);
	ASSERT_LE(0, alive);
	ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_WAIT, 1, 0,
			 variant->cpus));
	ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_REST, 8, 0,
			 variant->cpus));
	while (lines_with(DEBUGFS "waiters", " inkernel ") < 9)
		sched_yield();
	woken = stat_of("waiters_woken");
	close(dead);
	EXPECT_EQ(woken + 1, stat_of("waiters_woken"));
	EXPECT_EQ(1, count_of(self->group));
	EXPECT_NE(0, state_of(self->group) & KWAITGROUP_STATE_WAITERS);
	EXPECT_EQ(0, kwg_done(alive, 1));
	EXPECT_EQ(woken + 9, stat_of("waiters_woken"));
	ASSERT_EQ(0, collect(self->door, &ended));
	EXPECT_EQ(9, ended.errors);
	EXPECT_EQ(EOWNERDEAD, ended.error);
	close(alive);
}

/* What ADD has added dies with the last descriptor, and nobody else. */
TEST_F(door, kernel_threads_outwait_the_last_close)
{
	int alive = kwg_join(self->group, KWAITGROUP_FD_CLOEXEC);
	long woken;
	struct kwaitgroup_test_collect ended;

	ASSERT_LE(0, alive);
	ASSERT_EQ(0, kwg_add(self->group, 3));
	ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_REST, 8, 0,
			 variant->cpus));
	while (lines_with(DEBUGFS "waiters", " inkernel ") < 8)
		sched_yield();
	woken = stat_of("waiters_woken");
	close(self->group);
	self->group = -1;
	EXPECT_EQ(woken, stat_of("waiters_woken"));
	EXPECT_EQ(0, kwg_done(alive, 1));
	EXPECT_EQ(woken + 8, stat_of("waiters_woken"));
	ASSERT_EQ(0, collect(self->door, &ended));
	EXPECT_EQ(8, ended.errors);
	EXPECT_EQ(EOWNERDEAD, ended.error);
	close(alive);
}

/* Nor is it a stall, which would be in the log: user space takes its time. */
TEST_F(door, a_long_wait_of_a_kernel_thread)
{
	long stalls = stat_of("stalls");
	struct kwaitgroup_test_collect ended;

	ASSERT_LE(0, stalls);
	ASSERT_EQ(0, param_set("stall_secs", "1"));
	ASSERT_EQ(0, kwg_add(self->group, 1));
	ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_WAIT, 1, 0,
			 variant->cpus));
	until_waited_for(self->group);
	/* The time that passes is what is tested: a stall is seen each second. */
	EXPECT_EQ(-ETIMEDOUT, kwg_wait_for(self->group, 3 * NSEC_PER_SEC));
	EXPECT_EQ(stalls, stat_of("stalls"));
	EXPECT_EQ(0, kwg_done(self->group, 1));
	ASSERT_EQ(0, collect(self->door, &ended));
	EXPECT_EQ(0, param_set("stall_secs", "60"));
}

TEST_F(door, kernel_threads_outlive_the_descriptor)
{
	long groups = stat_of("groups_registered");
	struct kwaitgroup_test_collect ended;

	ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_DONE, 8,
			 20000, variant->cpus));
	close(self->group);
	self->group = -1;
	ASSERT_EQ(0, collect(self->door, &ended));
	EXPECT_EQ(8, ended.threads);
	EXPECT_EQ(groups - 1, stat_of("groups_registered"));
}

/* Their done would be one too many then. */
TEST_F(door, kernel_threads_are_not_finished_by_user_space)
{
	ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_LEAK, 8, 0,
			 variant->cpus));
	EXPECT_EQ(-ERANGE, kwg_done(self->group, 1));
	EXPECT_EQ(8, count_of(self->group));
	EXPECT_EQ(0, state_of(self->group));
}

/* Nor while they finish. */
TEST_F(door, kernel_threads_finish_against_user_space)
{
	ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_DONE, 8,
			 10000, variant->cpus));
	while (kwg_wait_until(self->group, 0))
		EXPECT_EQ(-ERANGE, kwg_done(self->group, 1));
	EXPECT_EQ(0, state_of(self->group));
}

/* They can be seen, and waited for with a limit; closing ends nothing. */
TEST_F(door, kernel_threads_that_forget)
{
	struct kwaitgroup_test_collect ended;

	ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_LEAK, 3, 0,
			 variant->cpus));
	ASSERT_EQ(0, collect(self->door, &ended));
	EXPECT_EQ(3, ended.threads);
	EXPECT_EQ(3, count_of(self->group));
	EXPECT_EQ(-ETIMEDOUT, kwg_wait_for(self->group, 2 * NSEC_PER_MSEC));
}

/* Closing the door ends waits that nobody else would end. */
TEST_F(door, a_door_closed_on_waiters)
{
	ASSERT_EQ(0, kwg_add(self->group, 1));
	ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_WAIT, THREADS,
			 0, variant->cpus));
	until_waited_for(self->group);
	close(self->door);
	self->door = -1;
	EXPECT_EQ(0, state_of(self->group));
	EXPECT_EQ(0, kwg_done(self->group, 1));
}

FIXTURE(bounds)
{
	int door;
	int group;
};

FIXTURE_SETUP(bounds)
{
	self->door = open(KWAITGROUP_TEST_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->door);
	self->group = kwg_create("bounds", KWAITGROUP_FD_CLOEXEC);
	ASSERT_LE(0, self->group);
}

FIXTURE_TEARDOWN(bounds)
{
	close(self->group);
	close(self->door);
}

TEST_F(bounds, bad_values)
{
	const int d = KWAITGROUP_TEST_DONE, any = KWAITGROUP_TEST_ANY;

	EXPECT_EQ(-EINVAL, run(self->door, self->group, d, 0, 0, any));
	EXPECT_EQ(-EINVAL, run(self->door, self->group, d, 257, 0, any));
	EXPECT_EQ(-EINVAL, run(self->door, self->group, d, -1, 0, any));
	EXPECT_EQ(-EINVAL, run(self->door, self->group, d, 1, 1000001, any));
	EXPECT_EQ(-EINVAL, run(self->door, self->group, KWAITGROUP_TEST_MODES, 1,
			       0, any));
	EXPECT_EQ(-EINVAL, run(self->door, self->group, d, 1, 0, 3));
	EXPECT_EQ(-EBADF, run(self->door, -1, d, 1, 0, any));
	EXPECT_EQ(-EBADF, run(self->door, self->door, d, 1, 0, any));
	EXPECT_EQ(-EBADF, run(self->door, STDOUT_FILENO, d, 1, 0, any));
	EXPECT_EQ(0, count_of(self->group));
}

TEST_F(bounds, so_many_threads)
{
	struct kwaitgroup_test_collect ended;
	int most = KWAITGROUP_TEST_THREADS_MAX;

	ASSERT_EQ(0, run(self->door, self->group, KWAITGROUP_TEST_DONE, most, 0,
			 KWAITGROUP_TEST_SPREAD));
	EXPECT_EQ(-EBUSY, run(self->door, self->group, KWAITGROUP_TEST_DONE, 1,
			      0, KWAITGROUP_TEST_ANY));
	EXPECT_EQ(0, kwg_wait(self->group));
	ASSERT_EQ(0, collect(self->door, &ended));
	EXPECT_EQ(most, ended.threads);
}

TEST_F(bounds, a_group_that_lets_nobody_in)
{
	ASSERT_EQ(0, kwg_add(self->group, KWAITGROUP_MEMBERS_MAX));
	EXPECT_EQ(-EOVERFLOW, run(self->door, self->group, KWAITGROUP_TEST_DONE,
				  1, 0, KWAITGROUP_TEST_ANY));
	ASSERT_EQ(0, kwg_done(self->group, KWAITGROUP_MEMBERS_MAX));
	ASSERT_EQ(0, kwg_shut(self->group));
	EXPECT_EQ(-ESHUTDOWN, run(self->door, self->group, KWAITGROUP_TEST_DONE,
				  1, 0, KWAITGROUP_TEST_ANY));
	EXPECT_EQ(0, count_of(self->group));
}

TEST_F(bounds, not_without_rights)
{
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		if (chmod(KWAITGROUP_TEST_DEVICE, 0666) || setuid(1000))
			_exit(99);
		if (open(KWAITGROUP_TEST_DEVICE, O_RDWR) >= 0)
			_exit(98);
		_exit(errno);
	}
	EXPECT_EQ(EPERM, child_status(pid));
	EXPECT_EQ(0, chmod(KWAITGROUP_TEST_DEVICE, 0600));
}

TEST_HARNESS_MAIN
