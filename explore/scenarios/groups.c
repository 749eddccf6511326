// SPDX-License-Identifier: GPL-2.0
/* What scenarios of wait groups share. */
#include "groups.h"

bool ex_is_zero(unsigned long long state)
{
	return (s64)state >= 0;
}

void put(int *p, int value)
{
	*p = value;
}

int get(const int *p)
{
	return *p;
}

bool is_set(unsigned long long value)
{
	return value;
}

bool has_waiter(unsigned long long state)
{
	return (state & KWAITGROUP_TICKET_MASK) || ex_is_zero(state);
}

int ex_batch = 32;

/* A group, and the table of buckets if there is none yet. */
void group_init(struct kwaitgroup *wg, int members)
{
	if (!kwg_buckets && kwg_buckets_init())
		ex_fail("no buckets");
	kwaitgroup_init(wg);
	if (members)
		kwaitgroup_add(wg, members);
	ex_watch(&wg->state);
}

struct kwaitgroup *group_alloc(int members)
{
	struct kwaitgroup *wg = kzalloc(sizeof(*wg), GFP_KERNEL);

	group_init(wg, members);
	return wg;
}

void group_mates(struct kwaitgroup **a, struct kwaitgroup **b)
{
	int n = 1024;
	struct kwaitgroup *wg = kvcalloc(n, sizeof(*wg), GFP_KERNEL);

	*a = wg;
	group_init(*a, 0);
	for (*b = wg + 1; *b < wg + n; ++*b)
		if (kwg_bucket(*b, 0) == kwg_bucket(*a, 0))
			break;
	CHECK(*b < wg + n);
	group_init(*b, 0);
}

/* Nobody is left but listeners, and nothing that was to be done. */
void ex_leftovers(void)
{
	struct kwg_bucket *b;
	struct kwg_waiter *w;

	kwg_for_each_bucket(b) {
		w = list_first_entry_or_null(&b->stamped, struct kwg_waiter,
					     stamped);
		CHECK(!w || w->notify);
		CHECK(list_empty(&b->unfinished));
		CHECK(!b->lock.held);
		CHECK(w || RB_EMPTY_ROOT(&b->waiters));
	}
	kwg_buckets_exit();
}

static int ended(struct kwaitgroup *wg, int err, bool rest)
{
	ex_frames_end();
	if ((!err || rest) && !ex_wait_had_zero())
		ex_fail("a wait returned %d, and the count was never zero in it",
			err);
	return err;
}

int waits(struct kwaitgroup *wg)
{
	ex_wait_begins(&wg->state);
	return ended(wg, kwaitgroup_wait(wg), true);
}

int waits_killable(struct kwaitgroup *wg)
{
	ex_wait_begins(&wg->state);
	return ended(wg, kwaitgroup_wait_killable(wg), false);
}

int waits_interruptible(struct kwaitgroup *wg)
{
	ex_wait_begins(&wg->state);
	return ended(wg, kwaitgroup_wait_interruptible(wg), false);
}

int waits_timeout(struct kwaitgroup *wg, long timeout)
{
	ex_wait_begins(&wg->state);
	return ended(wg, kwaitgroup_wait_timeout(wg, timeout), false);
}

/* One that goes on with @position began before this call: no check of S1. */
int waits_until(struct kwaitgroup *wg, struct kwg_standin *s, u64 *position)
{
	bool begins = !*position;
	int err;

	if (begins)
		ex_wait_begins(&wg->state);
	err = kwg_wait_until(wg, KTIME_MAX, s, position);
	ex_frames_end();
	if (!err && !ex_wait_had_zero())
		ex_fail("a wait returned 0, and the count was never zero in it");
	return err;
}

void member(void *wg)
{
	kwaitgroup_done(wg);
}

void waiter(void *wg)
{
	CHECK(!waits(wg));
}

void owner(void *wg)
{
	CHECK(!waits(wg));
	kfree(wg);
}
