// SPDX-License-Identifier: GPL-2.0
/* Waits that give up, by a signal or the time, and those who go on. */
#include <linux/sched.h>

#include "groups.h"

static struct kwaitgroup wg;
static struct task_struct *victim;
static int written;

static void interrupts(void *fatal)
{
	send_signal(victim, fatal);
}

static void gives_up(void *arg)
{
	int err = waits_interruptible(&wg);

	CHECK(!err || err == -ERESTARTSYS);
}

static void gives_up_killed(void *arg)
{
	int err = waits_killable(&wg);

	CHECK(!err || err == -ERESTARTSYS);
}

/* The newer one: when somebody waits already. */
static void newer_gives_up(void *arg)
{
	until_waiter(&wg);
	gives_up(arg);
}

SCENARIO(signal_newer, "a signal for the newer one of two who wait")
{
	group_init(&wg, 1);
	ex_task("older", waiter, &wg);
	victim = ex_task("newer", newer_gives_up, NULL);
	ex_task("signal", interrupts, NULL);
	ex_task("member", member, &wg);
}

SCENARIO(signal_older, "a signal for the older one of two who wait")
{
	group_init(&wg, 1);
	victim = ex_task("older", gives_up, NULL);
	ex_task("newer", waiter, &wg);
	ex_task("signal", interrupts, NULL);
	ex_task("member", member, &wg);
}

SCENARIO(killed, "a fatal signal, and the last member is done")
{
	group_init(&wg, 1);
	victim = ex_task("killed", gives_up_killed, NULL);
	ex_task("signal", interrupts, &wg);
	ex_task("member", member, &wg);
}

static void writer(void *arg)
{
	put(&written, 1);
	kwaitgroup_done(&wg);
}

static void hurries(void *arg)
{
	int err = waits_timeout(&wg, 10);

	CHECK(!err || err == -ETIMEDOUT);
	if (err)
		CHECK(!waits(&wg));
	CHECK(get(&written));
}

SCENARIO(timeout, "the time is up, and the last member is done")
{
	group_init(&wg, 1);
	ex_task("waiter", hurries, NULL);
	ex_task("member", writer, NULL);
}

SCENARIO(timeout_of_two, "the time is up for one of two who wait")
{
	group_init(&wg, 1);
	ex_task("patient", waiter, &wg);
	ex_task("hurries", hurries, NULL);
	ex_task("member", writer, NULL);
}

static void gives_up_and_frees(void *wg)
{
	int err = waits_timeout(wg, 10);

	if (err)
		err = waits(wg);
	CHECK(!err);
	kfree(wg);
}

SCENARIO(timeout_then_free, "the time is up, the owner waits for the rest and frees")
{
	struct kwaitgroup *wg = group_alloc(2);

	ex_task("owner", gives_up_and_frees, wg);
	ex_task("member", member, wg);
	ex_task("member", member, wg);
}

static void wakes_for_nothing(void *arg)
{
	wake_up_process(victim);
}

SCENARIO(spurious, "somebody else wakes a waiter")
{
	group_init(&wg, 1);
	victim = ex_task("waiter", waiter, &wg);
	ex_task("stranger", wakes_for_nothing, NULL);
	ex_task("member", member, &wg);
}
