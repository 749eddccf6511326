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
 *
 * This file is counting; bucket.pml is waiting.
 */

/* The word.  In C one atomic64_t: every step below reads or writes all of it. */
short count;
byte ticket;			/* covers all who wait, 0 = nobody does */
bool closed, broken;

/* The memory that the word lives in: the same address, one group after another. */
byte ghost_generation;
bool ghost_alive;

bool ghost_on_stack[WAITERS];	/* the frame that holds the entry exists */
bool ghost_zero[WAITERS];	/* the count was zero during this wait */
bool ghost_clean[WAITERS];	/* ... of a group that was not broken */
byte ghost_unmatched;		/* decrements that went below zero */

/* What an entry's waker says, and how a wait ended. */
#define KWG_ASLEEP	0
#define KWG_OK		1
#define KWG_BROKEN	2	/* -EBADFD, -EOWNERDEAD */
#define KWG_ABORTED	3	/* -ERESTARTSYS, -ETIMEDOUT */

/*
 * kwg_settled(): is there nothing to wait for?  An early waiter returns when
 * the group breaks; one that rests returns when nobody is left, and only then.
 */
#define SETTLED(c, b, rest)	((c) <= 0 || (b) && !(rest))
/* kwg_result() of a group that is settled. */
#define RESULT(b)		((b) -> KWG_BROKEN : KWG_OK)

/* A death that takes a member off the count, for who counts them. */
#ifndef GHOST_BURY
#define GHOST_BURY(it_does)	skip
#endif

/* What has to hold when a group is opened again, for who knows. */
#ifndef GHOST_REINIT
#define GHOST_REINIT(g)	skip
#endif

/* Every access to the word says whose group it thinks it is.  Property S4. */
#define TOUCH(g)	assert(ghost_alive && ghost_generation == (g))

/* A process's copy of the word, forgotten when dead: fewer states. */
#define LOCALS		short c; byte t; bool b, cl; byte w, ret; \
			bool published, remain; BATCH_LOCALS
#define READ_WORD()	c = count; t = ticket; b = broken; cl = closed
#define SAME_WORD()	(count == c && ticket == t && broken == b && closed == cl)
#define FORGET_WORD()	c = 0; t = 0; b = false; cl = false

/* For loops within one step; nobody finds anything in it. */
hidden byte i;

#include "mutants.pml"

/* Part of each step that changes the count: whoever waits has seen a zero. */
inline ghost_note_zero() {
	if
	:: count <= 0 ->
		i = 0;
		do
		:: i < WAITERS ->
			ghost_zero[i] = true;
			ghost_clean[i] = ghost_clean[i] || !broken;
			i++
		:: else -> break
		od
	:: else
	fi
}

#include "bucket.pml"

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
 * kwaitgroup_reinit(): ret is whether the group is open, empty and sound.  It
 * is refused while somebody waits or is a member, also of a broken group.
 */
inline kwg_reinit(g) {
	d_step { TOUCH(g); READ_WORD(); published = false }
	do
	:: d_step { !published && !REINIT_REFUSED(c, t, b) ->
			TOUCH(g);
			if
			:: SAME_WORD() ->
				GHOST_REINIT(g);
				count = 0;
				ticket = 0;
				closed = false;
				broken = false;
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
 * kwg_break(): one compare-and-exchange loop takes n back and marks the group.
 * A member that has died (dead) is taken off the count, unless somebody's
 * unmatched done has finished it.  The caller then wakes whom that settles.
 */
inline kwg_break(g, n, dead, ghost_left) {
	d_step { TOUCH(g); READ_WORD(); published = false }
	do
	:: d_step { !published ->
			TOUCH(g);
			if
			:: SAME_WORD() ->
				GHOST_BURY(dead && c > 0);
				ghost_left = ghost_left + (dead);
				count = BREAK_COUNT(c, n, dead);	/* E */
				broken = BREAK_MARK;
				c = count;
				b = broken;
				ghost_note_zero();
				published = true
			:: else ->
				READ_WORD()
			fi
		}
	:: else -> break
	od;
	atomic { cl = false; published = false }
}

/* The end of kwg_break(): whoever sleeps and has something to be told. */
inline kwg_wake_broken() {
	if
	:: BREAK_MUST_WAKE() -> kwg_wake()
	:: else -> atomic { FORGET_WORD() }
	fi
}

/* The decrement.  Who has made it does not touch the group again. */
inline kwg_decrement(g, ghost_left) {
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
}

/*
 * kwaitgroup_done() and __kwaitgroup_finished(): one RMW.  Who is left with
 * nothing to do here has made its last access to the group, whoever reuses
 * the memory.
 */
inline kwg_done(g, ghost_left) {
	kwg_decrement(g, ghost_left);
	if
	:: DONE_FINISHED() -> atomic { FORGET_WORD() }
	:: DONE_MUST_WAKE() ->
		BEFORE_WAKE(g);
		kwg_wake()
	:: DONE_UNMATCHED() ->
		kwg_break(g, 1, false, ghost_left);
		kwg_wake_broken()
	fi
}

/* A member dies: off the count and made known in one step, its last access. */
inline kwg_die(g, ghost_left) {
	kwg_break(g, 1, true, ghost_left);
	kwg_wake_broken()
}

/* __kwaitgroup_add() of more than fits: kwg_overflow(), and no add. */
inline kwg_add_refused(g) {
	kwg_break(g, 0, false, ghost_unmatched);
	kwg_wake_broken()
}
