// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz OPERATIONS SEED [PERCENT]: random requests and system calls of several
 * threads on a small set of shared descriptors.
 *
 * PERCENT of the allocations that the fuzzer makes in the kernel fail, on a
 * kernel with CONFIG_FAILSLAB. The seed is printed at the start; with threads it
 * makes the same operations again, in another order. The kernel's own checks
 * find most of what there is to find; the fuzzer looks at errors, counts, states
 * and events, and at the end at what is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "kselftest.h"
#include "user.h"

static bool inject;

/* Allocations of this thread may fail from now on. */
static bool make_it_fail(const char *on)
{
	int fd = open("/proc/thread-self/make-it-fail", O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, on, 1) == 1;

	close(fd);
	return ok;
}

static void *fuzzer_main(void *data)
{
	struct fuzzer *f = data;

	if (inject && !make_it_fail("1")) {
		f->failed = "make-it-fail";
		return NULL;
	}
	while (f->done < f->ops && !f->failed) {
		fuzz_op(f);
		f->done++;
		if (f->speaks && f->done % (f->ops / 10 + 1) == 0)
			ksft_print_msg("thread 0: %ld of %ld\n", f->done, f->ops);
	}
	if (inject)
		make_it_fail("0");
	return NULL;
}

static bool set(const char *name, const char *value)
{
	char path[64];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "/sys/kernel/debug/failslab/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ok = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
	close(fd);
	return ok;
}

/* For those threads only that ask for it, and not a word to the console. */
static bool inject_faults(const char *percent)
{
	return set("task-filter", "Y") && set("ignore-gfp-wait", "N") &&
	       set("verbose", "0") && set("interval", "1") &&
	       set("times", "-1") && set("probability", percent);
}

/* Seeds of threads differ in all bits, and are never 0. */
static uint64_t thread_seed(uint64_t seed, int i)
{
	return (seed + i + 1) * 0x9E3779B97F4A7C15ULL | 1;
}

static bool socket_pair(struct fuzzer *f)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
		return false;
	f->socket = ends[0];
	f->peer = ends[1];
	return true;
}

static bool prepare(struct fuzzer *fuzzers, long ops, uint64_t seed)
{
	char *shared = guarded_page();
	int i, device = open_device();

	if (dup2(device, FUZZ_FIRST - 1) < 0)
		return false;
	close(device);
	for (i = 0; i < FUZZ_THREADS; i++) {
		fuzzers[i].seed = seed;
		fuzzers[i].state = thread_seed(seed, i);
		fuzzers[i].ops = ops / FUZZ_THREADS;
		fuzzers[i].page = guarded_page();
		fuzzers[i].shared = shared;
		fuzzers[i].epoll = epoll_create1(EPOLL_CLOEXEC);
		if (fuzzers[i].epoll < 0 || !socket_pair(&fuzzers[i]))
			return false;
	}
	return true;
}

static void run(struct fuzzer *fuzzers)
{
	pthread_t threads[FUZZ_THREADS];
	int i;

	for (i = 0; i < FUZZ_THREADS; i++)
		if (pthread_create(&threads[i], NULL, fuzzer_main, &fuzzers[i]))
			fuzzers[i].failed = "pthread_create";
	for (i = 0; i < FUZZ_THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void close_all(struct fuzzer *fuzzers)
{
	int i;

	for (i = 0; i < FUZZ_THREADS; i++) {
		fuzz_model_end(&fuzzers[i]);
		close(fuzzers[i].epoll);
		close(fuzzers[i].socket);
		close(fuzzers[i].peer);
	}
	for (i = -1; i < FUZZ_SLOTS; i++)
		close(FUZZ_FIRST + i);
}

/* Prints what each thread did and returns whether all was well. */
static bool report(const struct fuzzer *fuzzers, long *done, long *succeeded)
{
	bool ok = true;
	int i;

	for (i = 0; i < FUZZ_THREADS; i++) {
		const struct fuzzer *f = &fuzzers[i];

		*done += f->done;
		*succeeded += f->succeeded;
		if (!f->failed)
			continue;
		ok = false;
		ksft_print_msg("thread %d, operation %ld: %s (%#lx); seed %llu\n",
			       i, f->done, f->failed, f->detail,
			       (unsigned long long)f->seed);
	}
	return ok;
}

int main(int argc, char **argv)
{
	struct fuzzer fuzzers[FUZZ_THREADS] = {};
	long ops = argc > 1 ? atol(argv[1]) : 200000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	long done = 0, succeeded = 0, groups;
	bool ok;

	ksft_print_header();
	ksft_set_plan(3);
	inject = argc > 3 && atoi(argv[3]);
	ksft_print_msg("seed %llu, %ld operations, %s%% of allocations fail\n",
		       (unsigned long long)seed, ops, inject ? argv[3] : "0");
	groups = stat_of("groups_registered");
	if (!prepare(fuzzers, ops, seed) || (inject && !inject_faults(argv[3])))
		ksft_exit_fail_msg("cannot prepare: %s\n", strerror(errno));

	fuzzers[0].speaks = true;
	run(fuzzers);
	if (inject)
		set("probability", "0");
	ok = report(fuzzers, &done, &succeeded);
	ksft_test_result(ok && done == ops / FUZZ_THREADS * FUZZ_THREADS,
			 "%ld operations, seed %llu\n", done,
			 (unsigned long long)seed);
	/* A fuzzer that is always refused looks at nothing. */
	ksft_test_result(succeeded > done / 50, "%ld requests succeeded\n", succeeded);
	close_all(fuzzers);
	ksft_test_result(groups >= 0 && stat_of("groups_registered") == groups,
			 "no group is left\n");
	ksft_finished();
}
