// SPDX-License-Identifier: GPL-2.0
/*
 * Which schedules there are: all of them that matter, one after the other.
 *
 * Stateless, as nobody can copy the state of C: an execution repeats what the one
 * before did, up to the last choice that has an alternative left, and takes that.
 *
 * Two schedules that differ in the order of steps which do not touch the same
 * object lead to the same state. So a state is known by what happened before what
 * in it, of which a hash is kept, and no schedule goes on in a state that was seen
 * before. (Musuvathi and Qadeer, "Partial-order reduction for context-bounded
 * state exploration", 2007.) What the next step of each task is about is known
 * before it is made, so not even one execution is needed to find that out.
 *
 * A preemption takes a turn from a task that could go on. With a bound on them a
 * state is another one if it has fewer of them left, or if another task has the
 * turn. (Musuvathi and Qadeer, "Iterative context bounding", 2007: nearly all bugs
 * need two or three.) To go on where somebody sleeps, spins or has ended is free.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "explorer.h"

#define MAX_DEPTH	8192
#define MAX_STATES	(16 << 20)
/* So much processor time, in seconds, no step takes. */
#define HANG_SECONDS	3

/* A choice: who was taken, and who is left. */
struct node {
	uint8_t slot, used, nr;
	uint8_t alternative[EX_SLOTS], alternative_used[EX_SLOTS];
	uint64_t key[EX_SLOTS];
};

struct search *ex_search_now;
const bool ex_threads;

static struct node nodes[MAX_DEPTH];
static unsigned int depth, prefix;
static uint64_t hash;

/* States that were seen, with the most preemptions that were left there. */
static struct seen {
	uint64_t key;
	uint8_t left;
} *seen;
static size_t seen_size, seen_nr;

static struct seen *seen_at(uint64_t key)
{
	size_t i = key & (seen_size - 1);

	while (seen[i].key && seen[i].key != key)
		i = (i + 1) & (seen_size - 1);
	return &seen[i];
}

static void seen_reset(size_t size)
{
	free(seen);
	seen = calloc(size, sizeof(*seen));
	if (!seen)
		ex_fail("no memory for %zu states", size);
	seen_size = size;
	seen_nr = 0;
}

static void seen_grow(void)
{
	struct seen *old = seen;
	size_t size = seen_size, i;

	if (size > MAX_STATES)
		ex_fail("more than %d states", MAX_STATES);
	seen = NULL;
	seen_reset(2 * size);
	for (i = 0; i < size; i++)
		if (old[i].key) {
			*seen_at(old[i].key) = old[i];
			seen_nr++;
		}
	free(old);
}

static unsigned int left(unsigned int used)
{
	return ex_search_now->bound == EX_NO_BOUND ? 0 : ex_search_now->bound - used;
}

static bool is_seen(uint64_t key, unsigned int used)
{
	const struct seen *s = seen_at(key);

	return s->key && s->left >= left(used);
}

static void see(uint64_t key, unsigned int used)
{
	struct seen *s = seen_at(key);

	if (!s->key)
		seen_nr++;
	s->key = key;
	s->left = left(used);
	if (seen_nr > seen_size / 2)
		seen_grow();
}

/* The state after the next step of a task. */
static uint64_t key_after(const struct task *t)
{
	uint64_t key = hash + ex_hash_of(t);

	if (ex_search_now->bound != EX_NO_BOUND)
		key += (t->slot + 1) * 0x9e3779b97f4a7c15ULL;
	return key ? key : 1;
}

/* Takes the newest alternative of a node that leads to a new state. */
static bool take(struct node *n)
{
	while (n->nr) {
		n->nr--;
		if (is_seen(n->key[n->nr], n->alternative_used[n->nr]))
			continue;
		n->slot = n->alternative[n->nr];
		n->used = n->alternative_used[n->nr];
		see(n->key[n->nr], n->used);
		return true;
	}
	return false;
}

static void offer(struct node *n, const struct task *t, unsigned int used)
{
	uint64_t key;

	if (ex_search_now->bound == EX_NO_BOUND)
		used = 0;
	if (used > ex_search_now->bound)
		return;
	key = key_after(t);
	if (is_seen(key, used))
		return;
	n->alternative[n->nr] = t->slot;
	n->alternative_used[n->nr] = used;
	n->key[n->nr++] = key;
}

/* Who may be next; the one who has the turn last, so that it goes on. */
static void extend(struct node *n)
{
	const struct task *now = depth ? &ex_tasks[nodes[depth - 1].slot] : NULL;
	unsigned int used = depth ? nodes[depth - 1].used : 0;
	bool preempts = now && ex_enabled(now), any = preempts;
	int i;

	n->nr = 0;
	for (i = EX_SLOTS - 1; i >= 0; i--) {
		if (&ex_tasks[i] == now || !ex_enabled(&ex_tasks[i]))
			continue;
		any = true;
		offer(n, &ex_tasks[i], used + preempts);
	}
	if (preempts)
		offer(n, now, used);
	if (!any)
		ex_outcome(ENDED);
	if (!take(n))
		ex_outcome(KNOWN);
}

/* Whose turn it is. Does not return if the execution ends here. */
int ex_decide(void)
{
	if (ex_replaying)
		return ex_replay_next();
	if (depth == MAX_DEPTH)
		ex_fail("an execution of more than %d steps", depth);
	if (depth >= prefix)
		extend(&nodes[depth]);
	if (depth >= ex_search_now->longest)
		ex_search_now->longest = depth + 1;
	return nodes[depth++].slot;
}

void ex_recorded(uint64_t step)
{
	hash += step;
}

static enum outcome run(const struct scenario *s)
{
	enum outcome outcome;

	depth = 0;
	hash = 0;
	ex_fibres_reset();
	ex_calls_reset();
	ex_memory_reset();
	ex_restore();
	ex_watch_reset();
	ex_report_reset();
	s->setup();
	outcome = ex_fibres_run();
	if (outcome == ENDED) {
		ex_report_end();
		if (s->end)
			s->end();
		ex_leftovers();
	}
	return outcome;
}

/* The next schedule: another choice, as late as possible. */
static bool backtrack(void)
{
	for (prefix = depth; prefix; prefix--)
		if (take(&nodes[prefix - 1]))
			return true;
	return false;
}

/* By the processor's time: a slow machine is no failure. */
static void tick(int signal)
{
	static unsigned long long before;

	if (before == ex_search_now->executions && ex_running)
		ex_fail("%s does not end, without a step", ex_running->name);
	before = ex_search_now->executions;
}

static void watch_for_hangs(void)
{
	const struct itimerval often = {
		.it_interval.tv_sec = HANG_SECONDS,
		.it_value.tv_sec = HANG_SECONDS,
	};

	signal(SIGVTALRM, tick);
	setitimer(ITIMER_VIRTUAL, &often, NULL);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void begin(void)
{
	seen_reset(1 << 12);
	prefix = 0;
	ex_search_now->states = 0;
	ex_search_now->longest = 0;
}

/* All schedules of a scenario, as far as the time allows. */
void ex_explore(const struct scenario *s)
{
	double end = now() + ex_search_now->seconds;

	ex_clocks_reset();
	ex_snapshot();
	watch_for_hangs();
	begin();
	for (;;) {
		enum outcome outcome = run(s);

		ex_search_now->executions++;
		ex_search_now->states = seen_nr;
		if (outcome == RESTART) {
			ex_search_now->restarts++;
			begin();
		} else if (!backtrack()) {
			ex_search_now->exhaustive = true;
			return;
		} else if (ex_search_now->executions % 64 == 0 && now() > end) {
			return;
		}
	}
}

/* One schedule, step by step. */
void ex_replay(const struct scenario *s, const char *schedule)
{
	ex_snapshot();
	ex_replay_read(schedule);
	ex_replaying = true;
	run(s);
}
