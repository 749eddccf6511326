// SPDX-License-Identifier: GPL-2.0
/* Late wakers: of a group that is armed again, freed, or another one by now. */
#include "groups.h"

static struct kwaitgroup wg, *at;
static int returned;

SCENARIO(free_on_return, "the owner frees the group when its wait returns")
{
	struct kwaitgroup *wg = group_alloc(2);

	ex_task("member", member, wg);
	ex_task("member", member, wg);
	ex_task("owner", owner, wg);
}

/* S2: its second member is done only when the wait for the first has ended. */
static void adds_again(void *arg)
{
	until_waiter(&wg);
	kwaitgroup_done(&wg);
	kwaitgroup_add(&wg, 1);
	until(&returned);
	kwaitgroup_done(&wg);
}

static void first_waiter(void *arg)
{
	CHECK(!waits(&wg));
	tell(&returned);
}

SCENARIO(adds_again, "the group is armed again before the woken waiter has run")
{
	group_init(&wg, 1);
	ex_task("member", adds_again, NULL);
	ex_task("waiter", first_waiter, NULL);
}

/*
 * A waker is late: between its decrement and the bucket's lock. The zero is over
 * by then, and another one has woken whom it was to wake.
 */
static int again, armed;

static void zero_again_and_next(void *arg)
{
	until_zero(&wg);
	kwaitgroup_add(&wg, 1);
	kwaitgroup_done(&wg);
	tell(&again);
	until(&armed);
	kwaitgroup_done(&wg);
}

static void waits_twice(void *arg)
{
	CHECK(!waits(&wg));
	until(&again);
	kwaitgroup_add(&wg, 1);
	tell(&armed);
	CHECK(!waits(&wg));
}

SCENARIO(late_waker, "a waker is late, and somebody waits for the next zero")
{
	group_init(&wg, 1);
	ex_task("late", member, &wg);
	ex_task("members", zero_again_and_next, NULL);
	ex_task("waiter", waits_twice, NULL);
}

/*
 * The same, and the group is freed, and another one is at its address. The owner
 * arms it a second time when the late one has come to zero, so it is there till
 * both have returned.
 */
static int next;

static void first_waits(void *arg)
{
	CHECK(!waits(at));
	tell(&returned);
}

static void frees_and_reuses(void *arg)
{
	until_zero(at);
	kwaitgroup_add(at, 1);
	tell(&again);
	CHECK(!waits(at));
	until(&returned);
	kfree(at);
	ex_alloc_at(at);
	group_init(at, 1);
	tell(&next);
	CHECK(!waits(at));
	kfree(at);
}

static void members_of_both(void *arg)
{
	until(&again);
	kwaitgroup_done(at);
	until(&next);
	kwaitgroup_done(at);
}

SCENARIO(address_reused, "a late waker's group is gone, another one at its address")
{
	at = group_alloc(1);
	ex_task("late", member, at);
	ex_task("waiter", first_waits, NULL);
	ex_task("owner", frees_and_reuses, NULL);
	ex_task("members", members_of_both, NULL);
}

static struct kwaitgroup *mate_a, *mate_b;

SCENARIO(bucket_mates, "two groups share a bucket")
{
	group_mates(&mate_a, &mate_b);
	kwaitgroup_add(mate_a, 1);
	kwaitgroup_add(mate_b, 1);
	ex_task("member a", member, mate_a);
	ex_task("member b", member, mate_b);
	ex_task("waiter a", waiter, mate_a);
	ex_task("waiter b", waiter, mate_b);
}
