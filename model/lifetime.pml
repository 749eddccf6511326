/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lifetime: who may still be where when the owner frees the group and reuses
 * its address.
 *
 *   generation 0   the count starts at MEMBERS
 *	Member	 x MEMBERS	done
 *	Late	 x LATES	add, then done or never: before, between and
 *				after the waits of the others
 *	Waiter	 x WAITERS - 1	wait; patient, or aborts at any moment
 *	Owner			wait, wait; free when all of them have left
 *   generation 1   the same address, the count starts at 1
 *	Newcomer		done
 *	Waiter	 x WAITERS - 1	wait, as before
 *	Owner			wait; free when the others have left
 *
 * A member "has left" with its decrement: its wake may be delayed for as long
 * as it likes, into the next generation and past the last free.
 */
#ifndef MEMBERS
#define MEMBERS 3
#endif
#ifndef LATES
#define LATES 2
#endif
#ifndef WAITERS
#define WAITERS 2		/* the owner is one of them */
#endif
#define OWNER	0

#include "core.pml"

/* Who is patient rests.  For one wake-up in BATCHES they are of one kind. */
#ifdef BATCHES
#define RESTS(impatient)	false
#else
#define RESTS(impatient)	!(impatient)
#endif

/* With SLOTS, each done may also come in an NMI, and wakes by way of an array. */
#ifdef SLOTS
#include "deferred.pml"
#define KWG_DONE(g, left) \
	if \
	:: kwg_done(g, left) \
	:: kwg_done_in_nmi(g, left) \
	fi
#else
#define KWG_DONE(g, left)	kwg_done(g, left)
#endif

/* How many have made their last call for each generation. */
byte members_left, lates_left, newcomers_left, waiters_left;

proctype Member() {
	LOCALS;
	KWG_DONE(0, members_left)
}

proctype Late() {
	LOCALS;
	kwg_add(0);
	if
	:: KWG_DONE(0, lates_left)
	:: true		/* S2 has to hold without any further zero */
	fi
}

proctype Newcomer() {
	LOCALS;
end_unborn:
	ghost_alive && ghost_generation == 1;
	KWG_DONE(1, newcomers_left)
}

proctype Waiter(byte me) {
	LOCALS;
	byte turn;
	bool impatient;
	do
	:: turn < 2 ->
end_unborn:	ghost_alive && ghost_generation == turn;
		if
		:: impatient = true
		:: impatient = false
		fi;
		kwg_wait(turn, me, RESTS(impatient), impatient);
		atomic { ret = 0; impatient = false; turn++; waiters_left++ }
	:: else -> break
	od
}

proctype Owner() {
	LOCALS;
	byte turn;
	do
	:: turn < 3 ->
		kwg_wait(turn / 2, OWNER, RESTS(false), false);
		atomic { ret = 0; turn++ }
		if
		:: turn == 2 ->
end_join0:		lates_left == LATES && waiters_left == WAITERS - 1;
			kwg_free();
			kwg_init(1, 1)
		:: else
		fi
	:: else -> break
	od;
	waiters_left == 2 * (WAITERS - 1);
	kwg_free()
}

init {
	byte n;
	atomic {
		kwg_init(0, MEMBERS);
		run Owner();
		run Newcomer();
		n = 1;
		do
		:: n < WAITERS -> run Waiter(n); n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < MEMBERS -> run Member(); n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < LATES -> run Late(); n++
		:: else -> break
		od
	}
}
