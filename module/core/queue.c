// SPDX-License-Identifier: GPL-2.0
/*
 * The waiters of a bucket: a tree, so that a waker finds those of its group
 * without a look at anybody else's, however many they are.
 *
 * They are in the order of their group's address, then those that a break of the
 * group wakes before those that wait for the rest, then of their tickets. So who
 * is to be woken by one event is one range, or two.
 *
 * A wake-up that goes on
 * ======================
 *
 * Nobody wakes more than a batch at a time: the lock is not held, and a member
 * that is done in an interrupt is not kept there, for as long as others choose
 * to have waiters. Where a waker stops, it marks the first waiter of its range
 * that is left, and a work item goes on from there. The mark needs no memory but
 * the waiter's, which is there until it is dequeued under the lock, and then the
 * next one of the range is marked. Two wake-ups that meet in one waiter become
 * one, up to the newer ticket: all in the range have had their event.
 */
#include "bucket.h"

static int kwg_compare_u64(u64 a, u64 b)
{
	return a < b ? -1 : a > b;
}

static int kwg_compare(const struct kwg_place *place,
		       const struct kwg_waiter *w)
{
	return kwg_compare_u64((uintptr_t)place->wg, (uintptr_t)w->wg) ?:
	       (int)place->rest - (int)w->rest ?:
	       kwg_compare_u64(place->ticket, w->ticket) ?:
	       kwg_compare_u64((uintptr_t)place->w, (uintptr_t)w);
}

static struct kwg_waiter *kwg_waiter_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct kwg_waiter, node);
}

/* The first place that is behind a waiter, whether it is still queued or not. */
void kwg_place_after(struct kwg_place *place, const struct kwg_waiter *w)
{
	*place = (struct kwg_place) {
		.wg = w->wg, .rest = w->rest, .ticket = w->ticket,
		.w = (const void *)((uintptr_t)w + 1),
	};
}

/* The first waiter at a place or behind it, or NULL. */
struct kwg_waiter *kwg_waiter_from(const struct kwg_bucket *b,
				   const struct kwg_place *place)
{
	struct rb_node *node = b->waiters.rb_node, *found = NULL;

	lockdep_assert_held(&b->lock);

	while (node) {
		if (kwg_compare(place, kwg_waiter_of(node)) <= 0) {
			found = node;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return kwg_waiter_of(found);
}

struct kwg_waiter *kwg_waiter_next(const struct kwg_waiter *w)
{
	return kwg_waiter_of(rb_next(&w->node));
}

bool kwg_has_waiter(const struct kwg_bucket *b, const struct kwaitgroup *wg)
{
	const struct kwg_place first = { .wg = wg };
	const struct kwg_waiter *w;

	if (RB_EMPTY_ROOT(&b->waiters))
		return false;
	w = kwg_waiter_from(b, &first);
	return w && w->wg == wg;
}

/* Its ticket and its kind are its place: they stay while it is queued. */
void kwg_enqueue(struct kwg_bucket *b, struct kwg_waiter *w)
{
	struct rb_node **link = &b->waiters.rb_node, *parent = NULL;
	const struct kwg_place place = {
		.wg = w->wg, .rest = w->rest, .ticket = w->ticket, .w = w,
	};

	lockdep_assert_held(&b->lock);

	while (*link) {
		parent = *link;
		link = kwg_compare(&place, kwg_waiter_of(parent)) < 0 ?
			&parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&w->node, parent, link);
	rb_insert_color(&w->node, &b->waiters);
	list_add_tail(&w->stamped, &b->stamped);
}

/* A wake-up of those up to @until goes on at @w, with @result. */
void kwg_go_on_at(struct kwg_bucket *b, struct kwg_waiter *w, u64 until,
		  int result)
{
	lockdep_assert_held(&b->lock);

	if (list_empty(&w->unfinished)) {
		list_add_tail(&w->unfinished, &b->unfinished);
		w->until = 0;
	}
	if (w->until <= until) {
		w->until = until;
		w->until_result = result;
	}
}

/*
 * A mark moves before its waiter goes: the work item, which looks without the
 * lock whether there is one, must not find none meanwhile.
 */
static void kwg_hand_mark_on(struct kwg_bucket *b, struct kwg_waiter *w)
{
	struct kwg_waiter *next = kwg_waiter_next(w);

	if (next && next->wg == w->wg && next->rest == w->rest &&
	    next->ticket <= w->until && !kwg_mutant(leave_ends_wake))
		kwg_go_on_at(b, next, w->until, w->until_result);
	list_del_init(&w->unfinished);
}

/* A task's stamp is looked after until it has left, woken or not: see ticket.c. */
void kwg_dequeue(struct kwg_bucket *b, struct kwg_waiter *w)
{
	lockdep_assert_held(&b->lock);

	if (!list_empty(&w->unfinished))
		kwg_hand_mark_on(b, w);
	if (w->notify)
		list_del_init(&w->stamped);
	if (kwg_is_alone(b, w)) {
		kwg_dequeue_alone(b, w);
		return;
	}
	rb_erase(&w->node, &b->waiters);
	RB_CLEAR_NODE(&w->node);
}
