/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Waits that are restarted: the WAIT of user space, when a debugger, the freezer
 * or a stop interrupts it.  Included by bucket.pml, used with STAND_INS.
 *
 * A wait that is interrupted takes its position along, the ticket of its first
 * registration, and leaves a stand-in in the queue, one for the whole group.
 * The stand-in learns of the zeros that come meanwhile: up to which position
 * all have had theirs.  Its ticket is the oldest position that is out.
 */
#ifdef STAND_INS

#define STAND_IN WAITERS
byte stand_in_newest;		/* of the positions that are out */
byte stand_in_settled;		/* up to here they have had their zero, or a break */

#define MAX(x, y)	((x) > (y) -> (x) : (y))
#define MIN(x, y)	((x) < (y) -> (x) : (y))

/* Part of the wake-up: it is off the queue, and stays on it for the others. */
inline kwg_standin_notify() {
	stand_in_settled = MAX(stand_in_settled, STAND_IN_SETTLES(t));
	if
	:: STAND_IN_MAY_LEAVE(t) ->
		entry[STAND_IN].ticket = 0;
		stand_in_newest = 0
	:: else ->
		entry[STAND_IN].ticket = t + 1;
		entry[STAND_IN].queued = true
	fi;
	/* kwg_retire_ticket(): the group cannot go without this lock. */
	kwg_look_who_remains();
	ticket = (remain -> ticket : 0);
	remain = false
}

/* Part of kwg_unregister_waiter(), for who leaves to come back. */
inline kwg_standin_take(me) {
	if
	:: entry[STAND_IN].queued ->
		SETTLE_MARKED_STAND_IN();
		entry[STAND_IN].queued = false;
		kwg_pass_mark_on(STAND_IN);
		entry[STAND_IN].ticket = MIN(entry[STAND_IN].ticket, entry[me].ticket)
	:: else ->
		entry[STAND_IN].ticket = entry[me].ticket
	fi;
	stand_in_newest = MAX(stand_in_newest, entry[me].ticket);
	entry[STAND_IN].queued = true
}

/* kwg_unregister_waiter() of a wait that may be restarted. */
inline kwg_interrupt_waiter(g, me) {
	LOCK();
	d_step {
		entry[me].queued = false;
		kwg_take_mark(me)
	}
	END_GAP();
	d_step {
		TOUCH(g);
		ret = (entry[me].result != KWG_ASLEEP -> entry[me].result :
		       (SETTLED(count, broken, false) -> RESULT(broken) : KWG_ABORTED))
	}
	d_step {
		if
		:: STANDS_IN_FOR(me) -> kwg_standin_take(me)
		:: else
		fi;
		position = (ret == KWG_ABORTED -> entry[me].ticket : 0);
		kwg_look_who_remains()
	}
	END_GAP();
	if
	:: LEAVE_MAY_CLEAR(me) -> d_step { TOUCH(g); ticket = 0 }
	:: else
	fi;
	atomic { remain = false; UNLOCK() }
}

/* kwg_register_waiter() of a wait that began before, at its position. */
inline kwg_register_again(g, me) {
	LOCK();
	d_step { TOUCH(g); READ_WORD(); bucket_ticket++; published = false }
	do
	:: d_step { !published && !SETTLED(c, b, false) && !POSITION_SETTLED(position) ->
			TOUCH(g);
			if
			:: SAME_WORD() -> ticket = bucket_ticket; published = true
			:: else -> READ_WORD()
			fi
		}
	:: else -> break
	od;
	atomic {
		if
		:: published ->
			entry[me].ticket = POSITION_OF(me);
			entry[me].queued = true
		:: else ->
			entry[me].result = RESULT(b)
		fi;
		FORGET_WORD();
		UNLOCK()
	}
}

#else
#define kwg_standin_notify()	skip
#endif
