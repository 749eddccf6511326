// SPDX-License-Identifier: GPL-2.0
/* Groups of user space: waits that are interrupted and go on, see standin.c. */
#include <linux/sched.h>

#include "groups.h"

static struct kwaitgroup wg;
static struct kwg_standin standin;
static struct task_struct *victim;
static int returned;

static void user_group(int members)
{
	group_init(&wg, 0);
	atomic64_set(&wg.state, KWAITGROUP_USER);
	kwaitgroup_add(&wg, members);
	kwg_standin_init(&standin, &wg);
}

/* A process: whatever interrupts the wait, it makes the same call again. */
static void process(void *arg)
{
	u64 position = 0;
	int err;

	do {
		err = waits_until(&wg, &standin, &position);
		clear_signals();
	} while (err == -ERESTARTSYS);
	CHECK(!err);
	tell(&returned);
}

static void stops(void *arg)
{
	send_signal(victim, false);
}

static void disarm(void)
{
	/* All it was to wait for has come. */
	CHECK(!kwg_is_queued(&standin.waiter));
	kwg_async_disarm(&standin.waiter, NULL);
	CHECK(!(atomic64_read(&wg.state) & KWAITGROUP_TICKET_MASK));
}

SCENARIO_END(restart, "a wait is interrupted and goes on", disarm)
{
	user_group(1);
	victim = ex_task("process", process, NULL);
	ex_task("stops it", stops, NULL);
	ex_task("member", member, &wg);
}

/* A zero while it is out is one in its wait: the next one comes only after it. */
static void zero_and_again(void *arg)
{
	until_waiter(&wg);
	kwaitgroup_done(&wg);
	kwaitgroup_add(&wg, 1);
	until(&returned);
	kwaitgroup_done(&wg);
}

SCENARIO_END(restart_after_zero, "the zero comes while the process is out", disarm)
{
	user_group(1);
	victim = ex_task("process", process, NULL);
	ex_task("stops it", stops, NULL);
	ex_task("member", zero_and_again, NULL);
}

static void waits_for_second(void *arg)
{
	u64 position = 0;

	until_waiter(&wg);
	while (waits_until(&wg, &standin, &position) == -ERESTARTSYS)
		clear_signals();
}

SCENARIO_END(restart_of_two, "two processes wait, one is interrupted", disarm)
{
	user_group(1);
	victim = ex_task("process", process, NULL);
	ex_task("process", waits_for_second, NULL);
	ex_task("stops it", stops, NULL);
	ex_task("member", member, &wg);
}

static int written;

static void done_at_once(void *arg)
{
	put(&written, 1);
	CHECK(!kwg_finish(&wg, 1));
	CHECK(kwg_finish(&wg, 100) == -ERANGE);
}

static void sees_written(void *arg)
{
	process(arg);
	CHECK(get(&written));
}

SCENARIO_END(user_finish, "user space finishes a member", disarm)
{
	user_group(1);
	ex_task("process", sees_written, NULL);
	ex_task("member", done_at_once, NULL);
}

/* A batch is spent before the process's turn comes, and it is out by then. */
static struct kwg_waiter listener;

static void notify(struct kwg_waiter *w, u64 ticket)
{
}

static bool process_has_come(unsigned long long state)
{
	return (state & KWAITGROUP_TICKET_MASK) > KWAITGROUP_TICKET_MASK - 63;
}

static void zero_and_stops(void *arg)
{
	ex_await(&wg.state, 8, process_has_come, EX_SITE("the process waits"));
	kwaitgroup_done(&wg);
	kwaitgroup_add(&wg, 1);
	send_signal(victim, false);
	until(&returned);
	kwaitgroup_done(&wg);
}

SCENARIO_END(restart_in_batch, "a process is interrupted where a wake-up goes on",
	     disarm)
{
	user_group(1);
	ex_batch = 1;
	kwg_async_init(&listener, &wg, notify);
	kwg_async_arm(&listener);
	victim = ex_task("process", process, NULL);
	ex_task("member", zero_and_stops, NULL);
}

/*
 * A process is out, and the wake-up is to go on at its stand-in when that gets
 * another one to wait for.
 */
static u64 position;

static void comes_back(void *arg)
{
	CHECK(!kwg_wait_until(&wg, KTIME_MAX, &standin, &position));
	tell(&returned);
}

static void waits_and_stops(void *arg)
{
	u64 mine = 0;

	while (waits_until(&wg, &standin, &mine) == -ERESTARTSYS)
		clear_signals();
}

static bool second_has_come(unsigned long long state)
{
	return (state & KWAITGROUP_TICKET_MASK) > KWAITGROUP_TICKET_MASK - 62;
}

static void stops_second(void *arg)
{
	ex_await(&wg.state, 8, second_has_come, EX_SITE("the second waits"));
	kwaitgroup_done(&wg);
	kwaitgroup_add(&wg, 1);
	send_signal(victim, false);
	until(&returned);
	kwaitgroup_done(&wg);
}

SCENARIO_BOUND_END(restart_standin, "a wake-up goes on where a stand-in is", 3,
		   disarm)
{
	user_group(1);
	ex_batch = 1;
	kwg_async_init(&listener, &wg, notify);
	kwg_async_arm(&listener);
	/* As if it had been interrupted. */
	kwg_async_arm(&standin.waiter);
	position = standin.waiter.ticket;
	standin.newest = position;
	victim = ex_task("process", waits_and_stops, NULL);
	ex_task("is out", comes_back, NULL);
	ex_task("member", stops_second, NULL);
}

/*
 * One is out when the first zero comes, another one before its waker does: that is
 * not for the second one, whose zero comes while it is out, too.
 */
static int armed;

static void goes_out_later(void *arg)
{
	until(&armed);
	process(arg);
}

static void second_zero(void *arg)
{
	until_zero(&wg);
	kwaitgroup_add(&wg, 1);
	tell(&armed);
	ex_await(&wg.state, 8, process_has_come, EX_SITE("the second waits"));
	send_signal(victim, false);
	kwaitgroup_done(&wg);
	kwaitgroup_add(&wg, 1);
	until(&returned);
	kwaitgroup_done(&wg);
}

SCENARIO_BOUND_END(restart_late_waker, "two are out, a late waker is for one of them",
		   3, disarm)
{
	user_group(1);
	kwg_async_arm(&standin.waiter);
	standin.newest = standin.waiter.ticket;
	ex_task("late", member, &wg);
	ex_task("members", second_zero, NULL);
	victim = ex_task("process", goes_out_later, NULL);
}

/* Time stands at 1000 here; a timer fires when it likes. */
static void has_a_deadline(void *arg)
{
	u64 mine = 0;
	int err;

	CHECK(kwg_wait_until(&wg, 500, NULL, &mine) != -ERESTARTSYS);
	err = kwg_wait_until(&wg, 2000, NULL, &mine);
	CHECK(!err || err == -ETIMEDOUT);
	if (err)
		CHECK(!kwg_wait_until(&wg, KTIME_MAX, NULL, &mine));
}

SCENARIO(user_deadline, "a process waits until a time that has passed, and one to come")
{
	user_group(1);
	ex_task("process", has_a_deadline, NULL);
	ex_task("member", member, &wg);
}
