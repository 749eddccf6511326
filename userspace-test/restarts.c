// SPDX-License-Identifier: GPL-2.0
/*
 * A wait that is left and entered again, without its caller knowing: stopped,
 * looked at by a debugger, frozen, or in a signal handler. A zero that comes
 * and goes meanwhile was within the wait, and ends it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "user.h"

#define CGROUPS		"/tmp/cgroups"
#define CGROUP		CGROUPS "/kwaitgroup"

/* Pipes, new for each child: what its handler says, and what it waits for. */
static int handled[2], released[2];

static void handler(int sig)
{
	char c = sig;

	if (write(handled[1], &c, 1) != 1 || read(released[0], &c, 1) != 1)
		_exit(99);
}

static bool say(int fd)
{
	char c = 0;

	return write(fd, &c, 1) == 1;
}

static bool hear(int fd)
{
	char c;

	return read(fd, &c, 1) == 1;
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

/* False: it has ended instead, and is not reaped. */
static bool until_stopped(pid_t pid, int code)
{
	siginfo_t info = {};

	return !waitid(P_PID, pid, &info, WSTOPPED | WEXITED | WNOWAIT) &&
	       info.si_code == code;
}

static bool stop(pid_t pid)
{
	return !kill(pid, SIGSTOP) && until_stopped(pid, CLD_STOPPED);
}

static bool go_on(pid_t pid)
{
	return !kill(pid, SIGCONT);
}

static bool trace(pid_t pid)
{
	return !ptrace(PTRACE_SEIZE, pid, NULL, NULL) &&
	       !ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) &&
	       until_stopped(pid, CLD_TRAPPED);
}

static bool detach(pid_t pid)
{
	return !ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static bool freeze_it(pid_t pid)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", pid);
	if (!write_text(CGROUP "/cgroup.procs", number) ||
	    !write_text(CGROUP "/cgroup.freeze", "1"))
		return false;
	while (!lines_with(CGROUP "/cgroup.events", "frozen 1"))
		sched_yield();
	return true;
}

static bool thaw(pid_t pid)
{
	(void)pid;
	return write_text(CGROUP "/cgroup.freeze", "0");
}

static bool into_handler(pid_t pid)
{
	return !kill(pid, SIGUSR1) && hear(handled[0]);
}

static bool out_of_handler(pid_t pid)
{
	(void)pid;
	return say(released[1]);
}

FIXTURE(restart)
{
	int fd;
};

FIXTURE_VARIANT(restart)
{
	bool (*interrupt)(pid_t pid);	/* returns when it is out of the wait */
	bool (*resume)(pid_t pid);
};

FIXTURE_VARIANT_ADD(restart, stopped) {
	.interrupt = stop,
	.resume = go_on,
};

FIXTURE_VARIANT_ADD(restart, traced) {
	.interrupt = trace,
	.resume = detach,
};

FIXTURE_VARIANT_ADD(restart, frozen) {
	.interrupt = freeze_it,
	.resume = thaw,
};

FIXTURE_VARIANT_ADD(restart, handler) {
	.interrupt = into_handler,
	.resume = out_of_handler,
};

FIXTURE_SETUP(restart)
{
	self->fd = kwg_create("restarts", KWAITGROUP_FD_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, kwg_add(self->fd, 1));
	/* Of a child that has ended instead of going on. */
	signal(SIGPIPE, SIG_IGN);
	if (variant->interrupt != freeze_it)
		return;
	mkdir(CGROUPS, 0755);
	if (mount("cgroup2", CGROUPS, "cgroup2", 0, NULL) && errno != EBUSY)
		SKIP(return, "no control groups");
	mkdir(CGROUP, 0755);
	if (access(CGROUP "/cgroup.freeze", W_OK))
		SKIP(return, "no freezer");
}

FIXTURE_TEARDOWN(restart)
{
	close(self->fd);
	if (variant->interrupt == freeze_it)
		rmdir(CGROUP);
}

/* A child's status is what its wait returns. It sleeps, or has ended. */
static pid_t fork_wait(int fd, uint64_t deadline, int (*wait)(int, uint64_t))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	pid_t pid;

	if (pipe2(handled, O_CLOEXEC) || pipe2(released, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		sigaction(SIGUSR1, &action, NULL);
		_exit(-wait(fd, deadline));
	}
	/* Who listens to a child that has ended hears that. */
	close(handled[1]);
	close(released[0]);
	until_asleep(pid);
	return pid;
}

static pid_t fork_waiter(int fd)
{
	pid_t pid = fork_wait(fd, KWAITGROUP_WAIT_FOREVER, kwg_wait_until);

	until_waited_for(fd);
	until_asleep(pid);
	return pid;
}

/* Who traces it is told of a stop, whatever he asks for. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = {};

	return !waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid == pid && info.si_code != CLD_TRAPPED;
}

/* What its wait has returned; one that does not end is killed. */
static int result_of(pid_t pid)
{
	uint64_t patience = kwg_now() + PATIENCE_NS;

	while (!has_ended(pid) && kwg_now() < patience)
		sched_yield();
	kill(pid, SIGKILL);
	return -child_status(pid);
}

TEST_F(restart, a_zero_meanwhile)
{
	pid_t pid = fork_waiter(self->fd);

	ASSERT_TRUE(variant->interrupt(pid));
	ASSERT_TRUE(pass_zero(self->fd));
	ASSERT_TRUE(variant->resume(pid));
	EXPECT_EQ(0, result_of(pid));
	EXPECT_EQ(1, count_of(self->fd));
}

TEST_F(restart, no_zero_meanwhile)
{
	pid_t pid = fork_waiter(self->fd);

	ASSERT_TRUE(variant->interrupt(pid));
	ASSERT_TRUE(variant->resume(pid));
	until_asleep(pid);
	EXPECT_FALSE(has_ended(pid));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, result_of(pid));
	EXPECT_EQ(0, state_of(self->fd));
}

/* More than one, and more members than before. */
TEST_F(restart, zeros_meanwhile)
{
	pid_t pid = fork_waiter(self->fd);
	int i;

	ASSERT_TRUE(variant->interrupt(pid));
	for (i = 0; i < 100; i++)
		ASSERT_TRUE(pass_zero(self->fd));
	ASSERT_EQ(0, kwg_add(self->fd, 10));
	ASSERT_TRUE(variant->resume(pid));
	EXPECT_EQ(0, result_of(pid));
}

/* It is the same wait however often it is entered again. */
TEST_F(restart, again_and_again)
{
	pid_t pid = fork_waiter(self->fd);
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_TRUE(variant->interrupt(pid));
		ASSERT_TRUE(variant->resume(pid));
		until_asleep(pid);
		ASSERT_FALSE(has_ended(pid));
	}
	ASSERT_TRUE(variant->interrupt(pid));
	ASSERT_TRUE(pass_zero(self->fd));
	ASSERT_TRUE(variant->resume(pid));
	EXPECT_EQ(0, result_of(pid));
}

/* A zero before the wait has begun is not one of its own. */
TEST_F(restart, a_zero_before)
{
	pid_t pid;

	ASSERT_TRUE(pass_zero(self->fd));
	pid = fork_waiter(self->fd);
	ASSERT_TRUE(variant->interrupt(pid));
	ASSERT_TRUE(variant->resume(pid));
	until_asleep(pid);
	EXPECT_FALSE(has_ended(pid));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, result_of(pid));
}

/* Who comes after the zero waits for the next one. */
TEST_F(restart, a_waiter_after_the_zero)
{
	pid_t early = fork_waiter(self->fd);
	struct waiter late;

	ASSERT_TRUE(variant->interrupt(early));
	ASSERT_TRUE(pass_zero(self->fd));
	waiter_start(&late, self->fd, KWAITGROUP_WAIT_FOREVER);
	ASSERT_TRUE(variant->resume(early));
	EXPECT_EQ(0, result_of(early));
	EXPECT_FALSE(waiter_has_ended(&late));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, waiter_join(&late));
	EXPECT_EQ(0, state_of(self->fd));
}

TEST_F(restart, a_death_meanwhile)
{
	pid_t pid = fork_waiter(self->fd);
	int member;

	ASSERT_TRUE(variant->interrupt(pid));
	member = kwg_join(self->fd, KWAITGROUP_FD_CLOEXEC);
	ASSERT_LE(0, member);
	close(member);
	ASSERT_TRUE(variant->resume(pid));
	EXPECT_EQ(-EOWNERDEAD, result_of(pid));
}

/*
 * Interrupts a wait and lets its time pass. On a slow machine a short one is
 * over before that: then a longer one.
 */
static pid_t outlast_deadline(int fd, const FIXTURE_VARIANT(restart) *variant)
{
	uint64_t deadline, timeout = 250 * NSEC_PER_MSEC;
	int other = kwg_create("clock", KWAITGROUP_FD_CLOEXEC);
	pid_t pid;

	kwg_add(other, 1);
	for (;;) {
		timeout *= 2;
		deadline = kwg_now() + timeout;
		pid = fork_wait(fd, deadline, kwg_wait_until);
		if (variant->interrupt(pid) && !has_ended(pid) &&
		    kwg_now() < deadline)
			break;
		variant->resume(pid);
		child_status(pid);
	}
	kwg_wait_until(other, deadline);
	close(other);
	return pid;
}

TEST_F(restart, a_deadline_meanwhile)
{
	pid_t pid = outlast_deadline(self->fd, variant);

	ASSERT_TRUE(variant->resume(pid));
	EXPECT_EQ(-ETIMEDOUT, result_of(pid));
}

/* A zero in time counts, although it is seen too late. */
TEST_F(restart, a_deadline_and_a_zero_meanwhile)
{
	pid_t pid = outlast_deadline(self->fd, variant);

	ASSERT_TRUE(pass_zero(self->fd));
	ASSERT_TRUE(variant->resume(pid));
	EXPECT_EQ(0, result_of(pid));
}

/* A program that does not know of positions: its wait begins anew. */
static int wait_without_position(int fd, uint64_t deadline)
{
	struct kwaitgroup_wait arg = {
		.size = offsetof(struct kwaitgroup_wait, position),
		.deadline_ns = deadline,
	};

	return raw_ioctl(fd, KWAITGROUP_IOC_WAIT, &arg);
}

TEST_F(restart, a_zero_meanwhile_and_no_position)
{
	pid_t pid = fork_wait(self->fd, KWAITGROUP_WAIT_FOREVER,
			      wait_without_position);

	until_waited_for(self->fd);
	until_asleep(pid);
	ASSERT_TRUE(variant->interrupt(pid));
	ASSERT_TRUE(pass_zero(self->fd));
	ASSERT_TRUE(variant->resume(pid));
	/* If it had been enough, nobody would come to wait. */
	until_waited_for(self->fd);
	until_asleep(pid);
	EXPECT_FALSE(has_ended(pid));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, result_of(pid));
}

TEST_HARNESS_MAIN
