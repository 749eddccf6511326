/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Seeded bugs, one at a time: spin -DMUTANT_name.  core.pml and the scenarios
 * use the names defined here at every place where a bug can be planted; the
 * #else branch is always what the C does.  models.tsv says which property has
 * to catch which mutant.
 */

/* The decrement: which results mean "finished, never look back"? */
#ifdef MUTANT_COUNT_OFF_BY_ONE
#define DONE_MUST_WAKE()	(c == 1 && t != 0)
#else
#define DONE_MUST_WAKE()	(c == 0 && t != 0)
#endif
#define DONE_UNMATCHED()	(c < 0)
#define DONE_FINISHED()		(!DONE_MUST_WAKE() && !DONE_UNMATCHED())

/* What the waker does with the group between its decrement and its wake. */
#ifdef MUTANT_TOUCH_AFTER_DONE
#define BEFORE_WAKE(g)		TOUCH(g)
#else
#define BEFORE_WAKE(g)		skip
#endif

/* Which entries a waker that carries ticket t, and the word, may wake. */
#if defined(MUTANT_WAKE_IGNORES_TICKET)
#define WAKE_MATCHES(w, t)	entry[w].queued
#elif defined(MUTANT_BREAK_WAKES_REST)
#define WAKE_MATCHES(w, t)	(entry[w].queued && entry[w].ticket <= (t))
#else
#define WAKE_MATCHES(w, t)	(entry[w].queued && entry[w].ticket <= (t) && \
				 SETTLED(c, b, entry[w].rest))
#endif

#ifdef MUTANT_WAKE_UNLOCKED
#define WAKE_LOCK()		skip
#define WAKE_UNLOCK()		skip
#else
#define WAKE_LOCK()		LOCK()
#define WAKE_UNLOCK()		UNLOCK()
#endif

/* The first ticket of the bucket is 1: 0 means "nobody waits". */
#ifdef MUTANT_TICKET_ZERO
#define FIRST_TICKET		0
#else
#define FIRST_TICKET		1
#endif

/* Old stamps, old wakers, and whose stamp is looked after. */
#ifdef MUTANT_NO_REFRESH
#define REFRESHES		false
#else
#define REFRESHES		true
#endif

#ifdef MUTANT_NO_GRACE
#define GRACE_IS_OVER()		true
#else
#define GRACE_IS_OVER()		(under_way[!epoch] == 0)
#endif

#ifdef MUTANT_REFRESH_FORGETS_WOKEN
#define WAKE_UNSTAMP(w)		entry[w].stamp = 0
#else
#define WAKE_UNSTAMP(w)		skip
#endif

/* Registration: compare-and-exchange, or a store of what was read. */
#ifdef MUTANT_REGISTER_BY_STORE
#define PUBLISH_MAY_REPLACE()	true
#define PUBLISH_TICKET(own)	count = c; broken = b; ticket = own
#else
#define PUBLISH_MAY_REPLACE()	SAME_WORD()
#define PUBLISH_TICKET(own)	ticket = own
#endif

/* Leaving: who takes the ticket out of the word. */
#if defined(MUTANT_ABORT_CLEARS_TICKET)
#define LEAVE_MAY_CLEAR(me)	(!remain || entry[me].result == KWG_ASLEEP)
#elif defined(MUTANT_WOKEN_CLEARS_TICKET)
#define LEAVE_MAY_CLEAR(me)	(!remain || entry[me].result != KWG_ASLEEP)
#elif defined(MUTANT_LEAVE_KEEPS_TICKET)
#define LEAVE_MAY_CLEAR(me)	false
#else
#define LEAVE_MAY_CLEAR(me)	!remain
#endif

/* A woken waiter passes through the bucket lock so that its waker is out. */
#ifdef MUTANT_UNREGISTER_UNLOCKED
#define UNREGISTER_LOCK()		skip
#define UNREGISTER_UNLOCK()		skip
#else
#define UNREGISTER_LOCK()		LOCK()
#define UNREGISTER_UNLOCK()		UNLOCK()
#endif

/* An aborting waiter unlinks its entry before its stack frame goes. */
#ifdef MUTANT_ABORT_STAYS_QUEUED
#define UNREGISTER_UNLINK(w)		skip
#else
#define UNREGISTER_UNLINK(w)		entry[w].queued = false
#endif

/* A member that comes late finds the group closed. */
#ifdef MUTANT_TRY_ADD_IGNORES_CLOSE
#define TRY_ADD_REFUSED(cl)	false
#else
#define TRY_ADD_REFUSED(cl)	(cl)
#endif

/* ... and decides on the value that it replaces, not on an older one. */
#ifdef MUTANT_TRY_ADD_CHECKS_THEN_ADDS
#define TRY_ADD_MAY_REPLACE()	true
#else
#define TRY_ADD_MAY_REPLACE()	SAME_WORD()
#endif

/* A broken group is repaired when its members have left, as any other. */
#ifdef MUTANT_REINIT_FORGETS_MEMBERS
#define REINIT_REFUSED(c, t, b)	((t) != 0 || !SETTLED(c, b, false))
#else
#define REINIT_REFUSED(c, t, b)	((t) != 0 || (c) > 0)
#endif

/* An unmatched done: taken back and marked.  A death: taken off and marked. */
#if defined(MUTANT_MISUSE_NOT_UNDONE)
#define BREAK_COUNT(c, n, dead)	((dead) && c > 0 -> c - 1 : c)
#elif defined(MUTANT_DEATH_KEEPS_MEMBER)
#define BREAK_COUNT(c, n, dead)	((dead) -> c : c + (n))
#else
#define BREAK_COUNT(c, n, dead)	((dead) -> (c > 0 -> c - 1 : c) : c + (n))
#endif

#ifdef MUTANT_MISUSE_NOT_MARKED
#define BREAK_MARK		broken
#else
#define BREAK_MARK		true
#endif

/* Everybody is told whom it settles. */
#if defined(MUTANT_BREAK_WAKES_NOBODY)
#define BREAK_MUST_WAKE()	false
#elif defined(MUTANT_BREAK_FORGETS_EARLY)
#define BREAK_MUST_WAKE()	(t != 0 && c <= 0)
#elif defined(MUTANT_BREAK_FORGETS_REST)
#define BREAK_MUST_WAKE()	(t != 0 && c > 0)
#else
#define BREAK_MUST_WAKE()	(t != 0)
#endif

/* A wake-up that is deferred keeps what it has to say until it is said. */
#if defined(MUTANT_DEFER_OVERWRITES)
#define DEFER_MAY_USE(slot)	true
#elif defined(MUTANT_DEFER_SWEEPS)
#define DEFER_MAY_USE(slot)	false
#else
#define DEFER_MAY_USE(slot)	(!record[slot].used)
#endif

#ifdef MUTANT_DEFER_DROPS
#define DEFER_OVERFLOWS		overflow
#else
#define DEFER_OVERFLOWS		true
#endif

#ifdef MUTANT_DEFER_FREES_FIRST
#define DEFER_FREE_EARLY(slot)	record[slot].used = false
#else
#define DEFER_FREE_EARLY(slot)	skip
#endif

/* A wait that is restarted: since when, and who keeps the zeros of meanwhile. */
#ifdef MUTANT_POSITION_IGNORED
#define POSITION_OF(me)		bucket_ticket
#else
#define POSITION_OF(me)		position
#endif

#ifdef MUTANT_POSITION_UNSETTLED
#define POSITION_SETTLED(p)	false
#else
#define POSITION_SETTLED(p)	(stand_in_settled >= (p))
#endif

#ifdef MUTANT_NO_STAND_IN
#define STANDS_IN_FOR(me)	false
#else
#define STANDS_IN_FOR(me)	(ret == KWG_ABORTED)
#endif

#ifdef MUTANT_STAND_IN_LEAVES_EARLY
#define STAND_IN_MAY_LEAVE(t)	true
#else
#define STAND_IN_MAY_LEAVE(t)	((t) >= stand_in_newest)
#endif

#ifdef MUTANT_STAND_IN_SETTLES_ALL
#define STAND_IN_SETTLES(t)	stand_in_newest
#else
#define STAND_IN_SETTLES(t)	(t)
#endif

#ifdef MUTANT_STAND_IN_HIDDEN
#define REMAINING_ENTRIES	WAITERS
#else
#define REMAINING_ENTRIES	ENTRIES
#endif

/* A wake-up that goes on later: nobody on its way is forgotten. */
#ifdef BATCHES

#ifdef MUTANT_MARK_FORGOTTEN
#define MARK_WAKES		false
#else
#define MARK_WAKES		true
#endif

#ifdef MUTANT_BATCH_ENDS_WAKE
#define GO_ON_AT(w, t, b)	skip
#else
#define GO_ON_AT(w, t, b)	kwg_go_on_at(w, t, b)
#endif

#ifdef MUTANT_LEAVE_ENDS_WAKE
#define PASSES_MARK_ON		false
#else
#define PASSES_MARK_ON		true
#endif

#ifdef MUTANT_MARK_MOVES_LATE
#define BEGIN_GAP()		list_gap = true
#define END_GAP()		list_gap = false
#else
#define BEGIN_GAP()		skip
#define END_GAP()		skip
#endif

#ifdef MUTANT_STAND_IN_UNMARKED
#define SETTLE_MARKED_STAND_IN()	skip
#else
#define SETTLE_MARKED_STAND_IN() \
	stand_in_settled = MAX(stand_in_settled, entry[STAND_IN].until)
#endif

#else
#define SETTLE_MARKED_STAND_IN()	skip
#endif

/* Gathering the counters of the CPUs. */
#ifdef MUTANT_GATHER_NO_GRACE
#define GRACE_PERIOD()		skip
#else
#define GRACE_PERIOD()		!awaited[0] && !awaited[1]
#endif

#ifdef MUTANT_GATHER_NO_BIAS
#define GATHER_BIAS()		skip
#define BIAS_OFF		0
#else
#define GATHER_BIAS()		word = word + BIAS
#define BIAS_OFF		BIAS
#endif

#ifdef MUTANT_GATHER_TWICE
#define COLLECTED()		skip
#else
#define COLLECTED()		counter[0] = 0; counter[1] = 0
#endif
