// SPDX-License-Identifier: GPL-2.0
/* Ticket numbers that come round. A bucket begins 64 before it. */
#include "groups.h"

#define ROUND	((u64)KWAITGROUP_TICKET_MASK + 1)

static struct kwaitgroup wg;
static int drawn, again, armed;

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

/*
 * A waker is late, others draw all numbers meanwhile, and the next who waits has a
 * ticket with the same low bits.
 */
static void zero_again_and_next(void *arg)
{
	until_zero(&wg);
	kwaitgroup_add(&wg, 1);
	kwaitgroup_done(&wg);
	tell(&again);
	until(&armed);
	kwaitgroup_done(&wg);
}

static void draws_a_round(void *arg)
{
	CHECK(!waits(&wg));
	until(&again);
	kwaitgroup_add(&wg, 1);
	kwg_skip_tickets(&wg, ROUND - 1);
	tell(&armed);
	CHECK(!waits(&wg));
}

SCENARIO_BOUND(ticket_grace, "a waker is late, and all numbers are drawn", 3)
{
	group_init(&wg, 1);
	ex_task("late", member, &wg);
	ex_task("members", zero_again_and_next, NULL);
	ex_task("waiter", draws_a_round, NULL);
}

/* The late one is what an NMI has put off. */
SCENARIO_BOUND(ticket_nmi, "an NMI's wake-up is late, and all numbers are drawn", 3)
{
	group_init(&wg, 1);
	ex_nmi("late", ex_task("members", zero_again_and_next, NULL), member,
	       &wg);
	ex_task("waiter", draws_a_round, NULL);
}

/*
 * Others draw all numbers while somebody waits, so that the ticket in the word is
 * as old as can be. Who is done then is a little late: the next who waits has a
 * ticket with the same low bits.
 */
static void draws_while_one_waits(void *arg)
{
	until_waiter(&wg);
	kwg_skip_tickets(&wg, ROUND - 1);
	tell(&drawn);
	until_zero(&wg);
	kwaitgroup_add(&wg, 1);
	tell(&armed);
	CHECK(!waits(&wg));
}

static void done_when_drawn(void *arg)
{
	until(&drawn);
	kwaitgroup_done(&wg);
}

static void done_when_armed(void *arg)
{
	until(&armed);
	kwaitgroup_done(&wg);
}

SCENARIO_BOUND(ticket_stamp, "somebody waits while all numbers are drawn", 3)
{
	group_init(&wg, 1);
	/* So that no grace period is due when the last of them is drawn. */
	kwg_skip_tickets(&wg, 100);
	ex_task("waiter", waiter, &wg);
	ex_task("draws", draws_while_one_waits, NULL);
	ex_task("late", done_when_drawn, NULL);
	ex_task("next", done_when_armed, NULL);
}
