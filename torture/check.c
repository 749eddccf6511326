// SPDX-License-Identifier: GPL-2.0
/*
 * The checker: what the threads record, and what follows from it.
 *
 * A record cannot be made in the same instant as the add or done that it is
 * about. So each group has two ghosts, counts that surround its own:
 *
 *	possibly++		surely--
 *	add()			write data
 *	surely++		done()
 *				possibly--
 *
 * All steps on the ghosts are fully ordered, so at any instant
 *
 *	surely <= count <= possibly
 *
 * S1: a wait returned 0 without a zero
 * ====================================
 *
 *	waiter				others
 *	A: surely = 1, no zero so far
 *	wait() returns 0		...
 *	B: no zero since A
 *
 * The word of a ghost has its zeros counted in it, in the same atomic
 * operation. If it was above zero at A, and at B has had no zero since, it was
 * above zero all the time, and so was the count. The ordering: a done that the
 * wait has seen has its "surely--" before it, and B is after the wait; an add
 * that A has seen is before the wait. Both need the smp_mb() at A and B.
 *
 * It can miss an early return (surely is lower than the count for a while), but
 * it cannot blame a right one.
 *
 * S3: a member's data is not visible
 * ==================================
 *
 *	member, cell c			waiter
 *	add(); due[c] = 7
 *					C: due[c] = 7
 *	wrote[c] = 7			wait() returns 0
 *	done()				D: wrote[c] = 6
 *
 * At C the member was counted, so a zero after C is after its done. Then D must
 * read 7, or more from a later member in the cell. A lower number is a stale
 * read (S3), or the done has not even come (S1): the ghost may tell which.
 * Nothing between the wait and D orders the two, so only the wait can.
 *
 * Who retires a slot reads data without any marked access as well, when nobody
 * may write: KCSAN sees if the wait has not ordered that.
 *
 * S2: asleep although there was a zero
 * ====================================
 *
 *	waiter				others
 *	call 5: wait()			possibly = 0, the 12th zero
 *	  ...				E: call 5, possibly = 0, zero 12
 *	  ...				F: call 5, possibly = 0, zero 12
 *
 * Possibly is zero only when each done has returned, with its wake-ups. If it is
 * the same zero at F as at E, the count was zero all the time between. A wait
 * that came before the zero was woken by it, one that came later does not
 * sleep. Either has only to run in order to return, so patience decides.
 * A slot that retires lets no other zero come, which would wake the lost one.
 *
 * The thread is killed, out of a wait that can be, and the case has failed.
 *
 * S4: memory written after it was free
 * ====================================
 *
 *	owner				late waker
 *	wait() returns 0		done() is not back yet
 *	fill with a byte
 *	  (delay)			writes to the group
 *	G: all of that byte?
 *
 * Between its wait and the next group the memory is the owner's alone. From
 * kmalloc it is freed instead, and KASAN sees reads too.
 *
 * And when nobody is in it, a group is empty: no count, no ticket.
 */
#include <linux/printk.h>
#include <linux/sched/debug.h>
#include <linux/sched/signal.h>

#include "torture.h"

/* How often the watch finds a thread in the same wait before it is lost. */
#define KWT_OVERDUE	100

static const char * const kwt_violation_names[] = {
	[KWT_S1] = "S1", [KWT_S2] = "S2", [KWT_S3] = "S3", [KWT_S4] = "S4",
	[KWT_RESULT] = "result",
};

/* A round that has failed ends: what follows from the first is of no use. */
void kwt_violation(struct kwt_run *run, enum kwt_violation what,
		   const char *fmt, ...)
{
	unsigned int ms = jiffies_to_msecs(jiffies - run->start);
	struct va_format vaf;
	va_list args;

	WRITE_ONCE(run->stop, true);
	if (atomic_inc_return(&run->violations[what]) > 3)
		return;
	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	pr_info("    # %s violated after %u ms: %pV\n",
		kwt_violation_names[what], ms, &vaf);
	va_end(args);
}

void kwt_ghost_add(struct kwt_ghost *ghost, int n)
{
	atomic64_add_return(n, &ghost->word);
}

/* A zero is counted in the operation that makes it. */
void kwt_ghost_sub(struct kwt_ghost *ghost, int n)
{
	s64 old = atomic64_read(&ghost->word);
	s64 new;

	do {
		new = old - n;
		if (!kwt_ghost_count(new))
			new += BIT_ULL(32);
	} while (!atomic64_try_cmpxchg(&ghost->word, &old, new));
}

void kwt_call_begin(struct kwt_thread *t, struct kwt_slot *slot,
		    struct kwt_call *call)
{
	int i;

	t->stats[KWT_WAITS]++;
	call->surely = atomic64_read(&slot->surely.word);
	for (i = 0; i < KWT_CELLS; i++)
		/* C: pairs with the store in kwt_join_group() */
		call->due[i] = smp_load_acquire(&slot->cells[i].due);
	WRITE_ONCE(t->watch.call, t->watch.call + 1);
	WRITE_ONCE(t->watch.slot, slot);
	/* A: before all of the wait */
	smp_mb();
}

static void kwt_check_zero(struct kwt_thread *t, struct kwt_slot *slot,
			   const struct kwt_call *call)
{
	s64 after;
	int i;

	for (i = 0; i < KWT_CELLS; i++) {
		/* D */
		u32 wrote = READ_ONCE(slot->cells[i].wrote);

		if ((s32)(wrote - call->due[i]) < 0)
			kwt_violation(t->run, KWT_S3,
				      "wait returned, member %u of cell %d has not finished, only %u has",
				      call->due[i], i, wrote);
	}
	/* B: after all of the wait */
	smp_mb();
	after = atomic64_read(&slot->surely.word);
	if (kwt_ghost_count(call->surely) && !((after ^ call->surely) >> 32))
		kwt_violation(t->run, KWT_S1,
			      "wait returned, count was never below 1 in it; ghosts %llx to %llx",
			      call->surely, after);
}

void kwt_call_end(struct kwt_thread *t, struct kwt_slot *slot,
		  const struct kwt_call *call, int ret)
{
	if (!ret)
		kwt_check_zero(t, slot, call);
	WRITE_ONCE(t->watch.slot, NULL);
}

/* By who retires @slot, after its wait: nobody is in the group. */
void kwt_check_empty(struct kwt_thread *t, struct kwt_slot *slot)
{
	s64 state = atomic64_read(&slot->wg->state);
	int i;

	for (i = 0; i < KWT_CELLS; i++) {
		struct kwt_cell *cell = &slot->cells[i];
		u32 plain = cell->plain;

		if (plain != READ_ONCE(cell->due))
			kwt_violation(t->run, KWT_S3,
				      "cell %d has %u and not %u", i, plain,
				      READ_ONCE(cell->due));
	}
	if (state & ~KWAITGROUP_CLOSED)
		kwt_violation(t->run, KWT_RESULT,
			      "nobody is in the group, its state is %llx",
			      state);
}

void kwt_check_poison(struct kwt_run *run, const void *mem, size_t size,
		      u8 byte)
{
	/* G */
	const u8 *bad = memchr_inv(mem, byte, size);

	if (bad)
		kwt_violation(run, KWT_S4, "byte %td of a free group is %02x and not %02x",
			      bad - (const u8 *)mem, *bad, byte);
}

static void kwt_lost(struct kwt_run *run, struct kwt_thread *t)
{
	struct kwt_slot *slot = t->seen.slot;

	kwt_violation(run, KWT_S2,
		      "%s (%d) waits, count is zero; pins %x, generation %d",
		      t->thread.task->comm, t->thread.task->pid,
		      atomic_read(&slot->pins), atomic_read(&slot->generation));
	if (atomic_read(&run->violations[KWT_S2]) == 1)
		sched_show_task(t->thread.task);
	send_sig(SIGKILL, t->thread.task, 1);
}

static void kwt_watch_one(struct kwt_run *run, struct kwt_thread *t)
{
	struct kwt_watch now = {
		.slot = READ_ONCE(t->watch.slot),
		.call = READ_ONCE(t->watch.call),
	};
	s64 zero = now.slot ? atomic64_read(&now.slot->possibly.word) : 1;

	/* F: is it as it was at E, the last time? */
	if (kwt_ghost_count(zero) || now.slot != t->seen.slot ||
	    now.call != t->seen.call || zero != t->seen_zero) {
		t->overdue = 0;
	} else if (++t->overdue >= KWT_OVERDUE) {
		t->overdue = 0;
		kwt_lost(run, t);
	}
	t->seen = now;
	t->seen_zero = zero;
}

/* Called ten times a second. */
void kwt_watch_all(struct kwt_run *run)
{
	int i;

	for (i = 0; i < run->nr_started; i++)
		kwt_watch_one(run, &run->threads[i]);
}
