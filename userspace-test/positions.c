// SPDX-License-Identifier: GPL-2.0
/*
 * A caller who takes a signal himself, and then goes on with his wait: by the
 * position that it has left, or with a new one.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "user.h"

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
