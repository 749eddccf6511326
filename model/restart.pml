/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Restarted waits of user space.
 *
 *	Caller	 x WAITERS	wait, early; may be interrupted RESTARTS times: then
 *				it calls again, or does not
 *	Member	 x MEMBERS	done, or dies if LATES < 2
 *	Late	 x LATES	add, then done or never
 *
 * To the caller it is one wait: S1 and S2 count from the first registration to
 * the last return.  The descriptor keeps the group.
 */
#ifndef MEMBERS
#define MEMBERS 1
#endif
#ifndef LATES
#define LATES 1
#endif
#ifndef RESTARTS
#define RESTARTS 1
#endif
#ifndef WAITERS
#define WAITERS 2
#endif
#define STAND_INS

#include "core.pml"

byte ghost_left;

proctype Member() {
	LOCALS;
#if LATES < 2
	if
	:: kwg_done(0, ghost_left)
	:: kwg_die(0, ghost_left)
	fi;
#else
	kwg_done(0, ghost_left);
#endif
	ghost_left = 0
}

proctype Late() {
	LOCALS;
	kwg_add(0);
	if
	:: kwg_done(0, ghost_left); ghost_left = 0
	:: true
	fi
}

proctype Caller(byte me) {
	LOCALS;
	byte position, restarts;
	if
	:: restarts = RESTARTS
	:: restarts = 0
	fi;
	d_step {
		ghost_on_stack[me] = true;
		ghost_zero[me] = (count <= 0);
		ghost_clean[me] = (count <= 0 && !broken);
		ret = (SETTLED(count, broken, false) -> RESULT(broken) : KWG_ASLEEP)
	}
	if
	:: ret == KWG_ASLEEP -> kwg_register_waiter(0, me)
	:: else -> goto over
	fi;
asleep:
	if
	:: published -> published = false
	:: else -> ret = entry[me].result; goto over
	fi;
end_asleep:
	if
	:: entry[me].result != KWG_ASLEEP -> kwg_unregister_waiter(0, me); goto over
	:: restarts > 0 -> restarts--
	:: timeout && LOST(me) -> assert(!LOST(me))		/* S2: lost */
	fi;
	kwg_interrupt_waiter(0, me);
	if
	:: ret == KWG_ABORTED -> atomic { ret = 0; ghost_on_stack[me] = false }
	:: else -> goto over
	fi;
	if
	:: true			/* a signal handler ran: it does not come back */
		goto gone
	:: ghost_on_stack[me] = true; kwg_register_again(0, me); goto asleep
	fi;
over:
	assert(ret != KWG_OK || ghost_clean[me]);		/* S1: early */
gone:
	atomic {
		ret = 0;
		position = 0;
		restarts = 0;
		entry[me].result = KWG_ASLEEP;
		entry[me].ticket = 0;
		ghost_on_stack[me] = false;
		ghost_zero[me] = false;
		ghost_clean[me] = false
	}
}

init {
	byte n;
	atomic {
		kwg_init(0, MEMBERS);
		do
		:: n < WAITERS -> run Caller(n); n++
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
