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
#ifdef STAND_INS
#define ENTRIES		(WAITERS + 1)
#else
#define ENTRIES		WAITERS
#endif

bool bucket_locked;
byte bucket_ticket = FIRST_TICKET - 1;	/* the newest one drawn */
typedef kwg_entry {
	byte ticket;
	bool queued;
	bool rest;	/* waits until nobody is left, whatever happens */
#ifdef BATCHES
	byte until;	/* a wake-up goes on here, up to this ticket; 0 = none */
	bool until_b;	/* ... of a group that is broken */
#endif
	byte result
};
kwg_entry entry[ENTRIES];

#define LOCK()		atomic { !bucket_locked -> bucket_locked = true }
#define UNLOCK()	bucket_locked = false

/* Is a waiter of this group still queued?  The lock is held. */
inline kwg_look_who_remains() {
	remain = false;
	i = 0;
	do
	:: i < REMAINING_ENTRIES -> remain = remain || entry[i].queued; i++
	:: else -> break
	od
}

#include "batch.pml"
#include "stand_in.pml"

/*
 * The waiter that the word in c, t and b is to wake first, the lock being held:
 * early ones before those for the rest, then by their tickets.
 */
inline kwg_find_match() {
	w = ENTRIES;
	i = 0;
	do
	:: i < ENTRIES ->
		w = (WAKE_MATCHES(i, t) && OF_KIND(i) && (w == ENTRIES -> true :
			entry[i].rest < entry[w].rest || entry[i].rest == entry[w].rest &&
			entry[i].ticket < entry[w].ticket) -> i : w);
		i++
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
	kwg_wake_matches()
}

/* The rest of it, from the first waiter in w on. */
inline kwg_wake_matches() {
	do
	:: w < ENTRIES ->
		d_step {
			entry[w].queued = false;
			kwg_pass_mark_on(w);
			if
			:: w < WAITERS ->
				assert(ghost_on_stack[w]);
				entry[w].result = RESULT(b)
			:: else ->
				kwg_standin_notify()
			fi
		}
		d_step {
			assert(w == WAITERS || ghost_on_stack[w]);
			kwg_find_match()
		}
		kwg_stop_here()
	:: else -> break
	od;
	atomic { w = 0; FORGET_WORD(); FORGET_KIND(); WAKE_UNLOCK() }
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
	d_step {
		UNREGISTER_UNLINK(me);
		kwg_take_mark(me);
		kwg_look_who_remains()
	}
	END_GAP();
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

#ifdef BATCHES
/* kwg_wake_unfinished() looks for marks without the lock, and takes one with it. */
active proctype Work() {
	LOCALS;
end_idle:
	do
	:: atomic { work_queued -> work_queued = false }
		do
		:: MARKED() && !list_gap ->
			LOCK();
			d_step {
				w = 0;
				do
				:: w < ENTRIES && entry[w].until == 0 -> w++
				:: else -> break
				od;
				if
				:: w < ENTRIES ->
					t = entry[w].until;
					b = entry[w].until_b;
					kind = (entry[w].rest -> REST : EARLY);
					entry[w].until = 0;
					entry[w].until_b = false;
					kwg_find_match()
				:: else
				fi
			}
			kwg_wake_matches()
		:: !MARKED() || list_gap -> break
		od
	od
}
#endif
