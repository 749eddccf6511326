// SPDX-License-Identifier: GPL-2.0
/* Notifiers: a work item at the next zero, whose function may be the end of all of it. */
#include <linux/kwaitgroup_notify.h>

#include "groups.h"

/* Each run of the function is one of these. */
static struct told {
	struct kwaitgroup wg;
	struct kwaitgroup_notifier n;
} *told;
static int calls, result, cancelled, again;

static struct told *told_alloc(int members, void (*fn)(struct kwaitgroup_notifier *))
{
	told = kzalloc(sizeof(*told), GFP_KERNEL);
	group_init(&told->wg, members);
	kwaitgroup_notifier_init(&told->n, fn);
	return told;
}

static void counts(struct kwaitgroup_notifier *n)
{
	CHECK(!kwaitgroup_count(&container_of(n, struct told, n)->wg));
	WRITE_ONCE(result, n->result);
	WRITE_ONCE(calls, calls + 1);
}

static void frees(struct kwaitgroup_notifier *n)
{
	counts(n);
	kfree(container_of(n, struct told, n));
}

static void notifies(void *arg)
{
	struct told *t = arg;

	CHECK(!kwaitgroup_notify(&t->wg, &t->n));
}

static void called_once(void)
{
	CHECK(calls == 1 && !result);
}

/* Group and notifier may be gone before the call that arms it returns. */
SCENARIO_END(notify_frees, "one is notified, and frees group and notifier; the last member is done",
	     called_once)
{
	struct told *t = told_alloc(1, frees);

	ex_task("owner", notifies, t);
	ex_task("member", member, &t->wg);
}

SCENARIO_END(notify_of_two, "the same, and two members are done", called_once)
{
	struct told *t = told_alloc(2, frees);

	ex_task("owner", notifies, t);
	ex_task("member", member, &t->wg);
	ex_task("member", member, &t->wg);
}

static void waits_too(void *arg)
{
	CHECK(!waits(&told->wg));
}

/* Both are out of the group at its zero, whoever is first. */
SCENARIO_END(notify_and_task, "a notifier and a task wait, the last member is done",
	     called_once)
{
	struct told *t = told_alloc(1, counts);

	ex_task("owner", notifies, t);
	ex_task("member", member, &t->wg);
	ex_task("waiter", waits_too, NULL);
}

/* "Afterwards the function is not running": what it uses may be freed. */
static void cancels(void *arg)
{
	struct told *t = arg;

	WRITE_ONCE(cancelled, kwaitgroup_notify_cancel(&t->n));
	CHECK(READ_ONCE(calls) + cancelled == 1);
	CHECK(!waits(&t->wg));
	kfree(t);
}

SCENARIO(notify_cancel, "a notifier is cancelled and freed, the last member is done")
{
	struct told *t = told_alloc(1, counts);

	notifies(t);
	ex_task("owner", cancels, t);
	ex_task("member", member, &t->wg);
}

/* Once more from its own function, for a member that is another task's. */
static void asks_again(struct kwaitgroup_notifier *n)
{
	struct told *t = container_of(n, struct told, n);

	WRITE_ONCE(calls, calls + 1);
	if (calls > 1)
		return;
	kwaitgroup_add(&t->wg, 1);
	CHECK(!kwaitgroup_notify(&t->wg, n));
	tell(&again);
}

static void done_again(void *arg)
{
	until(&again);
	kwaitgroup_done(&told->wg);
}

static void called_twice(void)
{
	CHECK(calls == 2);
	CHECK(!kwaitgroup_notify_cancel(&told->n));
}

SCENARIO_END(notify_again, "a notifier notifies itself of the next zero", called_twice)
{
	struct told *t = told_alloc(1, asks_again);

	notifies(t);
	ex_task("member", member, &t->wg);
	ex_task("another", done_again, NULL);
}

static void dies(void *wg)
{
	kwg_break(wg, KWAITGROUP_OWNERDEAD, 1, _RET_IP_);
}

static void called_for_rest(void)
{
	CHECK(calls == 1 && result == -EOWNERDEAD);
}

/* counts() sees that nobody is left: a death does not bring it forward. */
SCENARIO_END(notify_rest, "a member dies, the other one is done, a notifier waits",
	     called_for_rest)
{
	struct told *t = told_alloc(2, counts);

	notifies(t);
	ex_task("dies", dies, &t->wg);
	ex_task("member", member, &t->wg);
}
