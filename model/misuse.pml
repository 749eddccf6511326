/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Misuse: a done without an add, and an add that is refused.
 *
 *	Member	 x MEMBERS	done, or dies, or never
 *	Culprit	 x CULPRITS	done, without being a member; or add(too many)
 *	Late	 x LATES	add, then done or never
 *	Waiter 0		wait; early or rest, patient
 *	Waiter 1		wait; early, aborts at any moment
 *
 * Nobody can tell a culprit's done from a member's: what is undone is the one
 * that takes the count below zero.  The group is not freed: whoever is not a
 * member has no right to it, and its decrement may come after the free.
 */
#ifndef CULPRITS
#define CULPRITS 1
#endif
#ifndef MEMBERS
#define MEMBERS 2
#endif
#ifndef LATES
#define LATES 1
#endif
#define WAITERS 2

/* The dead whom nobody's done had finished before. */
byte ghost_buried;
#define GHOST_BURY(it_does)	ghost_buried = ghost_buried + (it_does)

#include "core.pml"

byte adds = MEMBERS, dones, deaths, overflows;

proctype Member() {
	LOCALS;
	if
	:: kwg_done(0, dones)
	:: kwg_die(0, deaths)
	:: true
	fi
}

proctype Culprit() {
	LOCALS;
	if
	:: kwg_done(0, dones)
	:: kwg_add_refused(0);
		overflows++
	fi
}

proctype Late() {
	LOCALS;
	atomic { adds++; kwg_add(0) }
	if
	:: kwg_done(0, dones)
	:: true
	fi
}

proctype Waiter(byte me) {
	LOCALS;
	bool rests, was_broken;
	if
	:: me == 0 -> rests = true
	:: rests = false
	fi;
	was_broken = broken;
	kwg_wait(0, me, rests, me > 0);
	assert(!was_broken || ret == KWG_BROKEN)		/* sticky */
}

/*
 * When nobody can take a step any more: every done that went below zero is
 * undone, and it or a refused add has marked the group; nothing else did.
 */
active proctype Judge() {
	timeout;
	assert(count == adds - dones - ghost_buried + ghost_unmatched);	/* undone */
	assert(broken == (ghost_unmatched + overflows + deaths > 0))	/* marked */
}

init {
	byte n;
	atomic {
		kwg_init(0, MEMBERS);
		run Waiter(0);
		run Waiter(1);
		n = 0;
		do
		:: n < MEMBERS -> run Member(); n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < CULPRITS -> run Culprit(); n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < LATES -> run Late(); n++
		:: else -> break
		od
	}
}
