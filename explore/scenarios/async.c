// SPDX-License-Identifier: GPL-2.0
/* Asynchronous waiters: a function is called at the next zero. */
#include "groups.h"

static struct kwaitgroup wg;
static struct kwg_waiter async;
static struct kwaitgroup *at;
static struct kwg_waiter *async_at;
static int notified, seen;

static void notify(struct kwg_waiter *w, u64 ticket)
{
	WRITE_ONCE(notified, notified + 1);
}

/* As poll() does: "whoever arms it looks at the count afterwards". */
static void listens(void *arg)
{
	kwg_async_arm(&async);
	if (!kwaitgroup_count(&wg))
		seen = 1;
}

static void once_or_seen(void)
{
	CHECK(seen || notified);
	CHECK(notified <= 1);
}

SCENARIO_END(async_arm, "a listener is armed, the last member is done",
	     once_or_seen)
{
	group_init(&wg, 1);
	kwg_async_init(&async, &wg, notify);
	ex_task("listener", listens, NULL);
	ex_task("member", member, &wg);
}

/* "Neither running nor called any more afterwards." */
static void disarms(void *arg)
{
	kwg_async_disarm(async_at, NULL);
	kfree(async_at);
	if (waits_killable(at))
		return;
	kfree(at);
}

SCENARIO(async_disarm, "a listener is disarmed and freed, the last member is done")
{
	at = group_alloc(1);
	async_at = kzalloc(sizeof(*async_at), GFP_KERNEL);
	kwg_async_init(async_at, at, notify);
	kwg_async_arm(async_at);
	ex_task("owner", disarms, NULL);
	ex_task("member", member, at);
}

static void both(void)
{
	CHECK(notified == 1);
}

SCENARIO_END(async_and_task, "a listener and a task, two members are done", both)
{
	group_init(&wg, 2);
	kwg_async_init(&async, &wg, notify);
	kwg_async_arm(&async);
	ex_task("member", member, &wg);
	ex_task("member", member, &wg);
	ex_task("waiter", waiter, &wg);
}

/* Armed again for each zero, as an edge-triggered epoll wants it. */
static void arms_again(struct kwg_waiter *w, u64 ticket)
{
	WRITE_ONCE(notified, notified + 1);
}

static void two_zeros(void *arg)
{
	kwaitgroup_done(&wg);
	kwg_async_arm(&async);
	kwaitgroup_add(&wg, 1);
	kwaitgroup_done(&wg);
}

static void twice(void)
{
	CHECK(notified == 2);
}

SCENARIO_END(async_again, "a listener is armed for the next zero", twice)
{
	group_init(&wg, 1);
	kwg_async_init(&async, &wg, arms_again);
	kwg_async_arm(&async);
	ex_task("member", two_zeros, NULL);
	ex_task("waiter", waiter, &wg);
}
