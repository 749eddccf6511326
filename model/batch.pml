/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Wake-ups in batches.  Included by bucket.pml, used with BATCHES.
 *
 * A waker that has woken enough for one hold of the lock marks the first of
 * those who are left, and a work item goes on from there.  A marked waiter that
 * leaves hands the mark to the next one whom the wake-up is for.
 */
#ifdef BATCHES

bool work_queued;
hidden byte next;
bool list_gap;		/* the list of marks seems empty to who has no lock */

#define BATCH_LOCALS	byte kind

#define BOTH	0
#define EARLY	1
#define REST	2
#define OF_KIND(w)	(kind == BOTH || (kind == REST) == entry[w].rest)
#define FORGET_KIND()	kind = BOTH

#if WAITERS == 3 || defined(STAND_INS)
#define MARKED()	(entry[0].until + entry[1].until + entry[2].until != 0)
#else
#define MARKED()	(entry[0].until + entry[1].until != 0)
#endif

/* kwg_go_on_at(): two wake-ups that meet become one. */
inline kwg_go_on_at(at, ticket_until, its_b) {
	if
	:: entry[at].until <= ticket_until ->
		entry[at].until = ticket_until;
		entry[at].until_b = its_b
	:: else
	fi
}

/* Part of kwg_dequeue(). */
inline kwg_pass_mark_on(me) {
	if
	:: entry[me].until != 0 ->
		next = ENTRIES;
		i = 0;
		do
		:: i < ENTRIES ->
			next = (entry[i].queued && entry[i].rest == entry[me].rest &&
				entry[i].ticket >= entry[me].ticket &&
				entry[i].ticket <= entry[me].until &&
				(next == ENTRIES -> true :
				 entry[i].ticket < entry[next].ticket) -> i : next);
			i++
		:: else -> break
		od;
		if
		:: PASSES_MARK_ON && next < ENTRIES ->
			kwg_go_on_at(next, entry[me].until, entry[me].until_b);
			BEGIN_GAP()
		:: else
		fi;
		entry[me].until = 0;
		entry[me].until_b = false
	:: else
	fi
}

/* Who is marked has had its event, and is as good as woken. */
inline kwg_take_mark(me) {
	if
	:: MARK_WAKES && entry[me].until != 0 && entry[me].result == KWG_ASLEEP ->
		entry[me].result = RESULT(entry[me].until_b)
	:: else
	fi;
	kwg_pass_mark_on(me)
}

/* Enough, perhaps: mark the first of each kind that is left. */
inline kwg_stop_here() {
	if
	:: d_step { w < ENTRIES ->
			GO_ON_AT(w, t, b);
			if
			:: !entry[w].rest && kind == BOTH ->
				kind = REST;
				kwg_find_match();
				kind = BOTH;
				if
				:: w < ENTRIES -> GO_ON_AT(w, t, b)
				:: else
				fi
			:: else
			fi;
			work_queued = true;
			w = ENTRIES
		}
	:: true
	fi
}

#else

#define BATCH_LOCALS
#define OF_KIND(w)		true
#define FORGET_KIND()		skip
#define kwg_pass_mark_on(me)	skip
#define kwg_take_mark(me)	skip
#define kwg_stop_here()		skip
#define END_GAP()		skip

#endif
