/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Wake-ups from where the bucket lock must not be taken, an NMI: the address
 * and the word go into an array of this CPU, and an irq_work wakes.  Included by
 * scenarios, with SLOTS as the length of the array.
 *
 * An NMI interrupts the irq_work between any two of its steps, and is not
 * interrupted by it, so its part is one step.
 */
typedef kwg_record {
	bool used;
	short c;
	byte t;
	bool b
};
kwg_record record[SLOTS];
bool overflow;			/* there was no room; is swept for, and reported */
bool irq_work_pending;

inline kwg_defer() {
	d_step {
		do
		:: w < SLOTS && !DEFER_MAY_USE(w) -> w++
		:: else -> break
		od;
		if
		:: w < SLOTS ->
			record[w].used = true;
			record[w].c = c;
			record[w].t = t;
			record[w].b = b
		:: else -> overflow = DEFER_OVERFLOWS
		fi;
		w = 0;
		FORGET_WORD();
		irq_work_pending = true
	}
}

/* kwaitgroup_done() of a member, in an NMI. */
inline kwg_done_in_nmi(g, ghost_left) {
	kwg_decrement(g, ghost_left);
	if
	:: DONE_MUST_WAKE() -> kwg_defer()
	:: DONE_FINISHED() -> atomic { FORGET_WORD() }
	fi
}

/*
 * kwg_wake_all_settled(): nobody knows any more which group it was.  Whoever is
 * queued has not returned, so the groups of all who are queued exist.
 */
inline kwg_sweep() {
	LOCK();
	do
	:: w < WAITERS ->
		if
		:: d_step { entry[w].queued && SETTLED(count, broken, entry[w].rest) ->
				assert(ghost_on_stack[w] && ghost_alive);
				entry[w].queued = false;
				entry[w].result = RESULT(broken)
			}
			d_step { assert(ghost_on_stack[w]); w++ }
		:: else -> w++
		fi
	:: else -> break
	od;
	atomic { w = 0; UNLOCK() }
}

/* The kernel clears irq_work_pending before it calls this. */
inline kwg_irq_work(slot) {
	do
	:: slot < SLOTS && record[slot].used ->
		DEFER_FREE_EARLY(slot);
		d_step { c = record[slot].c; t = record[slot].t; b = record[slot].b }
		d_step {
			record[slot].used = false;
			record[slot].c = 0;
			record[slot].t = 0;
			record[slot].b = false;
			slot++
		}
		kwg_wake()
	:: slot < SLOTS && !record[slot].used -> slot++
	:: else -> break
	od;
	atomic { slot = overflow; overflow = false }
	if
	:: slot == 1 -> slot = 0; kwg_sweep()
	:: else
	fi
}

active proctype IrqWork() {
	LOCALS;
	byte slot;
end_idle:
	do
	:: atomic { irq_work_pending -> irq_work_pending = false }
		kwg_irq_work(slot)
	od
}
