/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Close and drain: the removal of a device while its users come and go; and
 * reinit, when the device comes back.
 *
 *	User	 x USERS	try_add; if it was let in: work, done; TURNS times
 *	Owner	 x OWNER_TURNS	close, wait; then the device is gone. Reinit when
 *				it is there again.
 *	Waiter	 x WAITERS - 1	wait; rest, or early: aborts at any moment
 *
 * The group itself outlives the device: users may still ask it, and are told
 * that it is closed.
 */
#ifndef USERS
#define USERS 2
#endif
#ifndef TURNS
#define TURNS 2
#endif
#ifndef OWNER_TURNS
#define OWNER_TURNS 1
#endif
#ifndef WAITERS
#define WAITERS 2		/* the owner is one of them */
#endif
#define OWNER	0
#define WAITER	1

bool ghost_device_gone, ghost_reopened;
#define GHOST_REINIT(g)	ghost_reopened = true

#include "core.pml"

byte users_left;

proctype User() {
	LOCALS;
	byte turn;
	bool was_closed;
	do
	:: turn < TURNS ->
		was_closed = closed;
		kwg_try_add(0);
		assert(!was_closed || !ret || ghost_reopened);	/* refused */
		if
		:: ret ->
			ret = 0;
			assert(!ghost_device_gone);	/* drained */
			kwg_done(0, users_left)
		:: else
		fi;
		turn++;
		was_closed = false
	:: else -> break
	od
}

proctype Waiter() {
	LOCALS;
	bool impatient;
	if
	:: impatient = true
	:: impatient = false
	fi;
	kwg_wait(0, WAITER, !impatient, impatient)
}

proctype Owner() {
	LOCALS;
	byte turn;
	do
	:: kwg_close(0);
		kwg_wait(0, OWNER, true, false);
		ghost_device_gone = true;
		atomic { ret = 0; turn++ }
		if
		:: turn < OWNER_TURNS ->
			ghost_device_gone = false;
			kwg_reinit(0);
			if
			:: ret -> ret = 0
			:: else -> ghost_device_gone = true; break
			fi
		:: else -> break
		fi
	od
}

init {
	byte n;
	atomic {
		kwg_init(0, 0);
		run Owner();
#if WAITERS > 1
		run Waiter();
#endif
		do
		:: n < USERS -> run User(); n++
		:: else -> break
		od
	}
}
