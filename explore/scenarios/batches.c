// SPDX-License-Identifier: GPL-2.0
/* Wake-ups that a work item goes on with: nobody wakes more than a batch at once. */
#include <linux/sched.h>

#include "groups.h"

static struct kwaitgroup wg;
static struct task_struct *victim;

SCENARIO(batch, "two wait, one is woken at a time")
{
	ex_batch = 1;
	group_init(&wg, 1);
	ex_task("waiter", waiter, &wg);
	ex_task("waiter", waiter, &wg);
	ex_task("member", member, &wg);
}

SCENARIO_BOUND(batch_of_three, "three wait, one is woken at a time", 3)
{
	ex_batch = 1;
	group_init(&wg, 1);
	ex_task("waiter", waiter, &wg);
	ex_task("waiter", waiter, &wg);
	ex_task("waiter", waiter, &wg);
	ex_task("member", member, &wg);
}

/*
 * Who is interrupted where a wake-up is to go on has had its zero. If he waits
 * again, that is another wait; the member is done again when both have ended.
 */
static int returned;

static void interrupted(void *arg)
{
	int err = waits_interruptible(&wg);

	CHECK(!err || err == -ERESTARTSYS);
}

static void patient(void *arg)
{
	CHECK(!waits(&wg));
	tell(&returned);
}

static void signals(void *arg)
{
	send_signal(victim, false);
}

static void done_again(void *arg)
{
	until_waiter(&wg);
	kwaitgroup_done(&wg);
}

SCENARIO(batch_leave, "one of two is interrupted where a wake-up is to go on")
{
	ex_batch = 1;
	group_init(&wg, 1);
	victim = ex_task("interrupted", interrupted, NULL);
	ex_task("patient", patient, NULL);
	ex_task("signal", signals, NULL);
	ex_task("member", done_again, NULL);
}

SCENARIO_BOUND(batch_leave_of_three,
	       "one of three is interrupted where a wake-up is to go on", 3)
{
	ex_batch = 1;
	group_init(&wg, 1);
	ex_task("waiter", waiter, &wg);
	victim = ex_task("interrupted", interrupted, NULL);
	ex_task("patient", patient, NULL);
	ex_task("signal", signals, NULL);
	ex_task("member", done_again, NULL);
}
