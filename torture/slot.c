// SPDX-License-Identifier: GPL-2.0
/*
 * Slots: where groups live, and who may use one when.
 *
 * A thread that wants to add, close or wait *pins* the slot, as a driver would
 * take a reference. A member does not: from its add to its done the count keeps
 * the group alive, which is what is under test. So is everything after the
 * decrement of the last done, when nothing does.
 *
 *	owner				others
 *	pins |= RETIRING		no pin succeeds any more
 *	wait until no pin is left	waits return, adds are through
 *	add some members itself		members finish
 *	wait() returns 0
 *	H: the memory is the owner's	a last done may still be in its window
 *	reinit, or free and reuse
 *	pins &= ~RETIRING		pins succeed again
 *
 * At H no waiter and no member is left, so the owner keeps to the contract of
 * reinit and of freeing. The late waker is the only one left, and the one who
 * must not touch the group nor wake a waiter of the next.
 *
 * A group is closed by whoever likes to. As an add to a closed group is misuse,
 * all adds to a group that may be closed are try_add.
 */
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "torture.h"

/* As in module/core/bucket.c. Were it wrong, groups would not meet. */
#define KWT_BUCKET_BITS	8

/* Memory for so many groups has enough that collide. */
#define KWT_ARENA_SIZE	(2 * (KWT_MAX_GROUPS << KWT_BUCKET_BITS) * KWT_STRIDE)
#define KWT_STRIDE	64

static_assert(sizeof(struct kwaitgroup) <= KWT_STRIDE);

/* A pin: the group is there, and nobody retires it before kwt_leave(). */
bool kwt_enter(struct kwt_slot *slot)
{
	if (!(atomic_inc_return_acquire(&slot->pins) & KWT_RETIRING))
		return true;
	kwt_leave(slot);
	return false;
}

void kwt_leave(struct kwt_slot *slot)
{
	if (atomic_dec_return_release(&slot->pins) == KWT_RETIRING)
		wake_up(&slot->unpinned);
}

/* Take up to @nr cells that are in state @from, starting anywhere. */
static int kwt_take(struct kwt_thread *t, struct kwt_slot *slot,
		    struct kwt_cell **cells, int nr, enum kwt_cell_state from)
{
	u32 first = kwt_random(t, KWT_CELLS);
	int i, taken = 0;

	for (i = 0; i < KWT_CELLS && taken < nr; i++) {
		struct kwt_cell *cell = &slot->cells[(first + i) % KWT_CELLS];
		int old = from;

		if (atomic_read(&cell->state) == from &&
		    atomic_try_cmpxchg_acquire(&cell->state, &old, from + 1))
			cells[taken++] = cell;
	}
	return taken;
}

static bool kwt_add(struct kwt_thread *t, struct kwt_slot *slot, int nr)
{
	if (!slot->closable) {
		kwaitgroup_add(slot->wg, nr);
		return true;
	}
	if (kwaitgroup_try_add(slot->wg))
		return true;
	t->stats[KWT_TRY_REFUSED]++;
	return false;
}

/*
 * Add up to @nr members, for whoever finds them in their cells. By who has
 * pinned or retires @slot.
 */
int kwt_join_group(struct kwt_thread *t, struct kwt_slot *slot, int nr)
{
	struct kwt_cell *cells[KWT_BATCH];
	bool added;
	int i;

	nr = kwt_take(t, slot, cells, slot->closable ? !!nr : nr, KWT_FREE);
	if (!nr)
		return 0;
	kwt_ghost_add(&slot->possibly, nr);
	added = kwt_add(t, slot, nr);
	if (added)
		kwt_ghost_add(&slot->surely, nr);
	else
		kwt_ghost_sub(&slot->possibly, nr);

	for (i = 0; i < nr; i++) {
		struct kwt_cell *cell = cells[i];

		cell->wg = slot->wg;
		if (added)
			/* Pairs with C in check.c: it is in the count. */
			smp_store_release(&cell->due, ++cell->seq);
		atomic_set_release(&cell->state, added ? KWT_MEMBER : KWT_FREE);
	}
	if (added)
		t->stats[KWT_ADDS] += nr;
	return nr;
}

/*
 * The end of @nr members, in any context. The slot is there longer than the
 * group, which is not to be touched after the done.
 */
static void kwt_finish(struct kwt_slot *slot, struct kwt_cell **cells, int nr)
{
	struct kwaitgroup *wg = cells[0]->wg;
	int i;

	kwt_ghost_sub(&slot->surely, nr);
	for (i = 0; i < nr; i++) {
		WRITE_ONCE(cells[i]->wrote, cells[i]->seq);
		cells[i]->plain = cells[i]->seq;
	}
	if (nr == 1)
		kwaitgroup_done(wg);
	else
		kwaitgroup_add(wg, -nr);
	kwt_ghost_sub(&slot->possibly, nr);
	for (i = 0; i < nr; i++)
		atomic_set_release(&cells[i]->state, KWT_FREE);
}

/* A hard interrupt; on PREEMPT_RT the thread that stands in for it. */
void kwt_irq_finish(struct irq_work *work)
{
	struct kwt_thread *t = container_of(work, struct kwt_thread, irq);

	kwt_finish(t->irq_slot, &t->irq_cell, 1);
}

/* Where interrupts are off, PREEMPT_RT forbids the wake-up. */
static void kwt_finish_atomic(struct kwt_thread *t, struct kwt_slot *slot,
			      struct kwt_cell *cell)
{
	unsigned long flags;

	t->stats[KWT_DONES_IRQ]++;
	if (!IS_ENABLED(CONFIG_PREEMPT_RT) && kwt_random(t, 2)) {
		local_irq_save(flags);
		kwt_finish(slot, &cell, 1);
		local_irq_restore(flags);
		return;
	}
	t->irq_slot = slot;
	t->irq_cell = cell;
	irq_work_queue(&t->irq);
	irq_work_sync(&t->irq);
}

/* Finish up to @nr members of @slot, whoever added them. No pin is needed. */
int kwt_finish_some(struct kwt_thread *t, struct kwt_slot *slot, int nr)
{
	struct kwt_cell *cells[KWT_BATCH];

	nr = kwt_take(t, slot, cells, nr, KWT_MEMBER);
	if (!nr)
		return 0;
	t->stats[KWT_DONES] += nr;
	if (nr == 1 && !kwt_random(t, 4)) {
		kwt_finish_atomic(t, slot, cells[0]);
		return nr;
	}
	t->finishing = slot;
	t->may_sleep = true;
	kwt_finish(slot, cells, nr);
	t->may_sleep = false;
	return nr;
}

/* The memory of a group that is no more: given away, and taken for the next. */
static void kwt_reuse(struct kwt_thread *t, struct kwt_slot *slot)
{
	u8 byte = kwt_random(t, 256);

	if (t->run->shape->heap) {
		kfree(slot->wg);
		kwt_pause(t);
		slot->wg = kmalloc(sizeof(*slot->wg), GFP_KERNEL | __GFP_NOFAIL);
	} else {
		memset(slot->wg, byte, sizeof(*slot->wg));
		kwt_pause(t);
		kwt_check_poison(t->run, slot->wg, sizeof(*slot->wg), byte);
	}
	kwaitgroup_init(slot->wg);
	t->stats[KWT_REUSES]++;
}

static void kwt_reinit(struct kwt_thread *t, struct kwt_slot *slot)
{
	int ret = kwaitgroup_reinit(slot->wg);

	if (ret)
		kwt_violation(t->run, KWT_RESULT, "reinit returned %d", ret);
	t->stats[KWT_REINITS]++;
}

/* The life of a group ends, and the next one begins. */
void kwt_retire(struct kwt_thread *t, struct kwt_slot *slot)
{
	if (atomic_fetch_or(KWT_RETIRING, &slot->pins) & KWT_RETIRING)
		return;
	wait_event(slot->unpinned,
		   atomic_read_acquire(&slot->pins) == KWT_RETIRING);
	kwt_join_group(t, slot, kwt_random(t, KWT_BATCH + 1));
	while (kwt_wait(t, slot, kwt_random(t, KWT_WAIT_KINDS)))
		cond_resched();
	/* H */
	kwt_check_empty(t, slot);
	if (!kwt_random(t, 4) && kwaitgroup_drain(slot->wg))
		kwt_violation(t->run, KWT_RESULT, "drain of nobody failed");
	if (kwt_random(t, 2))
		kwt_reinit(t, slot);
	else
		kwt_reuse(t, slot);
	slot->closable = kwt_random(t, 2);
	atomic_inc(&slot->generation);
	atomic_fetch_andnot_release(KWT_RETIRING, &slot->pins);
}

/* The next address at or after @mem that falls into @bucket. */
static void *kwt_colliding(void *mem, u32 bucket)
{
	while (hash_ptr(mem, KWT_BUCKET_BITS) != bucket)
		mem += KWT_STRIDE;
	return mem;
}

static void *kwt_place(struct kwt_run *run, struct kwt_slot *last)
{
	if (run->shape->heap)
		return kmalloc(sizeof(struct kwaitgroup), GFP_KERNEL);
	if (!last)
		return run->arena;
	return kwt_colliding((void *)last->wg + KWT_STRIDE,
			     hash_ptr(run->arena, KWT_BUCKET_BITS));
}

int kwt_slots_init(struct kwt_run *run, u32 seed)
{
	int i;

	run->arena = kvzalloc(KWT_ARENA_SIZE, GFP_KERNEL);
	run->slots = kvcalloc(run->nr_groups, sizeof(*run->slots), GFP_KERNEL);
	if (!run->arena || !run->slots)
		return -ENOMEM;
	for (i = 0; i < run->nr_groups; i++) {
		struct kwt_slot *slot = &run->slots[i];

		slot->wg = kwt_place(run, i ? slot - 1 : NULL);
		if (!slot->wg)
			return -ENOMEM;
		kwaitgroup_init(slot->wg);
		slot->closable = (seed + i) & 1;
		init_waitqueue_head(&slot->unpinned);
	}
	return 0;
}

void kwt_slots_free(struct kwt_run *run)
{
	int i;

	for (i = 0; run->slots && run->shape->heap && i < run->nr_groups; i++)
		kfree(run->slots[i].wg);
	kvfree(run->slots);
	kvfree(run->arena);
}
