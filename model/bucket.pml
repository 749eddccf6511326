/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Waiting: the bucket, its queue, registration, wake-up and leaving.
 * Included by core.pml.
 */

/*
 * The bucket that the address hashes to, and the waiters' on-stack entries.
 * Tickets are never so many here that their numbers come round: tickets.pml
 * shows that nothing changes when they do.
 */
bool bucket_locked;
byte bucket_ticket = FIRST_TICKET - 1;	/* the newest one drawn */
typedef kwg_entry {
	byte ticket;
	bool queued;
	bool rest;	/* waits until nobody is left, whatever happens */
	byte result
};
kwg_entry entry[WAITERS];

#define LOCK()		atomic { !bucket_locked -> bucket_locked = true }
#define UNLOCK()	bucket_locked = false

/* Is a waiter of this group still queued?  The lock is held. */
inline kwg_look_who_remains() {
	remain = STAND_IN_REMAINS();
	w = 0;
	do
	:: w < WAITERS -> remain = remain || entry[w].queued; w++
	:: else -> break
	od;
	w = 0
}

#ifdef STAND_INS
#include "stand_in.pml"
#else
#define kwg_settle_positions()	skip
#endif

/* The first waiter that the word in c, t and b is to wake; the lock is held. */
inline kwg_find_match() {
	w = 0;
	do
	:: w < WAITERS && !WAKE_MATCHES(w, t) -> w++
	:: else -> break
	od
}

/*
 * kwg_wake(): the caller has settled the group for some or all of its waiters
 * and holds nothing but the address and the word that did it, in c, t and b.
 * The group may be gone by now.
 *
 *	waker				waiter
 *	unlinks entry, stores result
 *					sees result, wants to return
 *	wakes entry's task
 *	UNLOCK()
 *					LOCK(): the waker is out of the entry
 *					returns, the frame goes
 */
inline kwg_wake() {
	atomic { WAKE_LOCK(); kwg_find_match() }
	do
	:: w < WAITERS ->
		d_step {
			assert(ghost_on_stack[w]);
			entry[w].queued = false;
			entry[w].result = RESULT(b)
		}
		d_step { assert(ghost_on_stack[w]); kwg_find_match() }
		if
		:: w < WAITERS ->	/* enough for one lock hold */
			atomic { w = 0; WAKE_UNLOCK() }
			atomic { WAKE_LOCK(); kwg_find_match() }
		:: true
		fi
	:: else -> break
	od;
	atomic { kwg_settle_positions(); w = 0; FORGET_WORD(); WAKE_UNLOCK() }
}

/*
 * kwg_publish_ticket(): write a new ticket into the word while the group is
 * not settled.
 *
 *	waiter				last done
 *	A: cmpxchg ticket into word	B: count - 1
 *
 * Both are RMWs on one word, so one comes first: either B sees the ticket and
 * wakes, or A fails and sees the zero.
 */
inline kwg_publish_ticket(g, me) {
	d_step {
		TOUCH(g);
		READ_WORD();
		bucket_ticket++;
		entry[me].ticket = bucket_ticket;
		published = false
	}
	do
	:: d_step { !published && !SETTLED(c, b, entry[me].rest) ->
			TOUCH(g);
			if
			:: PUBLISH_MAY_REPLACE() ->
				ghost_zero[me] = (count <= 0);
				ghost_clean[me] = (count <= 0 && !broken);
				PUBLISH_TICKET(bucket_ticket);	/* A */
				published = true
			:: else ->
				READ_WORD()
			fi
		}
	:: else -> break
	od
}

/*
 * kwg_register_waiter(): the entry is queued before the lock is dropped, and
 * whoever saw its ticket in the word needs the lock to wake.
 */
inline kwg_register_waiter(g, me) {
	LOCK();
	kwg_publish_ticket(g, me);
	atomic {
		if
		:: published -> entry[me].queued = true
		:: else -> entry[me].result = RESULT(b)
		fi;
		FORGET_WORD();
		UNLOCK()
	}
}

/*
 * kwg_unregister_waiter(): also when woken, and always under the lock.  The
 * last one of a group to leave takes the ticket out of the word.  One that
 * leaves others behind leaves it alone: it covers them, and clearing it would
 * hide them from the last done.
 *
 * Who gives up looks once more whether this is the moment the group settles.
 */
inline kwg_unregister_waiter(g, me) {
	UNREGISTER_LOCK();
	d_step { UNREGISTER_UNLINK(me); kwg_look_who_remains() }
	if
	:: LEAVE_MAY_CLEAR(me) -> d_step { TOUCH(g); ticket = 0 }	/* C */
	:: else
	fi;
	atomic {
		remain = false;
		if
		:: entry[me].result != KWG_ASLEEP ->
			ret = entry[me].result
		:: else ->
			TOUCH(g);
			ret = (SETTLED(count, broken, entry[me].rest) ->
			       RESULT(broken) : KWG_ABORTED)
		fi;
		UNREGISTER_UNLOCK()
	}
}

/*
 * Asleep for ever although the group is settled, or was, since it registered?
 * And the scenarios may say when nobody is left who could finish the group.
 */
#define LOST(me)	(ghost_zero[me] || broken && !entry[me].rest)
#ifndef NOBODY_LEFT
#define NOBODY_LEFT()	false
#endif

/*
 * kwg_wait_slow().  timeout is true when no process at all can take a step, so
 * the assertions below it fire if, and only if, this waiter sleeps for ever.
 */
inline kwg_wait_slow(g, me, impatient) {
	kwg_register_waiter(g, me);
	if
	:: !published -> ret = entry[me].result
	:: published ->
		published = false;
end_asleep:	if
		:: entry[me].result != KWG_ASLEEP
		:: impatient
		:: timeout && LOST(me) -> assert(!LOST(me))	/* S2: lost */
		:: timeout && NOBODY_LEFT() -> assert(!NOBODY_LEFT())
		fi;
		kwg_unregister_waiter(g, me)
	fi;
	atomic { entry[me].result = KWG_ASLEEP; entry[me].ticket = 0 }
}

/* kwaitgroup_wait_state().  The result is in ret. */
inline kwg_wait(g, me, rests, impatient) {
	d_step {
		TOUCH(g);
		ghost_on_stack[me] = true;
		ghost_zero[me] = (count <= 0);
		ghost_clean[me] = (count <= 0 && !broken);
		entry[me].rest = rests;
		ret = (SETTLED(count, broken, rests) -> RESULT(broken) : KWG_ASLEEP)
	}
	if
	:: ret != KWG_ASLEEP
	:: else -> kwg_wait_slow(g, me, impatient)
	fi;
	atomic {
		assert(ret != KWG_OK || ghost_clean[me]);	/* S1: early */
		assert(!entry[me].rest || ghost_zero[me]);	/* S6: members left */
		ghost_on_stack[me] = false;
		ghost_zero[me] = false;
		ghost_clean[me] = false;
		entry[me].rest = false
	}
}
