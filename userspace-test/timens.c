// SPDX-License-Identifier: GPL-2.0
/*
 * Deadlines of a process in a time namespace, whose CLOCK_MONOTONIC is ahead of
 * the kernel's or behind it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "user.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME	0x00000080
#endif

/* Until a wait that should have ended counts as one that does not. */
#define PATIENCE_SECS	60

FIXTURE(timens)
{
	int fd;
};

FIXTURE_VARIANT(timens)
{
	/* In seconds; 0: half of what has passed since the boot, backwards. */
	long offset;
};

/* So far ahead that a deadline which is not put back outlasts all patience. */
FIXTURE_VARIANT_ADD(timens, ahead) {
	.offset = 100,
};

FIXTURE_VARIANT_ADD(timens, far_ahead) {
	.offset = 1000 * 1000 * 1000,
};

/* The clock of a namespace is never negative. */
FIXTURE_VARIANT_ADD(timens, behind) {
	.offset = 0,
};

static bool write_offset(int64_t offset_ns)
{
	char text[64];
	int64_t secs = offset_ns / (int64_t)NSEC_PER_SEC;
	int64_t nsecs = offset_ns % (int64_t)NSEC_PER_SEC;
	int fd, len;
	bool ok;

	if (nsecs < 0) {
		nsecs += NSEC_PER_SEC;
		secs--;
	}
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	len = snprintf(text, sizeof(text), "monotonic %lld %lld",
		       (long long)secs, (long long)nsecs);
	ok = fd >= 0 && write(fd, text, len) == len;
	close(fd);
	return ok;
}

/* The children of this process live in the namespace, not it itself. */
FIXTURE_SETUP(timens)
{
	int64_t offset = variant->offset ? variant->offset * (int64_t)NSEC_PER_SEC :
					   -(int64_t)(kwg_now() / 2);

	self->fd = kwg_create("timens", KWAITGROUP_FD_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, kwg_add(self->fd, 1));
	if (unshare(CLONE_NEWTIME))
		SKIP(return, "no time namespaces");
	ASSERT_TRUE(write_offset(offset));
}

FIXTURE_TEARDOWN(timens)
{
	close(self->fd);
}

/*
 * A child does something in the namespace: its status, which is 0 if it was as
 * it should be, or 128 + SIGALRM if it did not end.
 */
static int status_in_namespace(int fd, int (*what)(int fd))
{
	pid_t pid = fork();

	if (!pid) {
		alarm(PATIENCE_SECS);
		_exit(what(fd));
	}
	return child_status(pid);
}

/* Not before its time, and it does end. */
static int waits_until_deadline(int fd)
{
	uint64_t deadline = kwg_now() + 500 * NSEC_PER_MSEC;

	if (kwg_wait_until(fd, deadline) != -ETIMEDOUT)
		return 1;
	return kwg_now() < deadline ? 2 : 0;
}

TEST_F(timens, a_deadline)
{
	EXPECT_EQ(0, status_in_namespace(self->fd, waits_until_deadline));
}

/* A signal restarts the wait, and the deadline is put back once each time. */
static void ignore(int sig)
{
	(void)sig;
}

static int waits_with_signals(int fd)
{
	struct sigaction action = { .sa_handler = ignore, .sa_flags = SA_RESTART };
	uint64_t deadline = kwg_now() + 500 * NSEC_PER_MSEC;
	pid_t waiter = getpid(), pid;
	int result;

	sigaction(SIGUSR1, &action, NULL);
	pid = fork();
	if (!pid) {
		while (!kill(waiter, SIGUSR1) && kwg_now() < deadline)
			sched_yield();
		_exit(0);
	}
	result = kwg_wait_until(fd, deadline) != -ETIMEDOUT ? 1 :
		 kwg_now() < deadline ? 2 : 0;
	return child_status(pid) ?: result;
}

TEST_F(timens, a_deadline_that_is_restarted)
{
	EXPECT_EQ(0, status_in_namespace(self->fd, waits_with_signals));
}

static int asks(int fd)
{
	if (kwg_wait_until(fd, 0) != -ETIMEDOUT)
		return 1;
	if (kwg_wait_until(fd, kwg_now() / 2) != -ETIMEDOUT)
		return 2;
	return kwg_wait_until(fd, kwg_now()) != -ETIMEDOUT ? 3 : 0;
}

TEST_F(timens, a_deadline_that_has_passed)
{
	EXPECT_EQ(0, status_in_namespace(self->fd, asks));
}

/* Put back or not, what does not fit into the kernel's times is far away. */
static const uint64_t far_deadlines[] = {
	1ULL << 62, (1ULL << 63) - 1, 1ULL << 63, (1ULL << 63) + 1,
	-2ULL, KWAITGROUP_WAIT_FOREVER,
};

TEST_F(timens, deadlines_far_away)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(far_deadlines); i++) {
		pid_t pid = fork();

		ASSERT_LE(0, pid);
		if (!pid)
			_exit(-kwg_wait_until(self->fd, far_deadlines[i]));
		until_asleep(pid);
		/* A child that has ended is a zombie until it is waited for. */
		EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
		EXPECT_EQ(KWAITGROUP_STATE_WAITERS, state_of(self->fd));
		EXPECT_EQ(0, kwg_done(self->fd, 1));
		EXPECT_EQ(0, child_status(pid));
		EXPECT_EQ(0, kwg_add(self->fd, 1));
	}
}

TEST_HARNESS_MAIN
