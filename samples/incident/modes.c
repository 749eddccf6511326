// SPDX-License-Identifier: GPL-2.0
/*
 * The same service, written in four ways. Compare the workers: they differ in a
 * line or two.
 */
#define pr_fmt(fmt) "incident: " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "incident.h"

/* mode=naive, naive-oops: what one writes without a wait group */

static int naive_begin(struct incident_request *request)
{
	atomic_set(&request->naive.pending, 0);
	init_waitqueue_head(&request->naive.idle);
	return 0;
}

static void naive_end(struct incident_request *request)
{
}

static void naive_add(struct incident_request *request)
{
	atomic_inc(&request->naive.pending);
}

/*
 * Another trap in the naive way: the waiter may see the zero and go before
 * wake_up() is called. Here the request outlives its threads; one on the
 * waiter's stack, or freed by it, would be used after free.
 */
static void naive_done(struct incident_request *request)
{
	if (atomic_dec_and_test(&request->naive.pending))
		wake_up(&request->naive.idle);
}

static int naive_worker(void *data)
{
	struct incident_order *order = data;
	int err;

	err = incident_process(order);
	if (err)
		return err;		/* the bug: no done on this path */
	naive_done(order->request);
	return 0;
}

static int naive_wait(struct incident_request *request, long timeout)
{
	wait_event(request->naive.idle, !atomic_read(&request->naive.pending));
	return 0;
}

static int naive_missing(struct incident_request *request)
{
	return atomic_read(&request->naive.pending);
}

static void naive_repair(struct incident_request *request, int missing)
{
	while (missing--)
		naive_done(request);
}

static const struct incident_ops naive_ops = {
	.endless = true,
	.begin = naive_begin,
	.end = naive_end,
	.add = naive_add,
	.done = naive_done,
	.wait = naive_wait,
	.missing = naive_missing,
	.repair = naive_repair,
};

/* mode=leak: a wait group and the same bug */

static int group_begin(struct incident_request *request)
{
	int err;

	kwaitgroup_init(&request->wg);
	err = kwaitgroup_register(&request->wg, "incident-request-%u",
				  request->number);
	if (err)
		pr_err("request %u: cannot be registered: %pe\n",
		       request->number, ERR_PTR(err));
	return err;
}

static void group_end(struct incident_request *request)
{
	kwaitgroup_unregister(&request->wg);
}

static void group_add(struct incident_request *request)
{
	kwaitgroup_add(&request->wg, 1);
}

static void group_done(struct incident_request *request)
{
	kwaitgroup_done(&request->wg);
}

static int leak_worker(void *data)
{
	struct incident_order *order = data;
	int err;

	err = incident_process(order);
	if (err)
		return err;		/* the bug: no done on this path */
	kwaitgroup_done(&order->request->wg);
	return 0;
}

static int group_wait(struct incident_request *request, long timeout)
{
	return kwaitgroup_wait_timeout(&request->wg, timeout);
}

static int group_missing(struct incident_request *request)
{
	return kwaitgroup_count(&request->wg);
}

static void group_repair(struct incident_request *request, int missing)
{
	kwaitgroup_add(&request->wg, -missing);
}

static const struct incident_ops group_ops = {
	.begin = group_begin,
	.end = group_end,
	.add = group_add,
	.done = group_done,
	.wait = group_wait,
	.missing = group_missing,
	.repair = group_repair,
};

/* mode=guard: no path can forget it */

static int guard_worker(void *data)
{
	struct incident_order *order = data;
	int err;

	guard(kwaitgroup_done)(&order->request->wg);

	err = incident_process(order);
	if (err)
		return err;
	return 0;
}

/* mode=oops, stuck: no path is left to take, so the worker gives its name */

/* Below the default limit_ms: a wait that hangs is reported before that. */
#define STALL_SECS	2

static int member_begin(struct incident_request *request)
{
	int err = group_begin(request);

	if (!err)
		kwaitgroup_set_stall_secs(&request->wg, STALL_SECS);
	return err;
}

/* What whoever sees the member knows the order by. */
static u64 order_cookie(const struct incident_order *order)
{
	return (u64)order->request->number << 32 | order->number;
}

static int member_worker(void *data)
{
	struct incident_order *order = data;
	struct kwaitgroup_member m = { .cookie = order_cookie(order) };
	int err;

	err = kwaitgroup_adopt(&order->request->wg, &m);
	if (err) {
		kwaitgroup_done(&order->request->wg);
		return err;
	}
	err = incident_process(order);
	kwaitgroup_leave(&m);
	return err;
}

/* At once, if a member dies: the others may be running. */
static int member_wait(struct incident_request *request, long timeout)
{
	return kwaitgroup_wait_killable(&request->wg);
}

/*
 * Nobody: all have left or died. But a death is counted a moment after
 * kthread_stop() has returned. The wait for the rest waits for that, too.
 */
static int member_missing(struct incident_request *request)
{
	kwaitgroup_wait(&request->wg);
	return 0;
}

static const struct incident_ops member_ops = {
	.endless = true,
	.begin = member_begin,
	.end = group_end,
	.add = group_add,
	.done = group_done,
	.wait = member_wait,
	.missing = member_missing,
};

static const struct incident_mode incident_modes[] = {
	{
		.name = "naive",
		.ops = &naive_ops,
		.worker = naive_worker,
		.fail = order_returns_error,
		.hint = "nothing else in this log, nothing in debugfs: who is missing?",
	}, {
		.name = "leak",
		.ops = &group_ops,
		.worker = leak_worker,
		.fail = order_returns_error,
		.hint = "see /sys/kernel/debug/kwaitgroup/groups",
	}, {
		.name = "guard",
		.ops = &group_ops,
		.worker = guard_worker,
		.fail = order_returns_error,
		.hint = "see /sys/kernel/debug/kwaitgroup/groups",
	}, {
		.name = "naive-oops",
		.ops = &naive_ops,
		.worker = naive_worker,
		.fail = order_charges_nobody,
		.hint = "an oops in this log, but who waits for that thread?",
	}, {
		.name = "oops",
		.ops = &member_ops,
		.worker = member_worker,
		.fail = order_charges_nobody,
		.hint = "who died is in this log, and in /sys/kernel/debug/kwaitgroup/misuse",
	}, {
		.name = "stuck",
		.ops = &member_ops,
		.worker = member_worker,
		.fail = order_waits_for_answer,
		.hint = "see /sys/kernel/debug/kwaitgroup/members and stacks",
	},
};

/* Return: the mode, or NULL after having said which ones there are. */
const struct incident_mode *incident_find_mode(const char *name)
{
	char names[64] = "";
	int i, len = 0;

	for (i = 0; i < ARRAY_SIZE(incident_modes); i++) {
		if (sysfs_streq(name, incident_modes[i].name))
			return &incident_modes[i];
		len += scnprintf(names + len, sizeof(names) - len, " %s",
				 incident_modes[i].name);
	}
	pr_err("mode=%s: must be one of:%s\n", name, names);
	return NULL;
}
