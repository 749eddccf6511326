// SPDX-License-Identifier: GPL-2.0
/*
 * Scenarios, each in a process of its own, as many at a time as there are
 * processors: one that fails, or that AddressSanitizer ends, is only one.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sanitizer/common_interface_defs.h>

#include "runs.h"

#define MAX_RUNS	256
#define MAX_SECONDS	10	/* of an execution, which takes microseconds */

static struct run {
	const struct scenario *scenario;
	pid_t pid;
	bool ended;
	int status;
	FILE *output;
	double began, took;	/* ms */
	struct search *search;	/* shared with the process */
} runs[MAX_RUNS];
static unsigned int nr_runs;

const struct scenario *runs_find(const char *name)
{
	const struct scenario *s;

	for (s = ex_scenarios; s; s = s->next)
		if (!strcmp(s->name, name))
			return s;
	fprintf(stderr, "no scenario %s; see: explore --list\n", name);
	exit(2);
}

static double ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

/*
 * Each second of the processor's: in a loop of its own nobody comes to a step, and
 * the number of steps is no end.
 */
static void still_in_one(int sig)
{
	static const char text[] = "FAILED: an execution does not end\n";
	static unsigned long long seen;
	static int seconds;

	if (ex_search_now->executions + ex_search_now->states != seen)
		seconds = 0;
	seen = ex_search_now->executions + ex_search_now->states;
	if (++seconds < MAX_SECONDS)
		return;
	(void)!write(STDOUT_FILENO, text, sizeof(text) - 1);
	_exit(1);
}

static void child(struct run *run, const struct runs_options *o)
{
	static const struct itimerval second = { { 1, 0 }, { 1, 0 } };

	dup2(fileno(run->output), STDOUT_FILENO);
	dup2(fileno(run->output), STDERR_FILENO);
	__sanitizer_set_death_callback(ex_print_schedule);
	signal(SIGPROF, still_in_one);
	setitimer(ITIMER_PROF, &second, NULL);
	ex_search_now = run->search;
	ex_search_now->bound = o->bound < 0 ? run->scenario->bound :
					       (unsigned int)o->bound;
	ex_search_now->seconds = o->seconds ?: ex_threads ? 0.2 : 1e9;
	ex_explore(run->scenario);
	fflush(stdout);
	_exit(0);
}

static void start(struct run *run, const struct scenario *s,
		  const struct runs_options *o)
{
	if (!run->search)
		run->search = mmap(NULL, sizeof(*run->search),
				   PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(run->search, 0, sizeof(*run->search));
	run->scenario = s;
	run->ended = false;
	run->output = tmpfile();
	if (!run->output || run->search == MAP_FAILED) {
		perror("explore");
		exit(2);
	}
	run->began = ms();
	fflush(stdout);
	run->pid = fork();
	if (!run->pid)
		child(run, o);
}

/* Waits until any of them has ended. */
static void reap(void)
{
	int status, i;
	pid_t pid = wait(&status);

	for (i = 0; i < MAX_RUNS; i++) {
		if (!runs[i].scenario || runs[i].ended || runs[i].pid != pid)
			continue;
		runs[i].ended = true;
		runs[i].status = status;
		runs[i].took = ms() - runs[i].began;
	}
}

static void print_output(struct run *run)
{
	char line[512];

	rewind(run->output);
	while (fgets(line, sizeof(line), run->output))
		printf("# %s", line);
	fclose(run->output);
}

static bool print_run(struct run *run)
{
	const struct search *s = run->search;
	bool passed = !run->status && s->exhaustive;
	const char *verdict = run->status ? "FAILED" :
			      passed ? "ok" : "NOT EXHAUSTIVE";
	char bound[16] = "all";

	if (s->bound != EX_NO_BOUND)
		snprintf(bound, sizeof(bound), "%u", s->bound);
	printf("%-22s %10llu ", run->scenario->name, s->executions);
	if (!ex_threads)
		printf("%10llu %8u %11s ", s->states, s->longest, bound);
	printf("%8.0f  %s\n", run->took, verdict);
	print_output(run);
	return passed;
}

static unsigned int collect(const struct scenario **wanted, char **names)
{
	const struct scenario *s;
	unsigned int n = 0;

	for (s = ex_scenarios; s && !*names; s = s->next)
		wanted[n++] = s;
	for (; *names; names++)
		wanted[n++] = runs_find(*names);
	return n;
}

int runs_all(const struct runs_options *o, char **names)
{
	const struct scenario *wanted[MAX_RUNS];
	unsigned int n = collect(wanted, names), printed = 0, running = 0;
	/* Threads of one scenario have all of the machine. */
	unsigned int jobs = ex_threads ? 1 : sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int passed = 0;

	printf(ex_threads ? "%-22s %10s %8s\n" :
			    "%-22s %10s %10s %8s %11s %8s\n", "scenario",
	       "executions", ex_threads ? "ms" : "states", "longest",
	       "preemptions", "ms");
	while (printed < n) {
		if (nr_runs < n && running < jobs) {
			start(&runs[nr_runs], wanted[nr_runs], o);
			nr_runs++;
			running++;
			continue;
		}
		reap();
		running--;
		while (printed < nr_runs && runs[printed].ended)
			passed += print_run(&runs[printed++]);
		/* One who notices a seeded bug is enough. */
		if (*kwg_seeded && passed < printed)
			n = nr_runs;
	}
	printf("%u passed, %u failed\n", passed, n - passed);
	return passed != n;
}

/* The first line that says what is wrong. */
static void reason(struct run *run, char *text, size_t size)
{
	char line[512];

	rewind(run->output);
	snprintf(text, size, "?");
	while (fgets(line, sizeof(line), run->output)) {
		char *found = strstr(line, "FAILED: ");

		if (!found)
			found = strstr(line, "ERROR: AddressSanitizer");
		if (!found)
			continue;
		snprintf(text, size, "%.*s", (int)strcspn(found, "\n"), found);
		if (!strncmp(text, "FAILED: ", 8))
			memmove(text, text + 8, strlen(text + 8) + 1);
		break;
	}
	fclose(run->output);
}

static bool kills(const struct scenario *s, const struct runs_options *o,
		  const char *mutant, double began)
{
	struct run *run = &runs[0];
	char text[64];

	start(run, s, o);
	reap();
	if (!run->status) {
		fclose(run->output);
		return false;
	}
	reason(run, text, sizeof(text));
	printf("%-22s %-22s %10llu %8.0f  %s\n", mutant, s->name,
	       run->search->executions, ms() - began, text);
	return true;
}

/*
 * NAME or NAME:SCENARIO, which is asked first. Then all of them with one preemption,
 * which is nearly always enough and takes a second.
 */
static bool hunt(char *name, const struct runs_options *o)
{
	const struct runs_options quick = { .bound = 1 };
	char *hint = strchr(name, ':');
	const struct scenario *first = NULL, *s;
	double began = ms();

	if (hint) {
		*hint++ = '\0';
		first = runs_find(hint);
	}
	kwg_seeded = name;
	if (first && kills(first, o, name, began))
		return true;
	for (s = ex_scenarios; s && !ex_threads; s = s->next)
		if (s != first && kills(s, &quick, name, began))
			return true;
	for (s = ex_scenarios; s; s = s->next)
		if (s != first && kills(s, o, name, began))
			return true;
	printf("%-22s %-22s %10s %8.0f\n", name, "- SURVIVED", "",
	       ms() - began);
	return false;
}

int runs_mutants(const struct runs_options *o, char **names)
{
	unsigned int killed = 0, n = 0;

	printf("%-22s %-22s %10s %8s  %s\n", "mutant", "killed by",
	       "executions", "ms", "how");
	for (; names[n]; n++)
		killed += hunt(names[n], o);
	printf("%u passed, %u failed\n", killed, n - killed);
	return killed != n;
}
