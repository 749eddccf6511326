/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The wait group, one Promela step for each atomic step of the C.  Included
 * by the scenarios; README.md maps every inline below to its function.
 *
 * A d_step is one read, one store or one read-modify-write of the word, or
 * work on the queue that the bucket lock hides from everybody else.  Between
 * two of them anybody may run.
 *
 * Names with a leading ghost_ exist in the model only, to state properties.
 */

/* The word.  In C one atomic64_t: every step below reads or writes all of it. */
short count;
byte ticket;			/* of the newest registered waiter, 0 = none */
bool closed, broken;

/* The memory that the word lives in: the same address, one group after another. */
byte ghost_generation;
bool ghost_alive;

/* The bucket that the address hashes to, and the waiters' on-stack entries. */
bool bucket_locked;
byte bucket_ticket;
typedef kwg_entry {
	byte ticket;
	bool queued;
	byte result
};
kwg_entry entry[WAITERS];

bool ghost_on_stack[WAITERS];	/* the frame that holds the entry exists */
bool ghost_zero[WAITERS];	/* the count was zero during this wait */
byte ghost_unmatched;		/* decrements that went below zero */

/* What an entry's waker says, and how a wait ended. */
#define KWG_ASLEEP	0
#define KWG_OK		1
#define KWG_BROKEN	2	/* -EBADFD, -EOWNERDEAD */
#define KWG_ABORTED	3	/* -ERESTARTSYS, -ETIMEDOUT */

/* kwg_settled() and kwg_result() in one. */
#define KWG_RESULT(c, b)	((b) -> KWG_BROKEN : ((c) <= 0 -> KWG_OK : KWG_ASLEEP))

/* Every access to the word says whose group it thinks it is.  Property S4. */
#define TOUCH(g)	assert(ghost_alive && ghost_generation == (g))

/* A process's copy of the word, forgotten when dead: fewer states. */
#define LOCALS		short c; byte t; bool b, cl; byte w, newest, ret; bool published
#define READ_WORD()	c = count; t = ticket; b = broken; cl = closed
#define SAME_WORD()	(count == c && ticket == t && broken == b && closed == cl)
#define FORGET_WORD()	c = 0; t = 0; b = false; cl = false

#define LOCK()		atomic { !bucket_locked -> bucket_locked = true }
#define UNLOCK()	bucket_locked = false

#include "mutants.pml"

/* Part of each step that changes the count: whoever waits has seen a zero. */
inline ghost_note_zero() {
	if
	:: count <= 0 ->
		do
		:: w < WAITERS -> ghost_zero[w] = true; w++
		:: else -> break
		od;
		w = 0
	:: else
	fi
}

inline kwg_init(g, n) {
	d_step {
		ghost_generation = g;
		ghost_alive = true;
		count = n;
		ticket = 0;
		closed = false;
		broken = false
	}
}

inline kwg_free() {
	ghost_alive = false
}

/* kwaitgroup_add(): one relaxed RMW. */
inline kwg_add(g) {
	d_step {
		TOUCH(g);
		count++;
		ghost_note_zero()
	}
}

/* kwaitgroup_close(): one RMW. */
inline kwg_close(g) {
	d_step { TOUCH(g); closed = true }
}

/* kwaitgroup_try_add(): ret is whether it added. */
inline kwg_try_add(g) {
	d_step { TOUCH(g); READ_WORD(); published = false }
	do
	:: d_step { !published && !TRY_ADD_REFUSED(cl) ->
			TOUCH(g);
			if
			:: TRY_ADD_MAY_REPLACE() ->
				count++;
				ghost_note_zero();
				published = true
			:: else ->
				READ_WORD()
			fi
		}
	:: else -> break
	od;
	atomic { ret = published; FORGET_WORD(); published = false }
}

/*
 * kwg_wake(): the caller has decremented the word to zero and holds nothing
 * but the address, the ticket t it saw, and what to tell the waiters.  The
 * group may be gone by now.
 *
 *	waker				waiter
 *	unlinks entry, stores result
 *					sees result, wants to return
 *	wakes entry's task
 *	UNLOCK()
 *					LOCK(): the waker is out of the entry
 *					returns, the frame goes
 */
inline kwg_wake(t, told) {
	WAKE_LOCK();
	do
	:: d_step { w < WAITERS && WAKE_MATCHES(w, t) ->
			assert(ghost_on_stack[w]);
			entry[w].queued = false;
			entry[w].result = told
		}
		d_step {
			assert(ghost_on_stack[w]);
			w++
		}
	:: w < WAITERS && !WAKE_MATCHES(w, t) -> w++
	:: w == WAITERS -> break
	od;
	atomic { w = 0; t = 0; WAKE_UNLOCK() }
}

/*
 * kwg_break(): one compare-and-exchange loop takes n back and marks the group.
 * The caller then wakes everybody who was registered.
 */
inline kwg_break(g, n) {
	d_step { TOUCH(g); READ_WORD(); published = false }
	do
	:: d_step { !published ->
			TOUCH(g);
			if
			:: SAME_WORD() ->
				count = BREAK_COUNT(c, n);	/* E */
				broken = BREAK_MARK;
				ghost_note_zero();
				t = BREAK_TICKET(t);
				published = true
			:: else ->
				READ_WORD()
			fi
		}
	:: else -> break
	od;
	atomic { c = 0; b = false; cl = false; published = false }
}

/*
 * kwaitgroup_done() and __kwaitgroup_finished(): one RMW.  Who is left with
 * nothing to do here has made its last access to the group, whoever reuses
 * the memory.
 */
inline kwg_done(g, ghost_left) {
	d_step {
		TOUCH(g);
		count--;			/* B */
		READ_WORD();
		ghost_note_zero();
		ghost_left++;
		if
		:: c < 0 -> ghost_unmatched++
		:: else
		fi
	}
	if
	:: DONE_FINISHED() -> atomic { FORGET_WORD() }
	:: DONE_MUST_WAKE() ->
		BEFORE_WAKE(g);
		atomic { ret = KWG_RESULT(0, b); c = 0; b = false; cl = false }
		kwg_wake(t, ret)
	:: DONE_UNMATCHED() ->
		kwg_break(g, 1);
		kwg_wake(t, KWG_BROKEN)
	fi;
	ret = 0
}

/* __kwaitgroup_add() of more than fits: kwg_overflow(), and no add. */
inline kwg_add_refused(g) {
	kwg_break(g, 0);
	kwg_wake(t, KWG_BROKEN)
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
		DRAW_TICKET(entry[me].ticket);
		published = false
	}
	do
	:: d_step { !published && KWG_RESULT(c, b) == KWG_ASLEEP ->
			TOUCH(g);
			if
			:: PUBLISH_MAY_REPLACE() ->
				ghost_zero[me] = (count <= 0);
				PUBLISH_TICKET(entry[me].ticket);	/* A */
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
	if
	:: published -> entry[me].queued = true
	:: else -> entry[me].result = KWG_RESULT(c, b)
	fi;
	atomic { FORGET_WORD(); UNLOCK() }
}

/* kwg_newest_ticket(): of the entries still queued, the list being locked. */
inline kwg_newest_ticket() {
	newest = 0;
	w = 0;
	do
	:: w < WAITERS ->
		if
		:: entry[w].queued && entry[w].ticket > newest ->
			newest = entry[w].ticket
		:: else
		fi;
		w++
	:: else -> break
	od;
	w = 0
}

/*
 * kwg_retire_ticket(): a ticket in the word that is still one's own becomes
 * that of the newest waiter that stays.  Clearing it would hide that waiter
 * from the last done.
 */
inline kwg_retire_ticket(g, me) {
	d_step { TOUCH(g); READ_WORD(); published = false }
	do
	:: d_step { !published && RETIRE_OWNS(t, me) ->
			TOUCH(g);
			if
			:: SAME_WORD() ->
				ticket = RETIRE_REPLACEMENT(newest, me);	/* C */
				published = true
			:: else ->
				READ_WORD()
			fi
		}
	:: else -> break
	od;
	atomic { FORGET_WORD(); published = false; newest = 0 }
}

/*
 * kwg_unregister_waiter(): also when woken, and always under the lock.  Who
 * gives up looks once more whether this is the moment the group settles.
 */
inline kwg_unregister_waiter(g, me) {
	UNREGISTER_LOCK();
	d_step { UNREGISTER_UNLINK(me); kwg_newest_ticket() }
	kwg_retire_ticket(g, me);
	if
	:: entry[me].result != KWG_ASLEEP ->
		ret = entry[me].result
	:: else ->
		d_step {
			TOUCH(g);
			ret = KWG_RESULT(count, broken);
			ret = (ret == KWG_ASLEEP -> KWG_ABORTED : ret)
		}
	fi;
	UNREGISTER_UNLOCK()
}

/*
 * kwg_wait_slow().  timeout is true when no process at all can take a step, so
 * the assertion below it fires if, and only if, this waiter would sleep for
 * ever although its group is settled, or was, since it registered.
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
		:: timeout && (ghost_zero[me] || broken) ->	/* S2: lost */
			assert(!ghost_zero[me] && !broken)
		fi;
		kwg_unregister_waiter(g, me)
	fi;
	atomic { entry[me].result = KWG_ASLEEP; entry[me].ticket = 0 }
}

/* kwaitgroup_wait_state().  The result is in ret. */
inline kwg_wait(g, me, impatient) {
	d_step {
		TOUCH(g);
		ghost_on_stack[me] = true;
		ghost_zero[me] = (count <= 0);
		ret = KWG_RESULT(count, broken)
	}
	if
	:: ret != KWG_ASLEEP
	:: else -> kwg_wait_slow(g, me, impatient)
	fi;
	assert(ret != KWG_OK || ghost_zero[me]);		/* S1: early */
	atomic { ghost_on_stack[me] = false; ghost_zero[me] = false }
}
