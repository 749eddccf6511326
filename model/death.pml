/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Death: members die, some who wait are told at once and others wait for the
 * rest, and then the owner frees the group and reuses its address.
 *
 *   generation 0   the count starts at MEMBERS
 *	Member	 x MEMBERS	done, or dies
 *	Late	 x LATES	add, then done, or dies, or stays for ever
 *	Owner			wait, early; if it gave an error: reinit, or wait
 *				for the rest, which it also does if reinit fails.
 *				Free when lates and waiters have left: that the
 *				members have, it knows from its wait alone.
 *   generation 1   the same address, the count starts at 1
 *	Newcomer		done, or dies
 *	Owner			as before
 *   in either generation
 *	Waiter	 x WAITERS - 1	wait; early: patient or aborts at any moment; or rest
 */
#ifndef MEMBERS
#define MEMBERS 2
#endif
#ifndef LATES
#define LATES 1
#endif
#ifndef WAITERS
#define WAITERS 2		/* the owner is one of them */
#endif
#define OWNER	0

byte members_left, lates_left, newcomers_left, waiters_left;
byte waiters_of_0, lates_came;
#define GHOST_REINIT(generation) \
	assert((generation == 1 -> 1 - newcomers_left : MEMBERS - members_left + \
		lates_came - lates_left) == 0)		/* reinit */
#define NOBODY_LEFT() \
	(members_left + lates_left == MEMBERS + LATES && ghost_generation == 0 || \
	 newcomers_left == 1 && ghost_generation == 1)

#include "core.pml"

#define KWG_DONE_OR_DIE(g, left) \
	if \
	:: kwg_done(g, left) \
	:: kwg_die(g, left) \
	fi

proctype Member() {
	LOCALS;
	KWG_DONE_OR_DIE(0, members_left)
}

proctype Late() {
	LOCALS;
	atomic { lates_came++; kwg_add(0) }
	if
	:: KWG_DONE_OR_DIE(0, lates_left)
	:: true
	fi
}

proctype Newcomer() {
	LOCALS;
end_unborn:
	ghost_alive && ghost_generation == 1;
	KWG_DONE_OR_DIE(1, newcomers_left)
}

proctype Waiter(byte me; byte generation) {
	LOCALS;
	bool rests, impatient;
end_unborn:
	ghost_alive && ghost_generation == generation;
	if
	:: rests = true
	:: rests = false
	:: rests = false; impatient = true
	fi;
	kwg_wait(generation, me, rests, impatient);
	waiters_left++
}

proctype Owner() {
	LOCALS;
	byte turn;
	do
	:: turn < 2 ->
		kwg_wait(turn, OWNER, false, false);
		if
		:: ret != KWG_OK ->
			kwg_reinit(turn);
			if
			:: ret
			:: else -> kwg_wait(turn, OWNER, true, false)
			fi
		:: ret != KWG_OK -> kwg_wait(turn, OWNER, true, false)
		:: else
		fi;
		atomic { ret = 0; turn++ }
end_join:	waiters_left == (turn == 1 -> waiters_of_0 : WAITERS - 1) && lates_left == LATES;
		kwg_free();
		if
		:: turn == 1 -> kwg_init(1, 1)
		:: else
		fi
	:: else -> break
	od
}

init {
	byte n;
	atomic {
		kwg_init(0, MEMBERS);
		run Owner();
		run Newcomer();
		n = 1;
		do
		:: n < WAITERS -> run Waiter(n, 0); waiters_of_0++; n++
		:: n < WAITERS -> run Waiter(n, 1); n++
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
