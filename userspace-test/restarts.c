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

static bool freeze(pid_t pid)
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
	.interrupt = freeze,
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
	if (variant->interrupt != freeze)
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
	if (variant->interrupt == freeze)
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

static bool pass_zero(int fd)
{
	return !kwg_done(fd, 1) && !kwg_add(fd, 1);
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

/* Interrupted again, before it could say that its zero has come. */
TEST_F(restart, after_its_zero)
{
	pid_t pid = fork_waiter(self->fd);

	ASSERT_TRUE(variant->interrupt(pid));
	ASSERT_TRUE(pass_zero(self->fd));
	ASSERT_TRUE(variant->resume(pid));
	/* It may have ended already, which is as good. */
	if (!has_ended(pid) && variant->interrupt == stop) {
		kill(pid, SIGSTOP);
		kill(pid, SIGCONT);
	}
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

/* All threads of a process at once, each in its own wait. */
#define THREADS	32

static void *wait_once(void *data)
{
	return (void *)(long)kwg_wait(*(int *)data);
}

static int wait_in_threads(int fd)
{
	pthread_t threads[THREADS];
	void *result;
	int i, bad = 0;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, wait_once, &fd))
			return 98;
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		bad += !!result;
	}
	return bad;
}

TEST(a_zero_while_many_are_stopped)
{
	int fd = kwg_create("many-stopped", KWAITGROUP_FD_CLOEXEC);
	long slept = stat_of("waits_slept");
	pid_t pid;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, kwg_add(fd, 1));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(wait_in_threads(fd));
	until_slept(slept + THREADS);
	ASSERT_TRUE(stop(pid));
	ASSERT_TRUE(pass_zero(fd));
	ASSERT_TRUE(go_on(pid));
	EXPECT_EQ(0, result_of(pid));
	close(fd);
}

/*
 * A caller who takes the signal himself, and then goes on with his wait: by the
 * position that it has left, or with a new one.
 */
FIXTURE(position)
{
	int fd;
	struct kwaitgroup_wait wait;
};

FIXTURE_SETUP(position)
{
	self->fd = kwg_create("position", KWAITGROUP_FD_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, kwg_add(self->fd, 1));
	self->wait = (struct kwaitgroup_wait){
		.size = sizeof(self->wait),
		.deadline_ns = KWAITGROUP_WAIT_FOREVER,
	};
}

FIXTURE_TEARDOWN(position)
{
	close(self->fd);
}

static void ignore(int sig)
{
	(void)sig;
}

struct caller {
	int fd;
	struct kwaitgroup_wait *wait;
	atomic_int tid;
	int result;
};

static void *caller_main(void *data)
{
	struct caller *c = data;

	atomic_store(&c->tid, gettid());
	c->result = raw_ioctl(c->fd, KWAITGROUP_IOC_WAIT, c->wait);
	return NULL;
}

/* A wait that ends by a signal. */
static int interrupted(int fd, struct kwaitgroup_wait *wait)
{
	struct sigaction action = { .sa_handler = ignore };
	struct caller c = { .fd = fd, .wait = wait };
	pthread_t thread;

	sigaction(SIGUSR1, &action, NULL);
	if (pthread_create(&thread, NULL, caller_main, &c))
		return -1;
	while (!atomic_load(&c.tid))
		sched_yield();
	until_asleep(atomic_load(&c.tid));
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	return c.result;
}

static int wait_on(int fd, struct kwaitgroup_wait *wait, uint64_t deadline)
{
	wait->deadline_ns = deadline;
	return raw_ioctl(fd, KWAITGROUP_IOC_WAIT, wait);
}

TEST_F(position, is_zero_when_a_wait_is_over)
{
	EXPECT_EQ(-ETIMEDOUT, wait_on(self->fd, &self->wait, 0));
	EXPECT_EQ(0, self->wait.position);
	EXPECT_EQ(-ETIMEDOUT, wait_on(self->fd, &self->wait,
				      kwg_now() + 20 * NSEC_PER_MSEC));
	EXPECT_EQ(0, self->wait.position);
	ASSERT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, wait_on(self->fd, &self->wait, KWAITGROUP_WAIT_FOREVER));
	EXPECT_EQ(0, self->wait.position);
}

TEST_F(position, a_zero_between_two_calls)
{
	ASSERT_EQ(-EINTR, interrupted(self->fd, &self->wait));
	EXPECT_NE(0, self->wait.position);
	ASSERT_TRUE(pass_zero(self->fd));
	EXPECT_EQ(0, wait_on(self->fd, &self->wait, 0));
	EXPECT_EQ(0, self->wait.position);
	/* It was for one wait. */
	EXPECT_EQ(-ETIMEDOUT, wait_on(self->fd, &self->wait, 0));
}

TEST_F(position, no_zero_between_two_calls)
{
	ASSERT_EQ(-EINTR, interrupted(self->fd, &self->wait));
	ASSERT_EQ(-EINTR, interrupted(self->fd, &self->wait));
	EXPECT_NE(0, self->wait.position);
	EXPECT_EQ(-ETIMEDOUT, wait_on(self->fd, &self->wait, 0));
	EXPECT_EQ(0, self->wait.position);
}

/* Whoever sets it to zero begins anew. */
TEST_F(position, a_zero_between_two_waits)
{
	ASSERT_EQ(-EINTR, interrupted(self->fd, &self->wait));
	ASSERT_TRUE(pass_zero(self->fd));
	self->wait.position = 0;
	EXPECT_EQ(-ETIMEDOUT, wait_on(self->fd, &self->wait, 0));
	EXPECT_EQ(0, self->wait.position);
}

/* Two that began one after the other, with a zero between. */
TEST_F(position, of_two_callers)
{
	struct kwaitgroup_wait later = self->wait;

	ASSERT_EQ(-EINTR, interrupted(self->fd, &self->wait));
	ASSERT_TRUE(pass_zero(self->fd));
	ASSERT_EQ(-EINTR, interrupted(self->fd, &later));
	EXPECT_EQ(-ETIMEDOUT, wait_on(self->fd, &later, 0));
	EXPECT_EQ(0, wait_on(self->fd, &self->wait, 0));
}

/* The library's way: a caller with handlers of his own goes on. */
TEST_F(position, by_the_library)
{
	uint64_t position = 0;

	EXPECT_EQ(-ETIMEDOUT, kwg_wait_from(self->fd, 0, &position));
	EXPECT_EQ(0, position);
	ASSERT_EQ(-EINTR, interrupted(self->fd, &self->wait));
	position = self->wait.position;
	ASSERT_TRUE(pass_zero(self->fd));
	EXPECT_EQ(0, kwg_wait_from(self->fd, 0, &position));
	EXPECT_EQ(0, position);
}

/* One that nobody was given does no harm but to him who makes it up. */
TEST_F(position, of_nobody)
{
	const uint64_t positions[] = {
		1, 2, 0x7ffffff, 0x8000000, 1ULL << 32, 1ULL << 62, 1ULL << 63, -1ULL,
	};
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(positions); i++) {
		uint64_t position = positions[i / 2];
		int result;

		self->wait.position = position;
		result = wait_on(self->fd, &self->wait,
				 i % 2 ? kwg_now() + NSEC_PER_MSEC : 0);
		/* It has not waited, or the wait is over. */
		EXPECT_EQ(result == -EINVAL ? position : 0, self->wait.position);
		EXPECT_TRUE(!result || result == -EINVAL || result == -ETIMEDOUT);
		EXPECT_EQ(1, count_of(self->fd));
		EXPECT_EQ(0, state_of(self->fd));
	}
	self->wait.position = -1ULL;
	EXPECT_EQ(-EINVAL, wait_on(self->fd, &self->wait, 0));
}

TEST_HARNESS_MAIN
