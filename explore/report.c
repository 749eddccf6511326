// SPDX-License-Identifier: GPL-2.0
/*
 * What an execution was: its schedule, in letters, and on request each step.
 *
 * A schedule tells who made how many steps, then who, and so on: a12b3a4. All that
 * is marked in the source is a step here, also where the search had no choice, so
 * that a schedule does not depend on how it was found.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sanitizer/common_interface_defs.h>

#include "explorer.h"

#define MAX_BURSTS	4096
#define MAX_EXPECTED	8
/* What a loop that does not end comes to. */
#define MAX_STEPS	1000000

/* In the order of the slots: tasks, timers, irq_works, work items. */
static const char letters[] = "abcdefghABCDEFGHijklmnopwxyz";

static struct burst {
	uint8_t slot;
	unsigned int steps;
} bursts[MAX_BURSTS], wanted[MAX_BURSTS];
static unsigned int nr_bursts, nr_wanted, next_wanted, nr_steps;

static struct expected {
	const char *warning;
	unsigned int min, max, seen;
} expected[MAX_EXPECTED];
static unsigned int nr_expected;

bool ex_replaying;

void ex_report_reset(void)
{
	nr_bursts = 0;
	nr_steps = 0;
	next_wanted = 0;
	nr_expected = 0;
}

void ex_report_step(const struct task *t)
{
	if (!nr_bursts || bursts[nr_bursts - 1].slot != t->slot) {
		if (nr_bursts == MAX_BURSTS)
			ex_fail("more than %d turns", MAX_BURSTS);
		bursts[nr_bursts++] = (struct burst) { .slot = t->slot };
	}
	bursts[nr_bursts - 1].steps++;
	if (++nr_steps == MAX_STEPS)
		ex_fail("%s does not end", t->name);
	if (!ex_replaying)
		return;
	if (t->op.kind == OP_TIMER)
		printf("%c  %-12s its timer fires\n", letters[t->slot], t->name);
	else if (t->op.kind == OP_START)
		printf("%c  %-12s begins\n", letters[t->slot], t->name);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* In a replay: what the running task has just done. */
void ex_trace(const struct ex_site *site, unsigned long long value)
{
	const struct task *t = ex_running;
	char where[64];

	if (!ex_replaying)
		return;
	snprintf(where, sizeof(where), "%s:%d", base_name(site->file),
		 site->line);
	printf("%c  %-12s %-20s %-22s %s", letters[t->slot], t->name, where,
	       site->func, site->what);
	printf(value > 9 ? " = %#llx\n" : " = %llu\n", value);
}

void ex_print_schedule(void)
{
	unsigned int i;

	printf("schedule: ");
	for (i = 0; i < nr_bursts; i++)
		printf("%c%u", letters[bursts[i].slot], bursts[i].steps);
	printf("\n");
	fflush(stdout);
}

void ex_fail(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	printf("FAILED: ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	ex_print_schedule();
	_exit(1);
}

static const char *symbol(const void *pc, char *buf, size_t size)
{
	__sanitizer_symbolize_pc((void *)pc, "%f %S", buf, size);
	return buf;
}

void ex_report_race(uintptr_t p, const void *pc, const void *other_pc)
{
	char now[256], before[256];

	fflush(stdout);
	__sanitizer_print_stack_trace();
	ex_fail("data race at %#lx: %s, after %s, and no order between them", p,
		symbol(pc, now, sizeof(now)),
		symbol(other_pc, before, sizeof(before)));
}

/* Warnings: none, but for those that a scenario expects. */

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
		    expected[i].seen < expected[i].max) {
			expected[i].seen++;
			return;
		}
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

static void end_of_task(const struct task *t)
{
	if (!t->used || t->op.kind == OP_TIMER || t->finished ||
	    (t->call && !t->call->pending && !t->started))
		return;
	if (t->op.kind == OP_SLEEP)
		ex_fail("%s sleeps for ever: a wake-up was lost", t->name);
	if (t->op.kind == OP_LOCK)
		ex_fail("%s spins for ever: %s", t->name, t->op.site->what);
	if (!t->started)
		ex_fail("%s can never begin", t->name);
	ex_fail("%s waits for ever: %s", t->name, t->op.site->what);
}

/* Nobody can take a step: those who sleep, sleep for ever. */
void ex_report_end(void)
{
	unsigned int i;

	ex_running = NULL;
	for (i = 0; i < EX_SLOTS; i++)
		end_of_task(&ex_tasks[i]);
	for (i = 0; i < nr_expected; i++)
		if (expected[i].seen < expected[i].min)
			ex_fail("warned %u times of %s, not %u",
				expected[i].seen, expected[i].warning,
				expected[i].min);
}

/* Replay */

void ex_replay_read(const char *schedule)
{
	const char *letter;
	char *end;

	for (; *schedule; schedule = end) {
		letter = strchr(letters, *schedule);
		if (!letter || nr_wanted == MAX_BURSTS) {
			fprintf(stderr, "not a schedule: %s\n", schedule);
			exit(2);
		}
		wanted[nr_wanted].slot = letter - letters;
		wanted[nr_wanted++].steps = strtoul(schedule + 1, &end, 10);
	}
}

/* After the schedule it goes on as it comes. */
static int any_slot(void)
{
	int i;

	if (nr_bursts && ex_enabled(&ex_tasks[bursts[nr_bursts - 1].slot]))
		return bursts[nr_bursts - 1].slot;
	for (i = 0; i < EX_SLOTS; i++)
		if (ex_enabled(&ex_tasks[i]))
			return i;
	ex_outcome(ENDED);
}

int ex_replay_next(void)
{
	struct burst *b = &wanted[next_wanted];

	if (next_wanted == nr_wanted)
		return any_slot();
	if (!ex_enabled(&ex_tasks[b->slot]))
		ex_fail("the schedule does not fit: %c cannot go on here",
			letters[b->slot]);
	if (!--b->steps)
		next_wanted++;
	return b->slot;
}
