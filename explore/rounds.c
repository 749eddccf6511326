// SPDX-License-Identifier: GPL-2.0
/* With threads: round after round of a scenario, and what one of them leaves. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runs.h"
#include "threads.h"

#define MAX_BLOCKS	64
#define MAX_EXPECTED	8

/* So many rounds there are however slow the machine is. */
#define MIN_ROUNDS	20

/* A round that takes longer than this hangs. */
#define HANG_SECONDS	60

const bool ex_threads = true;
struct search *ex_search_now;

/* Memory: what is freed is written to, and given back when the round is over. */
static struct block {
	struct block *next;
	size_t size;
} *blocks;

static struct expected {
	const char *warning;
	unsigned int min, max, seen;
} expected[MAX_EXPECTED];
static unsigned int nr_expected;

void *ex_alloc(size_t size)
{
	struct block *b = calloc(1, sizeof(*b) + size);

	if (!b)
		ex_fail("no memory");
	b->size = size;
	b->next = __atomic_load_n(&blocks, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&blocks, &b->next, b, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	return b + 1;
}

void ex_free(const void *p)
{
	memset((void *)p, 0x5a, ((const struct block *)p - 1)->size);
}

/* ThreadSanitizer knows of no grace periods: not before the round is over. */
void ex_free_later(const void *p)
{
}

void *ex_alloc_at(void *p)
{
	memset(p, 0, ((const struct block *)p - 1)->size);
	return p;
}

static void free_blocks(void)
{
	struct block *b;

	while ((b = blocks)) {
		blocks = b->next;
		free(b);
	}
}

/* S1 is for the explorer: here nobody knows in which order things were. */

void ex_watch(const volatile void *p)
{
}

void ex_wait_begins(const volatile void *p)
{
}

bool ex_wait_had_zero(void)
{
	return true;
}

void ex_frames_end(void)
{
}

void ex_fail(const char *fmt, ...)
{
	va_list args;

	printf("FAILED: ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

void ex_expect(const char *warning, unsigned int min, unsigned int max)
{
	if (nr_expected == MAX_EXPECTED)
		ex_fail("more than %d warnings are expected", MAX_EXPECTED);
	expected[nr_expected++] = (struct expected) {
		.warning = warning, .min = min, .max = max,
	};
}

void ex_warn(const char *fmt, ...)
{
	char text[256];
	va_list args;
	unsigned int i;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (i = 0; i < nr_expected; i++)
		if (strstr(text, expected[i].warning) &&
		    __atomic_fetch_add(&expected[i].seen, 1,
				       __ATOMIC_RELAXED) < expected[i].max)
			return;
	ex_fail("%s", text);
}

unsigned int ex_warnings(const char *warning)
{
	unsigned int i;

	for (i = 0; i < nr_expected; i++)
		if (!strcmp(expected[i].warning, warning))
			return expected[i].seen;
	return 0;
}

static void hangs(int signal)
{
	static const char text[] =
		"FAILED: no end: a wake-up was lost, or a lock is not unlocked\n";

	if (write(STDOUT_FILENO, text, sizeof(text) - 1) > 0)
		_exit(1);
	_exit(2);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void ex_explore(const struct scenario *s)
{
	double end = now() + ex_search_now->seconds;
	unsigned int i;

	ex_snapshot();
	signal(SIGALRM, hangs);
	do {
		alarm(HANG_SECONDS);
		ex_restore();
		nr_expected = 0;
		threads_round(s);
		for (i = 0; i < nr_expected; i++)
			if (expected[i].seen < expected[i].min)
				ex_fail("warned %u times of %s, not %u",
					expected[i].seen, expected[i].warning,
					expected[i].min);
		free_blocks();
		ex_search_now->executions++;
	} while (now() < end || ex_search_now->executions < MIN_ROUNDS);
	ex_search_now->exhaustive = true;
}

void ex_replay(const struct scenario *s, const char *schedule)
{
	ex_fail("threads have no schedule");
}

void ex_print_schedule(void)
{
}

const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "halt_on_error=1:exitcode=66:report_signal_unsafe=0";
}
