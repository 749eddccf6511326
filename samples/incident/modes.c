// SPDX-License-Identifier: GPL-2.0
/*
 * The same service, written in three ways. Compare the workers: they differ
 * in one line.
 */
#define pr_fmt(fmt) "incident: " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "incident.h"

/* mode=naive: what one writes without a wait group */

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

static const struct incident_mode incident_modes[] = {
	{
		.name = "naive",
		.endless = true,
		.hint = "nothing else in this log, nothing in debugfs: who is missing?",
		.begin = naive_begin,
		.end = naive_end,
		.add = naive_add,
		.done = naive_done,
		.worker = naive_worker,
		.wait = naive_wait,
		.missing = naive_missing,
		.repair = naive_repair,
	}, {
		.name = "leak",
		.hint = "see /sys/kernel/debug/kwaitgroup/groups",
		.begin = group_begin,
		.end = group_end,
		.add = group_add,
		.done = group_done,
		.worker = leak_worker,
		.wait = group_wait,
		.missing = group_missing,
		.repair = group_repair,
	}, {
		.name = "guard",
		.hint = "see /sys/kernel/debug/kwaitgroup/groups",
		.begin = group_begin,
		.end = group_end,
		.add = group_add,
		.done = group_done,
		.worker = guard_worker,
		.wait = group_wait,
		.missing = group_missing,
		.repair = group_repair,
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
