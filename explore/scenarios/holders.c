// SPDX-License-Identifier: GPL-2.0
/* Holders, with chunks of two places: module/member/hold.c, held.c and chunk.c. */
#include "groups.h"
#include "member/chunk.h"

#include <linux/kwaitgroup_holder.h>

#define HOLDERS		8

static struct kwaitgroup wg;
static struct kwaitgroup_holder h[HOLDERS];
static int taken, stale;
static struct work_struct *tend;

/* What the other files of the room would do; there are no members with a name. */

bool kwg_members_settled(const struct kwaitgroup *wg)
{
	kwg_holds_settled(wg);
	return true;
}

void kwg_members_forget(const struct kwaitgroup *wg)
{
	kwg_holds_forget(wg);
}

bool __kwaitgroup_try_wait(const struct kwaitgroup *wg)
{
	return kwg_members_settled(wg);
}

void kwg_report_stale(const struct kwg_record *rec)
{
	CHECK(rec->holder == &h[0]);
	WRITE_ONCE(stale, stale + 1);
}

void kwg_watch_queue(struct work_struct *work)
{
	WRITE_ONCE(tend, work);
}

static void holds(int i)
{
	CHECK(!kwaitgroup_hold(&wg, &h[i]));
}

static void holders_init(int members, int held)
{
	int i;

	kwg_chunks_init();
	group_init(&wg, members);
	for (i = 0; i < HOLDERS; i++)
		kwaitgroup_holder_init(&h[i], i);
	for (i = 0; i < held; i++)
		holds(i);
}

static void takes_first(void *wg)
{
	holds(0);
	kwaitgroup_done(wg);
	tell(&taken);
}

static void releases_first(void *unused)
{
	until(&taken);
	kwaitgroup_release(&h[0]);
}

SCENARIO(holder_keeps, "a holder is handed on and released, somebody waits")
{
	holders_init(1, 0);
	ex_task("taker", takes_first, &wg);
	ex_task("releaser", releases_first, NULL);
	ex_task("waiter", waiter, &wg);
}

static void releases(void *holder)
{
	kwaitgroup_release(holder);
}

static void one_is_left(void)
{
	CHECK(kwaitgroup_count(&wg) == 1);
}

SCENARIO_END(released_by_two, "two release the same holder", one_is_left)
{
	holders_init(1, 1);
	ex_expect("KWG_MISUSE_NOT_HELD", 1, 1);
	ex_task("first", releases, &h[0]);
	ex_task("second", releases, &h[0]);
}

/* Two chunks are enough for four, whoever has listed the one that had no room. */
static void no_place_is_lost(void)
{
	holds(4);
	holds(5);
	CHECK(kwg_chunks_end == 2);
	CHECK(kwaitgroup_count(&wg) == 4);
	CHECK(kwg_nr_holders() == 4 && !kwg_nr_unlisted());
}

static void takes_two(void *unused)
{
	holds(2);
	holds(3);
}

static void releases_two(void *unused)
{
	kwaitgroup_release(&h[0]);
	kwaitgroup_release(&h[1]);
}

SCENARIO_END(chunk_full, "a chunk is found full while places in it are given back",
	     no_place_is_lost)
{
	holders_init(0, 2);
	ex_task("taker", takes_two, NULL);
	ex_task("releaser", releases_two, NULL);
}

/* The same with an interrupt of the taker's CPU. */
SCENARIO_END(chunk_full_irq, "an interrupt gives places back that are just missing",
	     no_place_is_lost)
{
	holders_init(0, 2);
	ex_irq("releaser", ex_task("taker", takes_two, NULL), releases_two, NULL);
}

static void hands_over(void *unused)
{
	kwaitgroup_release(&h[0]);
	holds(1);
}

static void reads(void *unused)
{
	struct kwg_hold_place place = {};
	struct kwg_record copies[4];
	unsigned int i, nr = kwg_holds_copy(&place, copies, 4);

	for (i = 0; i < nr; i++)
		CHECK(copies[i].cookie == (u64)(copies[i].holder - h));
}

SCENARIO(holders_listed, "a place is handed over while a reader copies it")
{
	holders_init(1, 1);
	ex_task("owner", hands_over, NULL);
	ex_task("reader", reads, NULL);
}

/* The current chunk is filled, is another one by then, empty, and trimmed. */
static void fills_and_trims(void *unused)
{
	struct work_struct *work;

	holds(2);
	holds(3);
	kwaitgroup_release(&h[0]);
	kwaitgroup_release(&h[2]);
	work = READ_ONCE(tend);
	if (work)
		work->func(work);
}

static void takes_one(void *unused)
{
	holds(1);
}

/* Each of them is where it says. */
static void two_are_left(void)
{
	CHECK(kwg_nr_holders() == 2 && !kwg_nr_unlisted());
	kwaitgroup_release(&h[1]);
	kwaitgroup_release(&h[3]);
	CHECK(!kwaitgroup_count(&wg));
}

SCENARIO_BOUND_END(chunk_trimmed,
		   "who claims a place in a chunk has seen it before it was full",
		   3, two_are_left)
{
	holders_init(0, 1);
	ex_task("taker", takes_one, NULL);
	ex_task("others", fills_and_trims, NULL);
}

/* It is off before the wait returns, so the late release finds nothing. */
static void waits_and_ends(void *wg)
{
	CHECK(!waits(wg));
	CHECK(READ_ONCE(stale) == 1 && !kwg_nr_holders());
	kwaitgroup_release(&h[0]);
}

SCENARIO(holder_stale, "a plain done finishes a holder, and it is released late")
{
	holders_init(0, 1);
	ex_expect("KWG_MISUSE_NOT_HELD", 1, 1);
	ex_task("owner", waits_and_ends, &wg);
	ex_task("member", member, &wg);
}
