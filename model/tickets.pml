/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ticket numbers that come round again.  Entries hold all 64 bits of a ticket,
 * the word has room for the low ones, and kwg_full_ticket() completes them to
 * the newest ticket with these low bits.  It must not take an old one for new:
 *
 *  - The word of a group in which somebody sleeps gets a new stamp before its
 *    old one is too old: each draw looks after the entry with the oldest.
 *  - No waker is late for long: who begins a quarter of the numbers waits until
 *    those are gone that were under way when the quarter before it began.
 *
 *	Waiter	 x WAITERS	registers, sleeps, is woken or gives up, leaves
 *	Worker	 x WORKERS	add, done; if it must wake: later
 *	Mate	 x MATES	waits in the bucket for a group of its own
 *
 * all of them without end.  What is one step here is in bucket.pml what is done
 * under the bucket lock; that this may be seen as one step is shown there.
 */
#ifndef NUMBERS
#define NUMBERS	16
#endif
#ifndef WAITERS
#define WAITERS 2
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef MATES
#define MATES 1
#endif
#define ENTRIES	(WAITERS + MATES)
#define QUARTER	(NUMBERS / 4)

#include "mutants.pml"

/* The word. */
byte count;
byte ticket;			/* the low bits of a stamp, 0 = nobody waits */

/* The bucket. */
byte bucket_ticket;		/* the newest one drawn */
bool epoch;			/* changes with each quarter */
byte under_way[2];		/* wakers that are to lock, by the epoch of their done */
typedef kwg_entry {
	byte ticket;		/* drawn when the wait began; 0 = not queued */
	byte stamp;		/* the word's stamp is not older; 0 = has left */
	bool ghost_zero		/* the count was zero since the registration */
};
kwg_entry entry[ENTRIES];

#define LOW_BITS(t)	((t) & (NUMBERS - 1))
#define FULL_TICKET(t)	(bucket_ticket - LOW_BITS(bucket_ticket - (t)))

/* The number after n: never one whose low bits are 0, "nobody waits". */
#define NEXT_TICKET(n)	((n) + 1 + (LOW_BITS((n) + 1) == 0))
#define QUARTER_OF(n)	((n) / QUARTER)

#define AGE(w)		(entry[w].stamp == 0 -> 0 : bucket_ticket - entry[w].stamp)
#if ENTRIES == 2
#define TOO_OLD()	(AGE(0) >= QUARTER || AGE(1) >= QUARTER)
#elif ENTRIES == 3
#define TOO_OLD()	(AGE(0) >= QUARTER || AGE(1) >= QUARTER || AGE(2) >= QUARTER)
#endif

/* Does the draw, or the one for the oldest before it, begin a quarter? */
#define DRAW1		NEXT_TICKET(bucket_ticket)
#define DRAW2		NEXT_TICKET(DRAW1)
#define LAST_DRAW	(REFRESHES && TOO_OLD() -> DRAW2 : DRAW1)
#define MAY_DRAW()	(QUARTER_OF(LAST_DRAW) == QUARTER_OF(bucket_ticket) || GRACE_IS_OVER())

/* Numbers without end would be states without end.  Only differences matter. */
#define AS_OLD_AS_ANY(t)	t = ((t) == 0 -> 0 : ((t) > NUMBERS -> (t) - NUMBERS : 1))
inline ghost_renumber() {
	if
	:: bucket_ticket >= 3 * NUMBERS ->
		bucket_ticket = bucket_ticket - NUMBERS;
		w = 0;
		do
		:: w < ENTRIES ->
			AS_OLD_AS_ANY(entry[w].ticket);
			AS_OLD_AS_ANY(entry[w].stamp);
			w++
		:: else -> break
		od;
		w = 0
	:: else
	fi
}

inline kwg_draw_one() {
	epoch = epoch ^ (QUARTER_OF(DRAW1) != QUARTER_OF(bucket_ticket));
	bucket_ticket = DRAW1;
	ghost_renumber()
}

/* The entry with the oldest stamp gets a new one, and so does its group's word. */
inline kwg_refresh_oldest() {
	if
	:: REFRESHES && TOO_OLD() ->
		oldest = 0;
		w = 1;
		do
		:: w < ENTRIES ->
			oldest = (AGE(w) > AGE(oldest) -> w : oldest);
			w++
		:: else -> break
		od;
		w = 0;
		kwg_draw_one();
		entry[oldest].stamp = bucket_ticket;
		ticket = (oldest < WAITERS -> LOW_BITS(bucket_ticket) : ticket);
		oldest = 0
	:: else
	fi
}

inline kwg_register(me) {
	kwg_refresh_oldest();
	kwg_draw_one();
	entry[me].ticket = bucket_ticket;
	entry[me].stamp = bucket_ticket
}

inline kwg_leave(me) {
	entry[me].ticket = 0;
	entry[me].stamp = 0;
	entry[me].ghost_zero = false
}

inline kwg_note_zero() {
	do
	:: w < WAITERS -> entry[w].ghost_zero = entry[w].ticket != 0 || entry[w].ghost_zero; w++
	:: else -> break
	od;
	w = 0
}

/* When all wakers are through, nobody sleeps who has had its zero. */
inline ghost_nobody_is_lost() {
	if
	:: under_way[0] + under_way[1] == 0 ->
		do
		:: w < WAITERS ->
			assert(entry[w].ticket == 0 || !entry[w].ghost_zero);	/* S2 */
			w++
		:: else -> break
		od;
		w = 0
	:: else
	fi
}

inline kwg_done() {
	count--;
	if
	:: count == 0 ->
		kwg_note_zero();
		t = ticket;
		mine = (t != 0 && epoch);
		under_way[mine] = under_way[mine] + (t != 0)
	:: else
	fi;
	ghost_nobody_is_lost()
}

inline kwg_wake() {
	t = FULL_TICKET(t);
	under_way[mine]--;
	do
	:: w < WAITERS ->
		if
		:: entry[w].ticket != 0 && entry[w].ticket <= t ->
			assert(entry[w].ghost_zero);		/* S1: early */
			entry[w].ticket = 0;
			WAKE_UNSTAMP(w)
		:: else
		fi;
		w++
	:: else -> break
	od;
	w = 0;
	t = 0;
	mine = false;
	ghost_nobody_is_lost()
}

proctype Worker() {
	byte w, t;
	bool mine;
	do
	:: count++;
		d_step { kwg_done() }
		if
		:: t == 0
		:: t != 0 -> d_step { kwg_wake() }
		fi
	od
}

proctype Waiter(byte me) {
	byte w, oldest;
	bool remain;
	do
	:: d_step { count > 0 && MAY_DRAW() ->
			kwg_register(me);
			ticket = LOW_BITS(bucket_ticket)
		}
		/* Woken, or gives up: sooner or later. */
		d_step {
			kwg_leave(me);
			do
			:: w < WAITERS -> remain = remain || entry[w].ticket != 0; w++
			:: else -> break
			od;
			ticket = (LEAVE_MAY_CLEAR(me) -> 0 : ticket);
			remain = false;
			w = 0
		}
	od
}

proctype Mate(byte me) {
	byte w, oldest;
	do
	:: d_step { MAY_DRAW() -> kwg_register(me) }
		d_step { kwg_leave(me) }
	od
}

init {
	byte n;
	atomic {
		bucket_ticket = NUMBERS;
		do
		:: n < WAITERS -> run Waiter(n); n++
		:: n >= WAITERS && n < ENTRIES -> run Mate(n); n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < WORKERS -> run Worker(); n++
		:: else -> break
		od
	}
}
