// SPDX-License-Identifier: GPL-2.0
/* Ticket numbers that come round. A bucket begins 64 before it. */
#include "groups.h"

#define ROUND	((u64)KWAITGROUP_TICKET_MASK + 1)

static struct kwaitgroup wg;
static int registered, returned;

static u64 newest(void)
{
	return kwg_bucket(&wg, 0)->ticket;
}

SCENARIO(ticket_wraps, "the number 0 is not a ticket")
{
	group_init(&wg, 1);
	kwg_skip_tickets(&wg, ROUND - 1 - newest());
	ex_task("waiter", waiter, &wg);
	ex_task("waiter", waiter, &wg);
	ex_task("member", member, &wg);
}

/* A waker that is late while numbers are drawn, and comes round to the same one. */
static void draws_a_round(void *arg)
{
	CHECK(!waits(&wg));
	kwaitgroup_add(&wg, 1);
	kwg_skip_tickets(&wg, ROUND - 1);
	tell(&returned);
	CHECK(!waits(&wg));
}

static void done_after(void *arg)
{
	until(&returned);
	kwaitgroup_done(&wg);
}

SCENARIO(ticket_grace, "a waker is late, and all numbers are drawn meanwhile")
{
	group_init(&wg, 1);
	ex_task("member", member, &wg);
	ex_task("waiter", draws_a_round, NULL);
	ex_task("next member", done_after, NULL);
}

/* A ticket in the word is that of the oldest waiter, who does not run. */
static void draws_for_others(void *arg)
{
	until_waiter(&wg);
	kwg_skip_tickets(&wg, ROUND + 1);
	tell(&registered);
	CHECK(!waits(&wg));
}

static void done_when_registered(void *arg)
{
	until(&registered);
	kwaitgroup_done(&wg);
	kwaitgroup_add(&wg, 1);
	kwaitgroup_done(&wg);
}

SCENARIO(ticket_stamp, "somebody waits while all numbers are drawn")
{
	group_init(&wg, 1);
	ex_task("waiter", waiter, &wg);
	ex_task("draws", draws_for_others, NULL);
	ex_task("member", done_when_registered, NULL);
}
