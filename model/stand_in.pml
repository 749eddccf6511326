/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Waits that are restarted: the WAIT of user space, when a debugger, the freezer
 * or a stop interrupts it.  Included by bucket.pml, with STAND_INS.
 *
 * A wait that is interrupted takes its position along, the ticket of its first
 * registration, and leaves a stand-in in the queue, one for the whole group.
 * The stand-in learns of the zeros that come meanwhile: up to which position
 * all have had theirs.
 */
typedef kwg_stand_in {
	bool queued;
	byte lo, hi;		/* the positions that are out, from and to */
	byte settled		/* up to here they have had their zero */
};
kwg_stand_in stand_in;

/* Part of kwg_wake(), under the lock: the zero of ticket t. */
inline kwg_settle_positions() {
	if
	:: stand_in.queued && stand_in.lo <= t && c <= 0 ->
		stand_in.settled = (stand_in.settled > STAND_IN_SETTLES(t) ->
				    stand_in.settled : STAND_IN_SETTLES(t));
		if
		:: STAND_IN_MAY_LEAVE(t) ->
			stand_in.queued = false;
			stand_in.lo = 0;
			stand_in.hi = 0;
			kwg_look_who_remains();
			/* The group exists: it cannot go without this lock. */
			ticket = (remain -> ticket : 0);
			remain = false
		:: else ->
			stand_in.lo = t + 1
		fi
	:: else
	fi
}

/* kwg_unregister_waiter() of a wait that may be restarted. */
inline kwg_interrupt_waiter(g, me) {
	LOCK();
	entry[me].queued = false;
	d_step {
		TOUCH(g);
		ret = (entry[me].result != KWG_ASLEEP -> entry[me].result :
		       (SETTLED(count, broken, false) -> RESULT(broken) : KWG_ABORTED))
	}
	d_step {
		if
		:: STANDS_IN_FOR(me) ->
			w = entry[me].ticket;
			stand_in.hi = (w > stand_in.hi -> w : stand_in.hi);
			stand_in.lo = (stand_in.queued && stand_in.lo < w -> stand_in.lo : w);
			stand_in.queued = true
		:: else
		fi;
		position = (ret == KWG_ABORTED -> entry[me].ticket : 0);
		kwg_look_who_remains()
	}
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
