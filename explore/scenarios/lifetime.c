// SPDX-License-Identifier: GPL-2.0
/* Late wakers: of a group that is armed again, freed, or another one by now. */
#include "groups.h"

static struct kwaitgroup wg, *at;
static int gone, returned;

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

static void arms(void *arg)
{
	CHECK(!waits(&wg));
	kwaitgroup_add(&wg, 1);
	tell(&returned);
	CHECK(!waits(&wg));
}

static void next_member(void *arg)
{
	until(&returned);
	kwaitgroup_done(&wg);
}

SCENARIO(late_waker, "a waker is late, and others wait for the next zero")
{
	group_init(&wg, 2);
	ex_task("member", member, &wg);
	ex_task("member", member, &wg);
	ex_task("waiter", arms, NULL);
	ex_task("next", next_member, NULL);
}

/* A new group at the address of the old one, which is as large as it is. */
static void reuses(void *arg)
{
	CHECK(!waits(at));
	kfree(at);
	ex_alloc_at(at);
	group_init(at, 1);
	tell(&gone);
	CHECK(!waits(at));
	kfree(at);
}

static void member_of_new(void *arg)
{
	until(&gone);
	kwaitgroup_done(at);
}

SCENARIO(address_reused, "a late waker's group is gone, another one at its address")
{
	at = group_alloc(1);
	ex_task("member", member, at);
	ex_task("owner", reuses, NULL);
	ex_task("new member", member_of_new, NULL);
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
