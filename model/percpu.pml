/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Groups that scale: module/percpu/gather.c.  Counters of two CPUs, the word, and
 * who gathers them to wait.  Sleeping in the word is bucket.pml's: here a wait
 * goes on when the word is zero, whoever has been woken by what.
 *
 *	User	 x USERS	TURNS times: add on a CPU, done on any other
 *	Waiter	 x WAITERS	TURNS times: gather, wait, or give up, and spread
 *
 * An operation of a user is two steps, as the pointer to the counters is read before
 * they are written, in one section of RCU; a grace period waits for the sections
 * that were begun before it.
 */
#ifndef USERS
#define USERS	2
#endif
#ifndef WAITERS
#define WAITERS	2
#endif
#ifndef TURNS
#define TURNS	2
#endif
#define CPUS	2
#define BIAS	(USERS + 1)

#include "mutants.pml"

short word;			/* the count in it */
short counter[CPUS];
bool gathered;			/* the pointer to the counters is NULL */
bool locked;			/* the group's lock */
byte waiters;

/* Sections of RCU: those that a grace period which has begun waits for. */
bool section[USERS], awaited[USERS];

byte ghost_members;		/* between an add and its done */
bool ghost_zero[WAITERS];	/* there was no member since the wait began */

inline ghost_note_zero() {
	w = 0;
	do
	:: w < WAITERS -> ghost_zero[w] = ghost_zero[w] || ghost_members == 0; w++
	:: else -> break
	od;
	w = 0
}

inline rcu_read_unlock(me) {
	section[me] = false;
	awaited[me] = false
}

/* kwaitgroup_percpu_add() and _done(): n is 1 or -1. */
inline count(me, n) {
	d_step { section[me] = true; shared = gathered }
	if
	:: cpu = 0
	:: cpu = 1
	fi;
	d_step {
		ghost_members = ghost_members + n;
		if
		:: shared -> word = word + n
		:: else -> counter[cpu] = counter[cpu] + n
		fi;
		/* A done that finds less than nobody would report misuse. */
		assert(word >= 0);			/* below */
		ghost_note_zero();
		rcu_read_unlock(me);
		shared = false;
		cpu = 0
	}
}

proctype User(byte me) {
	byte turn, w, cpu;
	bool shared;
	do
	:: turn < TURNS ->
		count(me, 1);
		count(me, -1);
		turn++
	:: else -> break
	od
}

inline synchronize_rcu() {
	d_step {
		w = 0;
		do
		:: w < USERS -> awaited[w] = section[w]; w++
		:: else -> break
		od;
		w = 0
	}
	GRACE_PERIOD()
}

inline kwg_percpu_gather() {
	GATHER_BIAS();						/* A */
	gathered = true;					/* B */
	synchronize_rcu();					/* C */
	d_step {						/* D, E */
		word = word + counter[0] + counter[1] - BIAS_OFF;
		COLLECTED();
		assert(word >= 0);				/* below */
	}
}

inline kwg_percpu_spread() {
	gathered = false
}

proctype Waiter(byte me) {
	byte turn, w;
	do
	:: turn < TURNS ->
		d_step { ghost_zero[me] = ghost_members == 0 }
		d_step { !locked -> locked = true }
		waiters++;
		if
		:: waiters == 1 -> kwg_percpu_gather()
		:: else
		fi;
		locked = false;
		if
		:: d_step { word == 0 -> assert(ghost_zero[me]) }	/* S1: early */
		:: skip							/* gives up */
		fi;
		d_step { !locked -> locked = true }
		waiters--;
		if
		:: waiters == 0 -> kwg_percpu_spread()
		:: else
		fi;
		locked = false;
		turn++
	:: else -> break
	od
}

/* All have come to their end: the next wait finds nobody. */
init {
	byte n;
	atomic {
		do
		:: n < USERS -> run User(n); n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < WAITERS -> run Waiter(n); n++
		:: else -> break
		od
	}
	d_step {
		_nr_pr == 1 -> assert(word + counter[0] + counter[1] == 0)	/* sum */
	}
}
