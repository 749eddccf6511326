// SPDX-License-Identifier: GPL-2.0
/* How a wait ends that no done ends: by a deadline, a signal, or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "user.h"

FIXTURE(group)
{
	int fd;
};

FIXTURE_SETUP(group)
{
	self->fd = kwg_create("timeouts", KWAITGROUP_FD_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, kwg_add(self->fd, 1));
}

FIXTURE_TEARDOWN(group)
{
	close(self->fd);
}

FIXTURE(deadline)
{
	int fd;
};

FIXTURE_VARIANT(deadline)
{
	uint64_t timeout;
	int rounds;
};

FIXTURE_VARIANT_ADD(deadline, now) {
	.timeout = 0,
	.rounds = 200,
};

FIXTURE_VARIANT_ADD(deadline, us_10) {
	.timeout = 10000,
	.rounds = 200,
};

FIXTURE_VARIANT_ADD(deadline, ms_1) {
	.timeout = NSEC_PER_MSEC,
	.rounds = 100,
};

FIXTURE_VARIANT_ADD(deadline, ms_7) {
	.timeout = 7 * NSEC_PER_MSEC,
	.rounds = 20,
};

FIXTURE_VARIANT_ADD(deadline, ms_150) {
	.timeout = 150 * NSEC_PER_MSEC,
	.rounds = 2,
};

FIXTURE_SETUP(deadline)
{
	self->fd = kwg_create("deadline", KWAITGROUP_FD_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, kwg_add(self->fd, 1));
}

FIXTURE_TEARDOWN(deadline)
{
	close(self->fd);
}

TEST_F(deadline, never_early_nor_much_too_late)
{
	uint64_t deadline, ended;
	int i;

	for (i = 0; i < variant->rounds; i++) {
		deadline = kwg_now() + variant->timeout;
		EXPECT_EQ(-ETIMEDOUT, kwg_wait_until(self->fd, deadline));
		ended = kwg_now();
		EXPECT_LE(deadline, ended);
		EXPECT_GE(deadline + LATE_NS, ended);
	}
	EXPECT_EQ(0, state_of(self->fd));
}

TEST_F(deadline, not_for_a_group_without_members)
{
	uint64_t deadline = kwg_now() + variant->timeout;

	ASSERT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, kwg_wait_until(self->fd, deadline));
}

/* A done just before the deadline counts, one after it does not. */
TEST_F(deadline, races_with_the_last_done)
{
	struct waiter w;
	int i, result;

	for (i = 0; i < 20; i++) {
		uint64_t deadline = kwg_now() + variant->timeout;

		waiter_start(&w, self->fd, deadline);
		ASSERT_EQ(0, kwg_done(self->fd, 1));
		result = waiter_join(&w);
		EXPECT_TRUE(!result ||
			    (result == -ETIMEDOUT && w.ended_ns >= deadline));
		EXPECT_EQ(0, state_of(self->fd));
		ASSERT_EQ(0, kwg_add(self->fd, 1));
	}
}

TEST_F(group, a_deadline_that_has_passed_asks)
{
	EXPECT_EQ(-ETIMEDOUT, kwg_wait_until(self->fd, 0));
	EXPECT_EQ(-ETIMEDOUT, kwg_wait_until(self->fd, 1));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, kwg_wait_until(self->fd, 0));
	EXPECT_EQ(0, kwg_wait_until(self->fd, 1));
}

/* What does not fit into the kernel's own times is far away, not past. */
TEST_F(group, deadlines_far_away)
{
	const uint64_t deadlines[] = {
		1ULL << 62, (1ULL << 63) - 1, 1ULL << 63, (1ULL << 63) + 1,
		-2ULL, KWAITGROUP_WAIT_FOREVER,
	};
	struct waiter w[ARRAY_SIZE(deadlines)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(w); i++) {
		waiter_start(&w[i], self->fd, deadlines[i]);
		EXPECT_FALSE(waiter_has_ended(&w[i]));
	}
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	for (i = 0; i < ARRAY_SIZE(w); i++)
		EXPECT_EQ(0, waiter_join(&w[i]));
}

TEST_F(group, a_waiter_whose_time_is_up_leaves_the_others)
{
	struct waiter long_one, short_one;

	waiter_start(&long_one, self->fd, KWAITGROUP_WAIT_FOREVER);
	waiter_start(&short_one, self->fd, kwg_now() + 10 * NSEC_PER_MSEC);
	EXPECT_EQ(-ETIMEDOUT, waiter_join(&short_one));
	EXPECT_FALSE(waiter_has_ended(&long_one));
	EXPECT_EQ(KWAITGROUP_STATE_WAITERS, state_of(self->fd));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, waiter_join(&long_one));
}

TEST_F(group, nonblocking_from_the_start)
{
	int fd = kwg_create("nonblock", KWAITGROUP_FD_NONBLOCK);

	ASSERT_LE(0, fd);
	EXPECT_NE(0, fcntl(fd, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(0, kwg_wait(fd));
	ASSERT_EQ(0, kwg_add(fd, 1));
	EXPECT_EQ(-EAGAIN, kwg_wait(fd));
	EXPECT_EQ(-EAGAIN, kwg_wait_until(fd, 0));
	EXPECT_EQ(0, kwg_done(fd, 1));
	EXPECT_EQ(0, kwg_wait(fd));
	close(fd);
}

TEST_F(group, nonblocking_by_fcntl)
{
	EXPECT_EQ(0, fcntl(self->fd, F_GETFL) & O_NONBLOCK);
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-EAGAIN, kwg_wait(self->fd));
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, 0));
	EXPECT_EQ(-ETIMEDOUT, kwg_wait_for(self->fd, NSEC_PER_MSEC));
}

static atomic_int handled;

static void handler(int sig)
{
	(void)sig;
	atomic_fetch_add(&handled, 1);
}

static void handle(int sig, int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	atomic_store(&handled, 0);
	sigaction(sig, &action, NULL);
}

TEST_F(group, a_signal_ends_a_wait)
{
	struct waiter w;

	handle(SIGUSR1, 0);
	waiter_start(&w, self->fd, KWAITGROUP_WAIT_FOREVER);
	ASSERT_EQ(0, pthread_kill(w.thread, SIGUSR1));
	EXPECT_EQ(-EINTR, waiter_join(&w));
	EXPECT_EQ(1, atomic_load(&handled));
	EXPECT_EQ(1, count_of(self->fd));
	/* The caller may go on with it, until a zero would have ended it. */
	EXPECT_EQ(KWAITGROUP_STATE_WAITERS, state_of(self->fd));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, state_of(self->fd));
}

TEST_F(group, a_signal_ends_a_wait_with_a_deadline)
{
	struct waiter w;

	handle(SIGUSR1, 0);
	waiter_start(&w, self->fd, kwg_now() + 1000 * NSEC_PER_SEC);
	ASSERT_EQ(0, pthread_kill(w.thread, SIGUSR1));
	EXPECT_EQ(-EINTR, waiter_join(&w));
}

TEST_F(group, sa_restart_begins_anew)
{
	struct waiter w;
	int i;

	handle(SIGUSR1, SA_RESTART);
	waiter_start(&w, self->fd, KWAITGROUP_WAIT_FOREVER);
	for (i = 1; i <= 100; i++) {
		ASSERT_EQ(0, pthread_kill(w.thread, SIGUSR1));
		while (atomic_load(&handled) < i)
			sched_yield();
		until_asleep(atomic_load(&w.tid));
	}
	EXPECT_FALSE(waiter_has_ended(&w));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, waiter_join(&w));
}

/*
 * Each restart with a deadline of its own would go on as long as the signals. On
 * a slow machine a short wait is over before the first one: then a longer one.
 */
TEST_F(group, sa_restart_keeps_the_deadline)
{
	uint64_t deadline, timeout = 50 * NSEC_PER_MSEC;
	struct waiter w;

	handle(SIGUSR1, SA_RESTART);
again:
	timeout *= 2;
	deadline = kwg_now() + timeout;
	waiter_start(&w, self->fd, deadline);
	while (!waiter_has_ended(&w) && kwg_now() < deadline + 2 * LATE_NS) {
		pthread_kill(w.thread, SIGUSR1);
		sched_yield();
	}
	EXPECT_TRUE(waiter_has_ended(&w));
	EXPECT_EQ(-ETIMEDOUT, waiter_join(&w));
	EXPECT_LE(deadline, w.ended_ns);
	EXPECT_GE(deadline + LATE_NS, w.ended_ns);
	if (!atomic_load(&handled))
		goto again;
}

static pid_t fork_waiter(int fd)
{
	pid_t pid = fork();

	if (!pid)
		_exit(kwg_wait(fd) ? 1 : 0);
	if (pid > 0) {
		until_waited_for(fd);
		until_asleep(pid);
	}
	return pid;
}

TEST_F(group, a_waiter_can_be_killed)
{
	pid_t pid = fork_waiter(self->fd);

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, child_status(pid));
	EXPECT_EQ(0, state_of(self->fd));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
}

TEST_F(group, a_waiter_can_be_stopped_and_continued)
{
	pid_t pid = fork_waiter(self->fd);
	int status;

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	until_waited_for(self->fd);
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, child_status(pid));
}

TEST_HARNESS_MAIN
