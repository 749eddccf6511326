// SPDX-License-Identifier: GPL-2.0
/* Groups that are closed and opened: who gets in, and what he sees. */
#include "groups.h"

static struct kwaitgroup wg;
static int drained, device, refused;

/* Uses what the owner takes away when it has drained the group. */
static void user(void *arg)
{
	if (!kwaitgroup_try_add(&wg))
		return;
	CHECK(!READ_ONCE(drained));
	kwaitgroup_done(&wg);
}

static void drains(void *arg)
{
	ex_wait_begins(&wg.state);
	CHECK(!kwaitgroup_drain(&wg));
	CHECK(ex_wait_had_zero());
	CHECK(!kwaitgroup_count(&wg));
	WRITE_ONCE(drained, 1);
}

SCENARIO(drain, "two users try to get in, the owner drains the group")
{
	group_init(&wg, 0);
	ex_task("user", user, NULL);
	ex_task("user", user, NULL);
	ex_task("owner", drains, NULL);
}

SCENARIO_BOUND(drain_busy, "a member is in, another one tries, two drain", 3)
{
	group_init(&wg, 1);
	ex_task("member", member, &wg);
	ex_task("user", user, NULL);
	ex_task("owner", drains, NULL);
	ex_task("owner", drains, NULL);
}

/* "Who gets in after reinit sees what the owner wrote before it." */
static void reopens(void *arg)
{
	CHECK(!waits(&wg));
	put(&device, 1);
	CHECK(!kwaitgroup_reinit(&wg));
}

static void uses_device(void *arg)
{
	if (!kwaitgroup_try_add(&wg))
		return;
	CHECK(get(&device));
	kwaitgroup_done(&wg);
}

SCENARIO(reinit, "the owner opens a group that was closed, and a user gets in")
{
	group_init(&wg, 1);
	kwaitgroup_close(&wg);
	ex_task("member", member, &wg);
	ex_task("owner", reopens, NULL);
	ex_task("user", uses_device, NULL);
	ex_task("user", uses_device, NULL);
}

/* Not while there are members, nor while somebody waits. */
static void reinit_too_soon(void *arg)
{
	int err = kwaitgroup_reinit(&wg);

	CHECK(!err || err == -EBUSY);
	refused = !!err;
}

static void refusal_is_reported(void)
{
	CHECK(ex_warnings("KWG_MISUSE_REINIT") == refused);
	CHECK(!kwaitgroup_count(&wg));
}

SCENARIO_END(reinit_busy, "a reinit while a member is in and one waits",
	     refusal_is_reported)
{
	group_init(&wg, 1);
	ex_expect("KWG_MISUSE_REINIT", 0, 1);
	ex_task("member", member, &wg);
	ex_task("waiter", waiter, &wg);
	ex_task("reinit", reinit_too_soon, NULL);
}

static void adds_late(void *arg)
{
	kwaitgroup_add(&wg, 1);
	kwaitgroup_done(&wg);
}

static void added_is_reported(void)
{
	CHECK(!kwaitgroup_count(&wg));
	CHECK(ex_warnings("KWG_MISUSE_CLOSED") == 1);
}

SCENARIO_END(add_closed, "an add to a closed group counts, and is reported",
	     added_is_reported)
{
	group_init(&wg, 1);
	kwaitgroup_close(&wg);
	ex_expect("KWG_MISUSE_CLOSED", 1, 1);
	ex_task("adds", adds_late, NULL);
	ex_task("member", member, &wg);
	ex_task("waiter", waiter, &wg);
}

/* Many at a time, up to the limit; a release in a negative add, too. */
static void adds_many(void *arg)
{
	if (!kwaitgroup_try_add_many(&wg, KWAITGROUP_COUNT_MAX - 200))
		kwaitgroup_add(&wg, -(KWAITGROUP_COUNT_MAX - 200));
}

static void done_many(void *arg)
{
	put(&device, 1);
	kwaitgroup_add(&wg, -200);
}

static void sees_device(void *arg)
{
	CHECK(!waits(&wg));
	CHECK(get(&device));
}

static void no_more_than_fit(void)
{
	CHECK(!atomic64_read(&wg.state));
}

SCENARIO_END(add_many, "many are added and done at a time", no_more_than_fit)
{
	group_init(&wg, 0);
	kwaitgroup_add(&wg, 200);
	ex_task("many", adds_many, NULL);
	ex_task("many done", done_many, NULL);
	ex_task("waiter", sees_device, NULL);
}

static void adds_all(void *arg)
{
	kwaitgroup_add(&wg, KWAITGROUP_COUNT_MAX);
}

static void once(void)
{
	CHECK(kwaitgroup_count(&wg) == KWAITGROUP_COUNT_MAX);
}

/* Added first and looked at then, three times as many would be less than none. */
SCENARIO_END(add_many_full, "as many as can be are added three times", once)
{
	group_init(&wg, 0);
	ex_expect("KWG_MISUSE_OVERFLOW", 2, 2);
	ex_task("many", adds_all, NULL);
	ex_task("many", adds_all, NULL);
	ex_task("many", adds_all, NULL);
}

static void one_too_many(void)
{
	CHECK(kwaitgroup_count(&wg) == KWAITGROUP_COUNT_MAX);
	CHECK(atomic64_read(&wg.state) & KWAITGROUP_BADFD);
}

static void adds_one(void *arg)
{
	kwaitgroup_add(&wg, 1);
}

SCENARIO_END(add_one_full, "one is added to a full group, twice", one_too_many)
{
	group_init(&wg, 0);
	kwaitgroup_add(&wg, KWAITGROUP_COUNT_MAX);
	ex_expect("KWG_MISUSE_OVERFLOW", 2, 2);
	ex_task("adds", adds_one, NULL);
	ex_task("adds", adds_one, NULL);
}
