// SPDX-License-Identifier: GPL-2.0
/*
 * What a wait group means. The first four are Go's tests of sync.WaitGroup,
 * with threads for goroutines and an error where Go panics.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "user.h"

FIXTURE(group)
{
	int fd;
};

FIXTURE_SETUP(group)
{
	self->fd = kwg_create("semantics", KWAITGROUP_FD_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(group)
{
	close(self->fd);
}

#define BARRIER_THREADS	16

struct barrier {
	int arrive;		/* group */
	int leave;		/* group */
	atomic_int left;	/* how many have passed it */
};

static void *barrier_main(void *data)
{
	struct barrier *b = data;

	if (kwg_done(b->arrive, 1) || kwg_wait(b->leave))
		return "failed";
	atomic_fetch_add(&b->left, 1);
	return NULL;
}

/* Returns how many threads passed the second group before its last done. */
static int barrier_round(struct barrier *b)
{
	pthread_t threads[BARRIER_THREADS];
	int i, early = 0;
	void *failed;

	atomic_store(&b->left, 0);
	if (kwg_add(b->arrive, BARRIER_THREADS) ||
	    kwg_add(b->leave, BARRIER_THREADS))
		return -1;
	for (i = 0; i < BARRIER_THREADS; i++)
		if (pthread_create(&threads[i], NULL, barrier_main, b))
			return -1;
	if (kwg_wait(b->arrive))
		return -1;
	for (i = 0; i < BARRIER_THREADS; i++) {
		early += atomic_load(&b->left);
		if (kwg_done(b->leave, 1))
			return -1;
	}
	for (i = 0; i < BARRIER_THREADS; i++) {
		pthread_join(threads[i], &failed);
		if (failed)
			return -1;
	}
	return early;
}

/* TestWaitGroup: the same two groups again and again. */
TEST_F(group, barrier_of_16_8_times)
{
	struct barrier b = { .arrive = self->fd };
	int round;

	b.leave = kwg_create("leave", 0);
	ASSERT_LE(0, b.leave);
	for (round = 0; round < 8; round++) {
		EXPECT_EQ(0, barrier_round(&b));
		EXPECT_EQ(BARRIER_THREADS, atomic_load(&b.left));
	}
	close(b.leave);
}

/* TestWaitGroupMisuse: the group is as good as before. */
TEST_F(group, more_done_than_added)
{
	EXPECT_EQ(0, kwg_add(self->fd, 1));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(-ERANGE, kwg_done(self->fd, 1));
	EXPECT_EQ(0, count_of(self->fd));
	EXPECT_EQ(0, state_of(self->fd));
	EXPECT_EQ(0, kwg_wait(self->fd));
}

struct race {
	int fd;
	atomic_int n;
};

static void *race_main(void *data)
{
	struct race *race = data;

	/* Relaxed: it is the group that orders it. */
	atomic_fetch_add_explicit(&race->n, 1, memory_order_relaxed);
	kwg_done(race->fd, 1);
	return NULL;
}

/* TestWaitGroupRace: a group of its own for each round. */
TEST_F(group, two_workers_and_what_they_wrote)
{
	int round;

	for (round = 0; round < 300; round++) {
		struct race race = { .fd = kwg_create("race", 0) };
		pthread_t threads[2];

		ASSERT_LE(0, race.fd);
		ASSERT_EQ(0, kwg_add(race.fd, 2));
		ASSERT_EQ(0, pthread_create(&threads[0], NULL, race_main, &race));
		ASSERT_EQ(0, pthread_create(&threads[1], NULL, race_main, &race));
		EXPECT_EQ(0, kwg_wait(race.fd));
		EXPECT_EQ(2, atomic_load_explicit(&race.n, memory_order_relaxed));
		pthread_join(threads[0], NULL);
		pthread_join(threads[1], NULL);
		close(race.fd);
	}
}

/* TestWaitGroupAlign: behind a char. */
TEST_F(group, structures_need_no_alignment)
{
	struct kwaitgroup_count count = { .size = sizeof(count), .count = 1 };
	struct kwaitgroup_wait wait = { .size = sizeof(wait), .deadline_ns = -1 };
	char odd_count[1 + sizeof(count)], odd_wait[1 + sizeof(wait)];
	struct waiter w;

	memcpy(odd_count + 1, &count, sizeof(count));
	memcpy(odd_wait + 1, &wait, sizeof(wait));
	EXPECT_EQ(0, raw_ioctl(self->fd, KWAITGROUP_IOC_ADD, odd_count + 1));
	waiter_start(&w, self->fd, KWAITGROUP_WAIT_FOREVER);
	EXPECT_EQ(0, raw_ioctl(self->fd, KWAITGROUP_IOC_DONE, odd_count + 1));
	EXPECT_EQ(0, raw_ioctl(self->fd, KWAITGROUP_IOC_WAIT, odd_wait + 1));
	EXPECT_EQ(0, waiter_join(&w));
}

TEST_F(group, an_empty_group_lets_pass)
{
	EXPECT_EQ(0, kwg_wait(self->fd));
	EXPECT_EQ(0, kwg_wait_until(self->fd, 0));
}

TEST_F(group, a_wait_lasts_until_the_last_done)
{
	struct waiter w;

	ASSERT_EQ(0, kwg_add(self->fd, 3));
	waiter_start(&w, self->fd, KWAITGROUP_WAIT_FOREVER);
	EXPECT_EQ(KWAITGROUP_STATE_WAITERS, state_of(self->fd));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_FALSE(waiter_has_ended(&w));
	EXPECT_EQ(KWAITGROUP_STATE_WAITERS, state_of(self->fd));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, waiter_join(&w));
	EXPECT_EQ(0, state_of(self->fd));
}

/* The wait is for a zero, and not for the count to be zero when it looks. */
TEST_F(group, adding_again_strands_nobody)
{
	struct waiter w;
	int round;

	for (round = 0; round < 200; round++) {
		ASSERT_EQ(0, kwg_add(self->fd, 1));
		waiter_start(&w, self->fd, KWAITGROUP_WAIT_FOREVER);
		ASSERT_EQ(0, kwg_done(self->fd, 1));
		ASSERT_EQ(0, kwg_add(self->fd, 1));
		EXPECT_EQ(0, waiter_join(&w));
		ASSERT_EQ(0, kwg_done(self->fd, 1));
	}
}

TEST_F(group, one_zero_wakes_everybody)
{
	struct waiter w[64];
	unsigned int i;

	ASSERT_EQ(0, kwg_add(self->fd, 1));
	for (i = 0; i < ARRAY_SIZE(w); i++)
		waiter_start(&w[i], self->fd, KWAITGROUP_WAIT_FOREVER);
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	for (i = 0; i < ARRAY_SIZE(w); i++)
		EXPECT_EQ(0, waiter_join(&w[i]));
	EXPECT_EQ(0, state_of(self->fd));
}

TEST_F(group, as_many_as_there_may_be)
{
	EXPECT_EQ(0, kwg_add(self->fd, KWAITGROUP_MEMBERS_MAX));
	EXPECT_EQ(-EOVERFLOW, kwg_add(self->fd, 1));
	EXPECT_EQ(-EOVERFLOW, kwg_add(self->fd, KWAITGROUP_MEMBERS_MAX));
	EXPECT_EQ(-EOVERFLOW, kwg_join(self->fd, 0));
	EXPECT_EQ(KWAITGROUP_MEMBERS_MAX, count_of(self->fd));
	EXPECT_EQ(0, kwg_done(self->fd, KWAITGROUP_MEMBERS_MAX - 1));
	EXPECT_EQ(1, count_of(self->fd));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, state_of(self->fd));
	EXPECT_EQ(0, kwg_wait(self->fd));
}

TEST_F(group, closed_to_newcomers)
{
	struct waiter w;

	ASSERT_EQ(0, kwg_add(self->fd, 2));
	EXPECT_EQ(0, kwg_shut(self->fd));
	EXPECT_EQ(0, kwg_shut(self->fd));
	EXPECT_EQ(-ESHUTDOWN, kwg_add(self->fd, 1));
	EXPECT_EQ(-ESHUTDOWN, kwg_join(self->fd, 0));
	EXPECT_EQ(2, count_of(self->fd));
	EXPECT_EQ(KWAITGROUP_STATE_CLOSED, state_of(self->fd));
	waiter_start(&w, self->fd, KWAITGROUP_WAIT_FOREVER);
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_FALSE(waiter_has_ended(&w));
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, waiter_join(&w));
	EXPECT_EQ(-ESHUTDOWN, kwg_add(self->fd, 1));
	EXPECT_EQ(0, kwg_wait(self->fd));
}

/* What a child process wrote before its done is there after the wait. */
TEST_F(group, writes_of_a_process)
{
	atomic_int *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int round;

	ASSERT_NE(MAP_FAILED, shared);
	for (round = 1; round <= 50; round++) {
		pid_t pid;

		ASSERT_EQ(0, kwg_add(self->fd, 1));
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			atomic_store_explicit(shared, round, memory_order_relaxed);
			_exit(-kwg_done(self->fd, 1));
		}
		EXPECT_EQ(0, kwg_wait(self->fd));
		EXPECT_EQ(round, atomic_load_explicit(shared, memory_order_relaxed));
		EXPECT_EQ(0, child_status(pid));
	}
	munmap(shared, sizeof(*shared));
}

/* With accounting=1 requests are counted as the calls of drivers are. */
TEST(requests_are_accounted_for)
{
	int fd = kwg_create("counted", KWAITGROUP_FD_CLOEXEC);
	char row[128];

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, param_set("accounting", "1"));
	EXPECT_EQ(0, kwg_add(fd, 3));
	EXPECT_EQ(0, kwg_done(fd, 2));
	snprintf(row, sizeof(row), " counted %36d %12d %11d %12d\n", 3, 2, 3, 0);
	EXPECT_EQ(1, lines_with(DEBUGFS "totals", row));
	EXPECT_EQ(0, kwg_done(fd, 1));
	snprintf(row, sizeof(row), " counted %36d %12d %11d %12d\n", 3, 3, 3, 1);
	EXPECT_EQ(1, lines_with(DEBUGFS "totals", row));
	EXPECT_EQ(0, param_set("accounting", "0"));
	close(fd);
}

TEST_HARNESS_MAIN
