// SPDX-License-Identifier: GPL-2.0
/* Members that are done in interrupts and NMIs; wake-ups that are put off. S7. */
#include "groups.h"

#define MANY	9	/* last dones in an NMI: one more than is remembered */

static struct kwaitgroup wg, many[MANY];
static struct kwg_waiter listeners[MANY];
static int notified;

SCENARIO(irq_done, "the last member is done in an interrupt of the waiter's CPU")
{
	group_init(&wg, 1);
	ex_irq("member", ex_task("waiter", waiter, &wg), member, &wg);
}

SCENARIO(irq_of_member, "a member is done in an interrupt of another one's CPU")
{
	group_init(&wg, 2);
	ex_irq("member", ex_task("member", member, &wg), member, &wg);
	ex_task("waiter", waiter, &wg);
}

SCENARIO(nmi_done, "the last member is done in an NMI of the waiter's CPU")
{
	group_init(&wg, 1);
	ex_nmi("member", ex_task("waiter", waiter, &wg), member, &wg);
}

SCENARIO(nmi_of_member, "the last member is done in an NMI of another one's CPU")
{
	group_init(&wg, 2);
	ex_nmi("member", ex_task("member", member, &wg), member, &wg);
	ex_task("waiter", waiter, &wg);
}

/* The irq_work of the first is under way when the second comes. */
static struct kwaitgroup other;

SCENARIO(two_nmis, "two groups end in two NMIs of one CPU")
{
	struct task_struct *task;

	group_init(&wg, 1);
	group_init(&other, 1);
	task = ex_task("waiter", waiter, &wg);
	ex_task("waiter", waiter, &other);
	ex_nmi("member", task, member, &wg);
	ex_nmi("member", task, member, &other);
}

static void frees(void *wg)
{
	CHECK(!waits(wg));
	kfree(wg);
}

SCENARIO(nmi_then_free, "the owner frees the group before the put-off wake-up")
{
	struct kwaitgroup *wg = group_alloc(2);
	struct task_struct *task = ex_task("owner", frees, wg);

	ex_nmi("member", task, member, wg);
	ex_task("member", member, wg);
}

static void notify(struct kwg_waiter *w, u64 ticket)
{
	WRITE_ONCE(notified, notified + 1);
}

static void all_done(void *arg)
{
	int i;

	for (i = 0; i < MANY; i++)
		kwaitgroup_done(&many[i]);
}

static void nothing(void *arg)
{
}

static void all_notified(void)
{
	CHECK(notified == MANY);
	/* With threads an NMI is no longer than what it puts off. */
	CHECK(ex_threads || ex_warnings("KWG_MISUSE_WAKE_CONTEXT") == 1);
}

SCENARIO_END(nmi_overflow, "more last dones in an NMI than are remembered",
	     all_notified)
{
	int i;

	for (i = 0; i < MANY; i++) {
		group_init(&many[i], 1);
		kwg_async_init(&listeners[i], &many[i], notify);
		kwg_async_arm(&listeners[i]);
	}
	ex_expect("KWG_MISUSE_WAKE_CONTEXT", 0, 1);
	ex_nmi("members", ex_task("idle", nothing, NULL), all_done, NULL);
}

/* The last of them is a task's, which may leave while all are swept. */
static void all_and_one(void *arg)
{
	int i;

	for (i = 0; i < MANY - 1; i++)
		kwaitgroup_done(&many[i]);
	kwaitgroup_done(&wg);
}

static void hurries(void *arg)
{
	int err = waits_timeout(&wg, 10);

	CHECK(!err || err == -ETIMEDOUT);
}

SCENARIO(nmi_sweep, "who waits for what an NMI could not remember gives up")
{
	int i;

	group_init(&wg, 1);
	for (i = 0; i < MANY - 1; i++) {
		group_init(&many[i], 1);
		kwg_async_init(&listeners[i], &many[i], notify);
		kwg_async_arm(&listeners[i]);
	}
	ex_expect("KWG_MISUSE_WAKE_CONTEXT", 0, 1);
	ex_task("waiter", waiter, &wg);
	ex_nmi("members", ex_task("hurries", hurries, NULL), all_and_one, NULL);
}
