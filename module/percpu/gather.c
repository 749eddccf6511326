// SPDX-License-Identifier: GPL-2.0
/*
 * From counters of the CPUs to one word, and back.
 *
 * What the members of a group are is one sum: of its word, and of the counters.
 * An add on one CPU and its done on another leave 1 in the one and -1 in the
 * other. So a counter alone says nothing, and no done can know that it was the
 * last one. A wait has to get all of it into the word first:
 *
 *	A	the word gets KWG_PERCPU_BIAS members more
 *	B	the pointer to the counters is cleared
 *	C	a grace period
 *	D	the counters are added up, and cleared
 *	E	the word gets their sum, and loses the bias, in one operation
 *
 * From B on a done counts in the word, but its add may be in a counter still:
 *
 *	a CPU				the wait
 *	add: a counter is 1
 *					B
 *	done: the word is one less
 *					E: the word gets 1
 *
 * Without A that done would find the word at -1, which is misuse, or at zero,
 * which ends waits. With it the word cannot get there before E, whatever is added
 * and done meanwhile: there are at most KWAITGROUP_PERCPU_MAX members.
 *
 * And a CPU may have read the pointer before B, and write to its counter after it.
 * It does both in a section of RCU, so not after C; without C what it adds would
 * come after D and be lost, or be in the counter when the next wait adds it up:
 *
 *	a CPU				the wait
 *	add: reads the pointer
 *					B, D: the counter is 0
 *	add: the counter is 1
 *					E: the word is zero: the wait returns
 *
 * C also orders what a member wrote before a done in a counter before the end of
 * the wait. For one in the word that is what the release of the word is for.
 *
 * The way back needs none of it: the pointer is set again. Who has read it before
 * counts in the word, who reads it after that in a counter, and the sum is right.
 * The word cannot go below zero from that: each done that counts in the word has
 * read the pointer before the way back, so its add had too, or it is in the word
 * by E.
 */
#include <linux/minmax.h>
#include <linux/uaccess.h>

#include "percpu.h"

#define KWG_PERCPU_BIAS	KWAITGROUP_PERCPU_MAX

/* C */
static void kwg_percpu_grace(const struct kwaitgroup_percpu *g)
{
	if (kwg_mutant(percpu_no_grace))
		return;
	if (g->flags & KWAITGROUP_PERCPU_EXPEDITED)
		synchronize_rcu_expedited();
	else
		synchronize_rcu();
}

/* D */
static long kwg_percpu_collect(struct kwaitgroup_percpu *g)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		long *count = per_cpu_ptr(g->counters, cpu);

		sum += *count;
		if (!kwg_mutant(percpu_counts_twice))
			*count = 0;
	}
	return sum;
}

/*
 * E: returns how many members there are then. If that is not possible the group
 * is broken, with none or as many as can be.
 */
static long kwg_percpu_settle(struct kwaitgroup *wg, long sum, s64 *state)
{
	s64 old = atomic64_read(&wg->state);
	long count, valid;

	if (!kwg_mutant(percpu_no_bias))
		sum -= KWG_PERCPU_BIAS;
	do {
		count = kwg_state_count(old) + sum;
		valid = clamp(count, 0L, (long)KWAITGROUP_PERCPU_MAX);
		*state = (u32)old - valid * KWAITGROUP_ONE;
		if (count != valid && !kwg_mutant(percpu_misuse_unseen))
			*state |= KWAITGROUP_BADFD;
	} while (!atomic64_try_cmpxchg(&wg->state, &old, *state));
	return count;
}

/**
 * kwg_percpu_gather - have everybody count in the word
 * @g: the group; with its lock held
 * @ip: who is to be named if the sum is wrong
 *
 * Context: Process context. May sleep.
 */
void kwg_percpu_gather(struct kwaitgroup_percpu *g, unsigned long ip)
{
	long count;
	s64 state;

	WRITE_ONCE(g->gathering, 1);
	if (!kwg_mutant(percpu_no_bias))
		atomic64_sub(KWG_PERCPU_BIAS * KWAITGROUP_ONE, &g->wg.state);
	/* Who counts in the word has the bias there: with the fence of C. */
	smp_store_release(&g->count, NULL);
	kwg_window(KWG_WINDOW_GATHER);
	kwg_percpu_grace(g);
	count = kwg_percpu_settle(&g->wg, kwg_percpu_collect(g), &state);
	WRITE_ONCE(g->gathering, 0);
	/* Nobody waits but early waiters of a group that is broken now. */
	if (state > 0 && (state & KWAITGROUP_TICKET_MASK))
		kwg_wake(&g->wg, state, ip);
	if (count < 0)
		kwg_misuse(&g->wg, KWG_MISUSE_NEGATIVE,
			   (int)max(count, (long)INT_MIN), ip);
	else if (count > KWAITGROUP_PERCPU_MAX)
		kwg_misuse(&g->wg, KWG_MISUSE_OVERFLOW,
			   (int)min(count, (long)INT_MAX), ip);
}

/* The way back; with the lock held. */
void kwg_percpu_spread(struct kwaitgroup_percpu *g)
{
	if (kwg_mutant(percpu_stays_gathered))
		return;
	/* Pairs with the acquire of kwaitgroup_percpu_try_add(). */
	smp_store_release(&g->count, g->counters);
}

/**
 * kwg_percpu_peek - a look at the count of a group that may be gone
 * @wg: the group inside
 * @count: gets the sum of the word and the counters, not of one moment
 *
 * Context: Any.
 * Return: false if its memory is not there
 */
bool kwg_percpu_peek(const struct kwaitgroup *wg, long *count)
{
	const struct kwaitgroup_percpu *group =
		container_of_const(wg, struct kwaitgroup_percpu, wg);
	struct kwaitgroup_percpu copy;
	long n;
	int cpu;

	if (copy_from_kernel_nofault(&copy, group, sizeof(copy)))
		return false;
	*count = kwg_state_count(atomic64_read(&copy.wg.state));
	/* A wait begins: what is in counters is not in the word yet, but the bias. */
	if (copy.gathering)
		copy.count = copy.counters;
	if (copy.gathering && *count >= KWG_PERCPU_BIAS / 2)
		*count -= KWG_PERCPU_BIAS;
	if (!copy.count)
		return true;
	for_each_possible_cpu(cpu) {
		if (copy_from_kernel_nofault(&n, per_cpu_ptr(copy.count, cpu), sizeof(n)))
			return false;
		*count += n;
	}
	return true;
}
