// SPDX-License-Identifier: GPL-2.0
/*
 * Zeros: whether a count was zero while a task was in a wait. Not by the clock of
 * this execution, which is one of many that are the same to all tasks, but by what
 * happens before what: a zero is within a wait if it is before its end and not
 * before its beginning, its first look at the word.
 */
#include "explorer.h"

#define MAX_ZEROS	64
#define MAX_WORDS	16

static struct zero {
	const volatile void *p;
	uint8_t slot;
	uint16_t at;
} zeros[MAX_ZEROS];
static const volatile void *words[MAX_WORDS];
static unsigned int nr_zeros, nr_words;

void ex_watch_reset(void)
{
	nr_zeros = 0;
	nr_words = 0;
}

static bool is_watched(const volatile void *p)
{
	unsigned int i;

	for (i = 0; i < nr_words; i++)
		if (words[i] == p)
			return true;
	return false;
}

void ex_watch(const volatile void *p)
{
	if (is_watched(p))
		return;
	if (nr_words == MAX_WORDS)
		ex_fail("more than %d words are watched", MAX_WORDS);
	words[nr_words++] = p;
}

void ex_wait_begins(const volatile void *p)
{
	ex_running->watch = p;
	ex_running->watch_begins = true;
}

/* A marked access, and what the value is then. */
void ex_watch_access(const volatile void *p, unsigned long long value,
		     bool write)
{
	struct task *t = ex_running;

	if (t->watch_begins && t->watch == p) {
		t->watch_begins = false;
		t->watch_from = nr_zeros;
		t->watch_zero = ex_is_zero(value);
	}
	if (!write || !is_watched(p) || !ex_is_zero(value))
		return;
	if (nr_zeros == MAX_ZEROS)
		ex_fail("more than %d zeros", MAX_ZEROS);
	/* Of an access that is not visible, the next step tells. */
	zeros[nr_zeros++] = (struct zero) {
		.p = p, .slot = t->slot,
		.at = t->trace.at[t->slot] + !ex_visible((uintptr_t)p),
	};
}

bool ex_wait_had_zero(void)
{
	const struct task *t = ex_running;
	unsigned int i;

	if (t->watch_begins || t->watch_zero)
		return t->watch_zero;
	for (i = t->watch_from; i < nr_zeros; i++)
		if (zeros[i].p == t->watch &&
		    zeros[i].at <= t->trace.at[zeros[i].slot])
			return true;
	return false;
}
