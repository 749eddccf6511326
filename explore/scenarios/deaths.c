// SPDX-License-Identifier: GPL-2.0
/* Members that die, and misuse: early waiters, and those who wait for the rest. */
#include "groups.h"

static struct kwaitgroup wg;

static void dies(void *wg)
{
	kwg_break(wg, KWAITGROUP_OWNERDEAD, 1, _RET_IP_);
}

static void waits_for_rest(void *arg)
{
	CHECK(waits(&wg) == -EOWNERDEAD);
}

static void waits_early(void *arg)
{
	CHECK(waits_killable(&wg) == -EOWNERDEAD);
}

SCENARIO(last_dies, "the last member dies; one waits early, one for the rest")
{
	group_init(&wg, 1);
	ex_task("dies", dies, &wg);
	ex_task("early", waits_early, NULL);
	ex_task("rest", waits_for_rest, NULL);
}

static void may_see_death(void *arg)
{
	int err = waits(&wg);

	CHECK(err == -EOWNERDEAD);
	CHECK(kwaitgroup_count(&wg) == 0);
}

SCENARIO(one_of_two_dies, "one member dies, the other one is done later")
{
	group_init(&wg, 2);
	ex_task("dies", dies, &wg);
	ex_task("member", member, &wg);
	ex_task("rest", may_see_death, NULL);
}

static int told;

/* Who waits early is told at once: the other member is done only after that. */
static void done_when_told(void *arg)
{
	until(&told);
	kwaitgroup_done(&wg);
}

static void early_tells(void *arg)
{
	CHECK(waits_killable(&wg) == -EOWNERDEAD);
	tell(&told);
}

SCENARIO(early_is_told, "a death ends an early wait while members are left")
{
	group_init(&wg, 2);
	ex_task("dies", dies, &wg);
	ex_task("member", done_when_told, NULL);
	ex_task("early", early_tells, NULL);
	ex_task("rest", waits_for_rest, NULL);
}

/* S6: whatever the first wait returned, after the second nobody is left. */
static void cancels_and_frees(void *wg)
{
	int err = waits_killable(wg);

	if (err)
		err = waits(wg);
	CHECK(err == -EOWNERDEAD);
	CHECK(!kwaitgroup_reinit(wg));
	kfree(wg);
}

SCENARIO(death_then_free, "a member dies, the owner waits for the rest and frees")
{
	struct kwaitgroup *wg = group_alloc(2);

	ex_task("dies", dies, wg);
	ex_task("member", member, wg);
	ex_task("owner", cancels_and_frees, wg);
}

/* Misuse */

static void any_result(void *arg)
{
	int err = waits(&wg);

	CHECK(!err || err == -EBADFD);
}

static void sees_broken(void)
{
	s64 state = atomic64_read(&wg.state);

	CHECK(kwg_state_count(state) == 0);
	CHECK(state & KWAITGROUP_BADFD);
	CHECK(!(state & KWAITGROUP_TICKET_MASK));
}

SCENARIO_END(done_twice, "a member is done twice while one waits", sees_broken)
{
	group_init(&wg, 1);
	ex_expect("KWG_MISUSE_NEGATIVE", 1, 1);
	ex_task("member", member, &wg);
	ex_task("culprit", member, &wg);
	ex_task("waiter", any_result, NULL);
}

static void adds_and_is_done(void *arg)
{
	kwaitgroup_add(&wg, 1);
	kwaitgroup_done(&wg);
}

/*
 * Of two that go below zero, as the culprit has not been undone when the other one
 * is done, both are undone: the count is too high then, never too low.
 */
static void undone_each(void)
{
	s64 state = atomic64_read(&wg.state);

	CHECK(kwg_state_count(state) + 1 == ex_warnings("KWG_MISUSE_NEGATIVE"));
	CHECK(state & KWAITGROUP_BADFD);
}

static void early_result(void *arg)
{
	int err = waits_killable(&wg);

	CHECK(!err || err == -EBADFD);
}

SCENARIO_END(done_without_add, "a done without an add, while another adds",
	     undone_each)
{
	group_init(&wg, 0);
	ex_expect("KWG_MISUSE_NEGATIVE", 1, 2);
	ex_task("culprit", member, &wg);
	ex_task("adds", adds_and_is_done, NULL);
	ex_task("waiter", early_result, NULL);
}

static void adds_too_many(void *arg)
{
	kwaitgroup_add(&wg, 1);
	kwaitgroup_add(&wg, 200);
	kwaitgroup_add(&wg, KWAITGROUP_COUNT_MAX + 1);
	kwaitgroup_add(&wg, -KWAITGROUP_COUNT_MAX);
}

static void finds_broken(void *arg)
{
	CHECK(waits(&wg) == -EBADFD);
}

SCENARIO_END(overflow, "members too many while one waits, then all are done",
	     sees_broken)
{
	group_init(&wg, 0);
	kwaitgroup_add(&wg, KWAITGROUP_COUNT_MAX);
	ex_expect("KWG_MISUSE_OVERFLOW", 3, 3);
	ex_task("culprit", adds_too_many, NULL);
	ex_task("waiter", finds_broken, NULL);
}
