// SPDX-License-Identifier: GPL-2.0
/* Who comes to wait, and the last done. */
#include "groups.h"

static struct kwaitgroup wg;
static int written;

static void writer(void *arg)
{
	put(&written, 1);
	kwaitgroup_done(&wg);
}

static void reader(void *arg)
{
	CHECK(!waits(&wg));
	CHECK(get(&written));
}

SCENARIO(last_done, "a wait registers, the last member is done")
{
	group_init(&wg, 1);
	ex_task("writer", writer, NULL);
	ex_task("reader", reader, NULL);
}

SCENARIO(two_members, "a wait registers, two members are done")
{
	group_init(&wg, 2);
	ex_task("member", member, &wg);
	ex_task("member", member, &wg);
	ex_task("waiter", waiter, &wg);
}

SCENARIO(two_waiters, "two waits register, the last member is done")
{
	group_init(&wg, 1);
	ex_task("member", member, &wg);
	ex_task("waiter", waiter, &wg);
	ex_task("waiter", waiter, &wg);
}
