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

/* Which entries a waker that carries ticket t may wake. */
#ifdef MUTANT_WAKE_IGNORES_TICKET
#define WAKE_MATCHES(w, t)	entry[w].queued
#else
#define WAKE_MATCHES(w, t)	(entry[w].queued && entry[w].ticket <= (t))
#endif

#ifdef MUTANT_WAKE_UNLOCKED
#define WAKE_LOCK()		skip
#define WAKE_UNLOCK()		skip
#else
#define WAKE_LOCK()		LOCK()
#define WAKE_UNLOCK()		UNLOCK()
#endif

/* The next ticket of the bucket: never 0, which means "nobody waits". */
#ifdef MUTANT_TICKET_ZERO
#define DRAW_TICKET(t)		t = bucket_ticket; bucket_ticket++
#else
#define DRAW_TICKET(t)		bucket_ticket++; t = bucket_ticket
#endif

/* Registration: compare-and-exchange, or a store of what was read. */
#ifdef MUTANT_REGISTER_BY_STORE
#define PUBLISH_MAY_REPLACE()	true
#define PUBLISH_TICKET(own)	count = c; broken = b; ticket = own
#else
#define PUBLISH_MAY_REPLACE()	SAME_WORD()
#define PUBLISH_TICKET(own)	ticket = own
#endif

/* Leaving: whose ticket is taken out of the word, and what replaces it. */
#if defined(MUTANT_ABORT_CLEARS_TICKET)
#define RETIRE_REPLACEMENT(newest, me)	(entry[me].result == KWG_ASLEEP -> 0 : newest)
#elif defined(MUTANT_WOKEN_CLEARS_TICKET)
#define RETIRE_REPLACEMENT(newest, me)	(entry[me].result == KWG_ASLEEP -> newest : 0)
#else
#define RETIRE_REPLACEMENT(newest, me)	newest
#endif

#ifdef MUTANT_WOKEN_CLEARS_TICKET
#define RETIRE_OWNS(t, me)	(t == entry[me].ticket || entry[me].result != KWG_ASLEEP && t != 0)
#else
#define RETIRE_OWNS(t, me)	(t == entry[me].ticket)
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

/* An unmatched done: taken back, marked, and everybody told. */
#ifdef MUTANT_MISUSE_NOT_UNDONE
#define BREAK_COUNT(c, n)	c
#else
#define BREAK_COUNT(c, n)	(c + n)
#endif

#ifdef MUTANT_MISUSE_NOT_MARKED
#define BREAK_MARK		broken
#else
#define BREAK_MARK		true
#endif

#ifdef MUTANT_MISUSE_WAKES_NOBODY
#define BREAK_TICKET(t)		0
#else
#define BREAK_TICKET(t)		t
#endif
