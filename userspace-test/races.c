// SPDX-License-Identifier: GPL-2.0
/*
 * A descriptor that is closed while somebody uses it, and the same requests at
 * the same time. Threads meet at a barrier before each round. RACE_MS in the
 * environment chooses for how many milliseconds; how many rounds that makes is
 * the machine's business, and no less than a few.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "user.h"

#define ROUNDS_MIN	20

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static long race_ms(void)
{
	const char *text = getenv("RACE_MS");

	return text ? atol(text) : 1000;
}

/* Two threads, and what they do to one group. */
struct duel {
	pthread_barrier_t start;
	pthread_barrier_t end;
	int group;
	int member;
	bool over;
	int (*other)(struct duel *d);
	int result;		/* of other */
};

static void *duel_main(void *data)
{
	struct duel *d = data;

	for (;;) {
		pthread_barrier_wait(&d->start);
		if (d->over)
			return NULL;
		d->result = d->other(d);
		pthread_barrier_wait(&d->end);
	}
}

/*
 * Runs @one and @other at the same time, each round with a new group of one
 * member. @judge sees both results; it and the two close what is open. Returns
 * in how many rounds it was not content, or -1; @rounds is how many there were.
 */
static int duel_counted(int (*one)(struct duel *d),
			int (*other)(struct duel *d),
			bool (*judge)(struct duel *d, int one, int other),
			int *rounds)
{
	struct duel d = { .other = other };
	long end = now_ms() + race_ms();
	int result, bad = 0;
	pthread_t thread;

	pthread_barrier_init(&d.start, NULL, 2);
	pthread_barrier_init(&d.end, NULL, 2);
	if (pthread_create(&thread, NULL, duel_main, &d))
		return -1;
	for (*rounds = 0; *rounds < ROUNDS_MIN || now_ms() < end; ++*rounds) {
		d.group = kwg_create("duel", 0);
		d.member = kwg_join(d.group, 0);
		pthread_barrier_wait(&d.start);
		result = one(&d);
		pthread_barrier_wait(&d.end);
		bad += !judge(&d, result, d.result);
	}
	d.over = true;
	pthread_barrier_wait(&d.start);
	pthread_join(thread, NULL);
	ksft_print_msg("%d rounds\n", *rounds);
	return bad;
}

static int duel(int (*one)(struct duel *d), int (*other)(struct duel *d),
		bool (*judge)(struct duel *d, int one, int other))
{
	int rounds;

	return duel_counted(one, other, judge, &rounds);
}

static int close_group(struct duel *d)
{
	return close(d->group) ? -errno : 0;
}

static int close_member(struct duel *d)
{
	return close(d->member) ? -errno : 0;
}

static int finish_member(struct duel *d)
{
	return kwg_done(d->member, 1);
}

static int wait_group(struct duel *d)
{
	return kwg_wait(d->group);
}

static int poll_group(struct duel *d)
{
	struct pollfd p = { .fd = d->group, .events = POLLIN };

	return poll(&p, 1, -1) == 1 ? p.revents : -errno;
}

static int add_one(struct duel *d)
{
	return kwg_add(d->group, 1);
}

static int shut(struct duel *d)
{
	return kwg_shut(d->group);
}

static bool both_closed(struct duel *d)
{
	return !close(d->member) && !close(d->group);
}

/* A wait that has begun ends by the done; one that comes too late has no fd. */
static bool wait_then_closed(struct duel *d, int closed, int waited)
{
	(void)d;
	return !closed && (!waited || waited == -EBADF);
}

static int finish_and_close(struct duel *d)
{
	if (kwg_done(d->member, 1))
		return -1;
	return close_member(d) ?: close_group(d);
}

TEST(close_of_the_group_against_wait)
{
	EXPECT_EQ(0, duel(finish_and_close, wait_group, wait_then_closed));
}

static bool poll_then_closed(struct duel *d, int closed, int seen)
{
	(void)d;
	return !closed && (seen == POLLIN || seen == POLLNVAL);
}

TEST(close_of_the_group_against_poll)
{
	EXPECT_EQ(0, duel(finish_and_close, poll_group, poll_then_closed));
}

/* Either the member had finished, or it died: nothing in between. */
static bool finished_or_died(struct duel *d, int closed, int finished)
{
	int waited = kwg_wait_until(d->group, 0);

	close(d->group);
	if (closed)
		return false;
	if (!finished)
		return !waited;
	return finished == -EBADF && waited == -EOWNERDEAD;
}

TEST(close_of_a_member_against_its_done)
{
	EXPECT_EQ(0, duel(close_member, finish_member, finished_or_died));
}

static bool wait_saw_death(struct duel *d, int closed, int waited)
{
	return !closed && waited == -EOWNERDEAD && !count_of(d->group) &&
	       !close(d->group);
}

TEST(close_of_a_member_against_wait)
{
	EXPECT_EQ(0, duel(close_member, wait_group, wait_saw_death));
}

static bool poll_saw_death(struct duel *d, int closed, int seen)
{
	return !closed && seen > 0 && seen & POLLERR && !count_of(d->group) &&
	       !close(d->group);
}

TEST(close_of_a_member_against_poll)
{
	EXPECT_EQ(0, duel(close_member, poll_group, poll_saw_death));
}

static bool finished_once(struct duel *d, int one, int other)
{
	return (one == 0) + (other == 0) == 1 &&
	       (one == -ERANGE) + (other == -ERANGE) == 1 &&
	       !kwg_wait_until(d->group, 0) && both_closed(d);
}

TEST(two_dones_of_a_member)
{
	EXPECT_EQ(0, duel(finish_member, finish_member, finished_once));
}

static bool woken(struct duel *d, int finished, int waited)
{
	return !finished && !waited && both_closed(d);
}

TEST(done_against_wait)
{
	EXPECT_EQ(0, duel(finish_member, wait_group, woken));
}

static bool seen(struct duel *d, int finished, int events)
{
	return !finished && events == POLLIN && both_closed(d);
}

TEST(done_against_poll)
{
	EXPECT_EQ(0, duel(finish_member, poll_group, seen));
}

/* An add that succeeded was before the close, and it counts. */
static bool in_or_out(struct duel *d, int closed, int added)
{
	unsigned int count = count_of(d->group);
	bool in = added == 0;

	if (closed || (!in && added != -ESHUTDOWN) || count != 1U + in)
		return false;
	return !kwg_done(d->member, 1) && (!in || !kwg_done(d->group, 1)) &&
	       both_closed(d);
}

TEST(close_to_newcomers_against_add)
{
	EXPECT_EQ(0, duel(shut, add_one, in_or_out));
}

/* Both close the last copies: of the member, and of the group. */
static bool gone(struct duel *d, int one, int other)
{
	(void)d;
	return !one && !other;
}

TEST(close_of_the_group_against_close_of_a_member)
{
	long groups = stat_of("groups_registered");
	long died = stat_of("misuse_member_died");
	int rounds;

	EXPECT_EQ(0, duel_counted(close_group, close_member, gone, &rounds));
	EXPECT_EQ(groups, stat_of("groups_registered"));
	EXPECT_EQ(died + rounds, stat_of("misuse_member_died"));
}

TEST_HARNESS_MAIN
