/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Close and drain: the removal of a device while its users come and go.
 *
 *	User	 x USERS	try_add; if it was let in: work, done; TURNS times
 *	Owner			close, wait; then the device is gone
 *	Waiter			wait; patient, or aborts at any moment
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
#define WAITERS 2
#define OWNER	0
#define WAITER	1

#include "core.pml"

bool ghost_device_gone;
byte users_left;

proctype User() {
	LOCALS;
	byte turn;
	bool was_closed;
	do
	:: turn < TURNS ->
		was_closed = closed;
		kwg_try_add(0);
		assert(!was_closed || !ret);		/* refused */
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
	kwg_wait(0, WAITER, impatient)
}

proctype Owner() {
	LOCALS;
	kwg_close(0);
	kwg_wait(0, OWNER, false);
	ghost_device_gone = true
}

init {
	byte n;
	atomic {
		kwg_init(0, 0);
		run Owner();
		run Waiter();
		do
		:: n < USERS -> run User(); n++
		:: else -> break
		od
	}
}
