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

/*
 * Who is interrupted where a wake-up is to go on. The first place is a listener's:
 * the batch is spent on it, and whoever comes next is where the work item goes on.
 */
static struct kwg_waiter listener;
static int returned;

static void notify(struct kwg_waiter *w, u64 ticket)
{
}

static void listen_first(void)
{
	ex_batch = 1;
	group_init(&wg, 1);
	kwg_async_init(&listener, &wg, notify);
	kwg_async_arm(&listener);
}

/* The work item, too, wakes one at a time. */
static struct kwg_waiter second;

SCENARIO(batch_of_three, "three wait, and the work item goes on twice")
{
	listen_first();
	kwg_async_init(&second, &wg, notify);
	kwg_async_arm(&second);
	ex_task("waiter", waiter, &wg);
	ex_task("member", member, &wg);
}

static void interrupted(void *arg)
{
	int err = waits_interruptible(&wg);

	CHECK(!err || err == -ERESTARTSYS);
}

static void early(void *arg)
{
	CHECK(!waits_killable(&wg));
}

static void done_and_signals(void *arg)
{
	kwaitgroup_done(&wg);
	send_signal(victim, false);
}

SCENARIO_BOUND(batch_leave, "who is interrupted hands the wake-up on", 3)
{
	listen_first();
	victim = ex_task("interrupted", interrupted, NULL);
	ex_task("patient", early, NULL);
	ex_task("member", done_and_signals, NULL);
}

/* It has had its zero: a wait that is made again would not hear of it. */
static bool second_has_come(unsigned long long state)
{
	return (state & KWAITGROUP_TICKET_MASK) > KWAITGROUP_TICKET_MASK - 63;
}

static void waits_again(void *arg)
{
	while (waits_interruptible(&wg))
		clear_signals();
	tell(&returned);
}

static void zero_and_again(void *arg)
{
	ex_await(&wg.state, 8, second_has_come, EX_SITE("two wait"));
	kwaitgroup_done(&wg);
	kwaitgroup_add(&wg, 1);
	send_signal(victim, false);
	until(&returned);
	kwaitgroup_done(&wg);
}

SCENARIO(batch_event, "who is interrupted where a wake-up goes on was woken")
{
	listen_first();
	victim = ex_task("interrupted", waits_again, NULL);
	ex_task("member", zero_and_again, NULL);
}

/* A reader, who looks at one waiter at a time while they come and go. */
static unsigned int waiters_seen;

static bool see(struct kwg_waiter *w, void *arg)
{
	CHECK(w->wg == &wg);
	waiters_seen++;
	return true;
}

static void looks(void *arg)
{
	struct kwg_walk walk = { .bucket = kwg_bucket(&wg, 0) - kwg_buckets };

	while (kwg_walk_on(&walk, see, NULL))
		;
	/* Nobody is seen twice: a place is one whoever comes and goes. */
	CHECK(waiters_seen <= 2);
}

SCENARIO_BOUND(walk, "who waits is looked at, one at a time", 3)
{
	ex_batch = 1;
	group_init(&wg, 1);
	ex_task("waiter", waiter, &wg);
	ex_task("waiter", waiter, &wg);
	ex_task("reader", looks, NULL);
	ex_task("member", member, &wg);
}

/* A break tells those where its wake-up goes on, too, what they are to return. */
static void dies(void *arg)
{
	kwg_break(&wg, KWAITGROUP_OWNERDEAD, 1, _RET_IP_);
}

static void hears_of_death(void *arg)
{
	CHECK(waits_killable(&wg) == -EOWNERDEAD);
}

SCENARIO(batch_death, "the last member dies, one is woken at a time")
{
	listen_first();
	ex_task("early", hears_of_death, NULL);
	ex_task("dies", dies, NULL);
}
