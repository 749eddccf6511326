// SPDX-License-Identifier: GPL-2.0
/*
 * The slow paths of counting: misuse, breakage, closing, reuse.
 *
 * Adding and finishing are inline, see kwaitgroup_add() and kwaitgroup_done().
 * They come here with the result of their atomic operation when it is not the
 * common one. Waiting, and the proof of both together, is in bucket.c.
 *
 * Who may touch the group here?
 * =============================
 *
 * After a decrement that left the count at zero, nobody: the group may be
 * freed. kwg_wake() uses its address as a key only. After one that went below
 * zero the caller was never a member, and the group is its problem; it is
 * touched to undo the damage.
 *
 * Undoing an unmatched done
 * =========================
 *
 *	the culprit			others
 *	D: count 0 -> -1
 *					add(1): count -1 -> 0
 *					wait(): sees 0, returns 0
 *	E: count 0 -> 1, BADFD
 *					wait(): -EBADFD, also if asleep
 *
 * Between D and E the count is one too low. An add in between sees a result
 * below one, but that is not its fault and it says nothing. A wait in between
 * may return 0: the word was zero, which is all S1 promises when the count has
 * been misused. Undoing and breaking are one operation, E, so that nobody sees
 * the count repaired and the group not broken.
 *
 * A member that is done between D and E goes below zero, too, and is undone as well:
 *
 *	the culprit			others
 *	D: count 0 -> -1
 *					add(1): count -1 -> 0
 *					done: count 0 -> -1
 *					E: count -1 -> 0, BADFD
 *	E: count 0 -> 1
 *
 * Had that done been another culprit's, one member would be left now. Nobody can
 * tell, and a count that is too low ends waits while members are running. So it may
 * be too high after misuse, and a wait for the rest lacks a member that is not there;
 * early waits return, and the culprit has been reported.
 */
#include <linux/export.h>
#include <linux/minmax.h>

#include "core.h"

#ifdef CONFIG_KWAITGROUP_OBSERVE
DEFINE_STATIC_KEY_FALSE(kwaitgroup_observed);
EXPORT_SYMBOL_GPL(kwaitgroup_observed);
#endif

#ifdef CONFIG_KWAITGROUP_DEBUG
void (*kwg_window_hook)(enum kwg_window);
EXPORT_SYMBOL_GPL(kwg_window_hook);
#endif

/* The dead are not there if somebody's unmatched done has finished them. */
static int kwg_undo(s64 state, s64 flag, int n)
{
	if (flag != KWAITGROUP_OWNERDEAD)
		return n;
	return clamp(n, 0, max(kwg_state_count(state), 0));
}

/**
 * kwg_break_state - take members off the count, and break the group
 * @wg: the group
 * @flag: KWAITGROUP_BADFD or KWAITGROUP_OWNERDEAD: what waits return from now
 *	on, whatever the count is
 * @n: what to undo: positive after an add, or how many members have died;
 *	negative after a done
 *
 * Those who wait for the rest are passed by if members are left: their ticket
 * stays in the word, and the last done finds them.
 *
 * Return: the state then, for kwg_break_wake()
 */
s64 kwg_break_state(struct kwaitgroup *wg, s64 flag, int n)
{
	s64 old = atomic64_read(&wg->state);
	s64 new;

	do {
		new = old;
		if (!kwg_mutant(misuse_not_undone))
			new += kwg_undo(old, flag, n) * KWAITGROUP_ONE;
		if (!kwg_mutant(misuse_not_marked))
			new |= flag;
		/* E */
	} while (!atomic64_try_cmpxchg(&wg->state, &old, new));
	return new;
}

/**
 * kwg_break_wake - wake who waits for a group that was broken
 * @wg: the group, as an address; it may be gone
 * @state: what kwg_break_state() gave
 * @ip: who is to blame if this context cannot wake, or 0
 */
void kwg_break_wake(struct kwaitgroup *wg, s64 state, unsigned long ip)
{
	if (!(state & KWAITGROUP_TICKET_MASK) || kwg_mutant(break_wakes_nobody))
		return;
	kwg_window(KWG_WINDOW_BROKEN);
	kwg_wake(wg, state, ip);
}

/* Both. */
void kwg_break(struct kwaitgroup *wg, s64 flag, int n, unsigned long ip)
{
	kwg_break_wake(wg, kwg_break_state(wg, flag, n), ip);
}

static void kwg_overflow(struct kwaitgroup *wg, int n, int undo,
			 unsigned long ip)
{
	kwg_window(KWG_WINDOW_UNDO);
	kwg_break(wg, KWAITGROUP_BADFD, undo, ip);
	kwg_misuse(wg, KWG_MISUSE_OVERFLOW, n, ip);
}

static void kwg_unmatched(struct kwaitgroup *wg, int count, int undo,
			  unsigned long ip)
{
	kwg_window(KWG_WINDOW_UNDO);
	kwg_break(wg, KWAITGROUP_BADFD, undo, ip);
	kwg_misuse(wg, KWG_MISUSE_NEGATIVE, count, ip);
}

/*
 * The unusual arguments of kwaitgroup_add(): zero, negative, many. And all of
 * them, as well as done, while somebody observes.
 *
 * Many at a time are added or finished only if that is right. Done first and
 * undone then, a few calls at the same time could take the count around:
 * 2^30 members there may be, and a third 2^30 more makes it negative.
 */
void __kwaitgroup_add(struct kwaitgroup *wg, int n, unsigned long ip)
{
	bool counted;
	s64 new;

	if (!n)
		return;
	if (n > KWAITGROUP_COUNT_MAX || n < -KWAITGROUP_COUNT_MAX) {
		kwg_overflow(wg, n, 0, ip);
		return;
	}
	if (__kwaitgroup_is_observed())
		counted = kwg_count_observed(wg, n, ip, &new);
	else
		counted = kwg_count(wg, n, &new);
	if (!counted && n > 0)
		kwg_overflow(wg, n, 0, ip);
	else if (!counted)
		kwg_unmatched(wg, kwg_state_count(new), 0, ip);
	else if (n > 0 && __kwaitgroup_add_is_bad(new))
		__kwaitgroup_added(wg, new, n, ip);
	else if (n < 0 && new > 0)
		__kwaitgroup_finished(wg, new, -n, ip);
}
EXPORT_SYMBOL_GPL(__kwaitgroup_add);

/*
 * An add of @n gave @new, and that is not a valid count of an open group. A
 * count below one comes from somebody else's unmatched done, see above.
 */
void __kwaitgroup_added(struct kwaitgroup *wg, s64 new, int n,
			unsigned long ip)
{
	if (new < -KWAITGROUP_COUNT_MAX * KWAITGROUP_ONE &&
	    !kwg_mutant(overflow_unchecked))
		kwg_overflow(wg, n, n, ip);
	else if ((new & KWAITGROUP_CLOSED) && !kwg_mutant(closed_unreported))
		/* It stays counted: drain must wait for its done. */
		kwg_misuse(wg, KWG_MISUSE_CLOSED, n, ip);
}
EXPORT_SYMBOL_GPL(__kwaitgroup_added);

/*
 * Finishing @n members gave @new: the count is zero and there is a waiter or a
 * flag, or it is below zero.
 */
void __kwaitgroup_finished(struct kwaitgroup *wg, s64 new, int n,
			   unsigned long ip)
{
	int count = kwg_state_count(new);

	if (unlikely(count < 0)) {
		kwg_unmatched(wg, count, -n, ip);
		return;
	}
	/* From here on @wg is an address and not a group. */
	if (!(new & KWAITGROUP_TICKET_MASK))
		return;
	/* With the release of every done: pairs with kwg_wake_waiter(). */
	smp_acquire__after_ctrl_dep();
	kwg_window(KWG_WINDOW_FINISHED);
	kwg_wake(wg, new, ip);
	if (kwg_mutant(touch_after_done))
		atomic64_andnot(KWAITGROUP_TICKET_MASK, &wg->state);
}
EXPORT_SYMBOL_GPL(__kwaitgroup_finished);

/**
 * kwg_finish - finish members if there are so many
 * @wg: the group
 * @n: how many
 *
 * What user space asks for must not be misuse. The wake-up is the one of
 * kwaitgroup_done().
 *
 * Return:
 * * 0		- done
 * * -ERANGE	- fewer are left; nothing was changed
 */
int kwg_finish(struct kwaitgroup *wg, unsigned int n)
{
	s64 old = atomic64_read(&wg->state);
	s64 new;

	do {
		if ((s64)kwg_state_count(old) < n)
			return -ERANGE;
		new = old + n * KWAITGROUP_ONE;
	} while (!atomic64_try_cmpxchg_release(&wg->state, &old, new));
	/* Its descriptor keeps the group. */
	if (__kwaitgroup_is_observed())
		kwg_observe(wg, -(int)n, new, _RET_IP_);
	if (new > 0)
		__kwaitgroup_finished(wg, new, n, _RET_IP_);
	return 0;
}

/**
 * kwaitgroup_try_add_many - add members to a group that others close or fill
 * @wg: the group; the caller makes sure that it is there
 * @n: how many
 *
 * For groups of kwaitgroup_fdget(): user space may close them and add as many
 * members as it likes, so neither is misuse and nothing is reported.
 *
 * Ordering: acquire if added: who gets in after kwaitgroup_reinit() sees what
 * was written before it.
 *
 * Context: Any, see the table in <linux/kwaitgroup.h> for NMI.
 * Return:
 * * 0		- added; @n kwaitgroup_done() must follow
 * * -ESHUTDOWN	- the group is closed
 * * -EOVERFLOW	- there would be more than KWAITGROUP_COUNT_MAX
 */
int kwaitgroup_try_add_many(struct kwaitgroup *wg, unsigned int n)
{
	return kwg_try_add(wg, n, 0, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_try_add_many);

/* kwaitgroup_try_add() that did not succeed at once. */
bool __kwaitgroup_try_add(struct kwaitgroup *wg, unsigned long ip)
{
	int err = kwg_try_add(wg, 1, 0, ip);

	if (err == -EOVERFLOW)
		kwg_overflow(wg, 1, 0, ip);
	return !err;
}
EXPORT_SYMBOL_GPL(__kwaitgroup_try_add);

/**
 * kwaitgroup_close - let nobody in any more
 * @wg: the group
 *
 * kwaitgroup_try_add() fails from now on and kwaitgroup_add() is reported.
 * Members that are in stay in, and waits wait for them. Closing twice is fine;
 * kwaitgroup_reinit() opens the group again.
 *
 * Context: Any, see the table in <linux/kwaitgroup.h> for NMI.
 */
void kwaitgroup_close(struct kwaitgroup *wg)
{
	atomic64_or(KWAITGROUP_CLOSED, &wg->state);
}
EXPORT_SYMBOL_GPL(kwaitgroup_close);

/* kwaitgroup_reinit() on behalf of @ip. */
int kwg_reinit(struct kwaitgroup *wg, unsigned long ip)
{
	s64 old = atomic64_read(&wg->state);

	if (old & KWAITGROUP_NAMED)
		kwg_members_settled(wg);
	do {
		if (((old & KWAITGROUP_TICKET_MASK) || !kwg_finished(old)) &&
		    !kwg_mutant(reinit_unchecked)) {
			kwg_misuse(wg, KWG_MISUSE_REINIT, kwg_state_count(old),
				   ip);
			return -EBUSY;
		}
	} while (!atomic64_try_cmpxchg(&wg->state, &old,
				       old & KWAITGROUP_USER));
	return 0;
}

/**
 * kwaitgroup_reinit - open a closed group, repair a broken one
 * @wg: the group; nobody waits for it, and nobody is or becomes a member
 *
 * Wait for the rest before: a broken group has its living members as any other.
 * Lockdep's knowledge of the group is kept, unlike with kwaitgroup_init().
 *
 * Ordering: a full barrier; pairs with the acquire of kwaitgroup_try_add().
 *
 * Context: Any but NMI.
 * Return:
 * * 0		- the group is open, empty and not broken
 * * -EBUSY - somebody waits, or members are left; nothing was changed, and it
 *   was reported
 */
int kwaitgroup_reinit(struct kwaitgroup *wg)
{
	return kwg_reinit(wg, _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_reinit);
