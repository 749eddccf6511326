// SPDX-License-Identifier: GPL-2.0
/*
 * bench [ROUNDS]: what a group costs user space, next to an eventfd and to a
 * wait group of user space on a futex. Rounds are interleaved, so what disturbs
 * the machine disturbs all; figures are medians, and in an emulated machine only
 * their ratios mean something.
 *
 *	pair		a member comes and goes, nobody waits
 *	round trip	two threads wake each other in turn
 */
#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user.h"

#define PAIRS		4000
#define TRIPS		1000
#define ROUNDS_MAX	101

/* Two of each: one for each direction. */
static int groups[2];
static int eventfds[2];
static atomic_int futexes[2];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void check(int err, const char *what)
{
	if (err) {
		errno = -err;
		die(what);
	}
}

static void group_add(int i)
{
	check(kwg_add(groups[i], 1), "ADD");
}

static void group_done(int i)
{
	check(kwg_done(groups[i], 1), "DONE");
}

static void group_wait(int i)
{
	check(kwg_wait(groups[i]), "WAIT");
}

/* An eventfd has no members to add: its read is the wait, its write the done. */
static void eventfd_add(int i)
{
	(void)i;
}

static void eventfd_done(int i)
{
	uint64_t one = 1;

	if (write(eventfds[i], &one, sizeof(one)) != sizeof(one))
		die("write");
}

static void eventfd_wait(int i)
{
	uint64_t n;

	if (read(eventfds[i], &n, sizeof(n)) != sizeof(n))
		die("read");
}

static void futex_add(int i)
{
	atomic_fetch_add_explicit(&futexes[i], 1, memory_order_relaxed);
}

/* As good as it gets without knowing whether anybody sleeps. */
static void futex_done(int i)
{
	if (atomic_fetch_sub(&futexes[i], 1) == 1)
		syscall(SYS_futex, &futexes[i], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void futex_wait(int i)
{
	int n;

	while ((n = atomic_load(&futexes[i])))
		syscall(SYS_futex, &futexes[i], FUTEX_WAIT_PRIVATE, n, NULL, NULL, 0);
}

static struct kind {
	const char *name;
	void (*add)(int i);
	void (*done)(int i);
	void (*wait)(int i);
	/* Nanoseconds of one, in each round. */
	double pair[ROUNDS_MAX];
	double trip[ROUNDS_MAX];
} kinds[] = {
	{ "/dev/kwaitgroup", group_add, group_done, group_wait, {}, {} },
	{ "eventfd", eventfd_add, eventfd_done, eventfd_wait, {}, {} },
	{ "futex in user space", futex_add, futex_done, futex_wait, {}, {} },
};

#define NR_KINDS	ARRAY_SIZE(kinds)

static double measure_pairs(const struct kind *kind)
{
	uint64_t start = kwg_now();
	int i;

	for (i = 0; i < PAIRS; i++) {
		kind->add(0);
		kind->done(0);
		/* An eventfd's count is taken by its read. */
		if (kind->wait == eventfd_wait)
			kind->wait(0);
	}
	return (double)(kwg_now() - start) / PAIRS;
}

/* Arms the next round before it answers the last one. */
static void *partner(void *data)
{
	const struct kind *kind = data;
	int i;

	for (i = 0; i < TRIPS; i++) {
		kind->wait(0);
		kind->add(0);
		kind->done(1);
	}
	return NULL;
}

static double measure_trips(struct kind *kind)
{
	pthread_t thread;
	uint64_t start;
	double ns;
	int i;

	kind->add(0);
	check(-pthread_create(&thread, NULL, partner, kind), "pthread_create");
	start = kwg_now();
	for (i = 0; i < TRIPS; i++) {
		kind->add(1);
		kind->done(0);
		kind->wait(1);
	}
	ns = (double)(kwg_now() - start) / TRIPS;
	pthread_join(thread, NULL);
	kind->done(0);
	/* What the last done left in the eventfd. */
	if (kind->wait == eventfd_wait)
		kind->wait(0);
	return ns;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}

static void print_table(int rounds)
{
	double pair, trip, group_pair = 0, group_trip = 0;
	unsigned int i;

	printf("%-20s %10s %7s %14s %7s\n", "", "pair", "ratio", "round trip",
	       "ratio");
	for (i = 0; i < NR_KINDS; i++) {
		pair = median(kinds[i].pair, rounds);
		trip = median(kinds[i].trip, rounds);
		if (!i) {
			group_pair = pair;
			group_trip = trip;
		}
		printf("%-20s %7.0f ns %7.2f %11.0f ns %7.2f\n", kinds[i].name,
		       pair, group_pair / pair, trip, group_trip / trip);
	}
	printf("Medians of %d rounds; ratio: /dev/kwaitgroup to this one.\n", rounds);
}

int main(int argc, char **argv)
{
	int i, rounds = argc > 1 ? atoi(argv[1]) : 15;
	unsigned int k;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "bench: 1 to %d rounds\n", ROUNDS_MAX);
		return 1;
	}
	for (i = 0; i < 2; i++) {
		groups[i] = kwg_create("bench", 0);
		check(groups[i] < 0 ? groups[i] : 0, "CREATE");
		eventfds[i] = eventfd(0, 0);
		if (eventfds[i] < 0)
			die("eventfd");
	}
	for (i = 0; i < rounds; i++) {
		for (k = 0; k < NR_KINDS; k++)
			kinds[k].pair[i] = measure_pairs(&kinds[k]);
		for (k = 0; k < NR_KINDS; k++)
			kinds[k].trip[i] = measure_trips(&kinds[k]);
	}
	print_table(rounds);
	return 0;
}
