// SPDX-License-Identifier: GPL-2.0
/*
 * The incident, replayed. A service takes requests one after the other. Each
 * is a batch of orders, processed by a kthread each, and the service waits for
 * all of them. In the first request some orders fail: their threads return
 * early, oops, or get stuck. If no "done" follows, the wait never ends, and all
 * later requests, with nothing wrong about them, are queued behind it.
 *
 * modes.c has the service written in several ways, failures.c what goes wrong
 * with an order. Loading returns when the outcome is known; a hanging request
 * then hangs until the module is unloaded, so that there is something to look
 * at.
 *
 * On unloading, and why a thread is not simply forgotten after its done: it
 * has then some instructions of this module left to run, and the module must
 * not be freed under it. There are two ways to be sure:
 *
 * - The thread holds a reference to the module and ends with
 *   module_put_and_kthread_exit(). Good for threads that nobody looks after,
 *   but rmmod says "in use" for a moment that nobody can tell the end of, and
 *   a module_init() that fails does not wait for references at all.
 * - Whoever started the thread holds a reference to its task, and calls
 *   kthread_stop(), which returns when the thread is in do_exit(). Used here.
 *
 * With kthread_run() the thread may be gone before a reference is taken, so it
 * is kthread_create(), get_task_struct(), wake_up_process(). A thread that is
 * stopped before it ran never runs, and kthread_stop() returns -EINTR: its
 * done has to be called for it. The workers return no -EINTR of their own.
 *
 * A thread that has oopsed is in do_exit() as well: kthread_stop() returns, with
 * 0. What it had locked would stay locked, so these have nothing locked.
 */
#define pr_fmt(fmt) "incident: " fmt

#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "incident.h"

#define NR_REQUESTS	3
#define MAX_ORDERS	1000
#define MAX_LIMIT_MS	60000

static char *mode = "guard";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "how the service is written and fails: naive, leak, guard (default), naive-oops, oops or stuck");

static unsigned int orders = 8;
module_param(orders, uint, 0444);
MODULE_PARM_DESC(orders, "orders of a request, 0 to 1000 (default 8)");

static unsigned int fail_percent = 25;
module_param(fail_percent, uint, 0444);
MODULE_PARM_DESC(fail_percent,
		 "share of the first request's orders that fail, 0 to 100 (default 25)");

static unsigned int limit_ms = 3000;
module_param(limit_ms, uint, 0444);
MODULE_PARM_DESC(limit_ms,
		 "milliseconds after which a request is said to hang, 1 to 60000 (default 3000)");

static struct incident_request requests[NR_REQUESTS];
static struct task_struct *service;
static DECLARE_COMPLETION(service_finished);

/* Spread evenly, rounded down: for 25 percent, orders 4 and 8 of 8. */
static bool order_fails(unsigned int number)
{
	return number * fail_percent / 100 != (number - 1) * fail_percent / 100;
}

static int order_start(struct incident_order *order)
{
	struct incident_request *request = order->request;
	struct task_struct *task;

	task = kthread_create(request->mode->worker, order, "order/%u-%u",
			      request->number, order->number);
	if (IS_ERR(task))
		return PTR_ERR(task);
	order->task = get_task_struct(task);
	/* It exists but does not run yet: there is never an add to undo. */
	request->mode->ops->add(request);
	wake_up_process(task);
	return 0;
}

static void order_reap(struct incident_order *order)
{
	if (!order->task)
		return;
	if (kthread_stop(order->task) == -EINTR)
		order->request->mode->ops->done(order->request);
	put_task_struct(order->task);
	order->task = NULL;
}

static void request_reap(struct incident_request *request)
{
	unsigned int i;

	for (i = 0; i < request->nr_orders; i++)
		order_reap(&request->orders[i]);
}

/* An order that cannot be started ends the request, after those that were. */
static void request_start(struct incident_request *request)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < request->nr_orders && !err; i++)
		err = order_start(&request->orders[i]);
	request->start_error = err;
	incident_set_state(request, INCIDENT_WAITING);
	complete_all(&request->started);
}

static void request_serve(struct incident_request *request)
{
	ktime_t start = ktime_get();

	request_start(request);
	request->wait_result =
		request->mode->ops->wait(request, msecs_to_jiffies(limit_ms));
	request->wait_ms = ktime_ms_delta(ktime_get(), start);
	incident_set_state(request, INCIDENT_ENDED);
}

static int service_thread(void *data)
{
	unsigned int i;

	for (i = 0; i < NR_REQUESTS; i++)
		request_serve(&requests[i]);
	complete_all(&service_finished);
	return 0;
}

/* Loading and unloading */

static int __init check_parameters(void)
{
	if (orders > MAX_ORDERS) {
		pr_err("orders=%u: must be 0 to %u\n", orders, MAX_ORDERS);
		return -EINVAL;
	}
	if (fail_percent > 100) {
		pr_err("fail_percent=%u: must be 0 to 100\n", fail_percent);
		return -EINVAL;
	}
	if (!limit_ms || limit_ms > MAX_LIMIT_MS) {
		pr_err("limit_ms=%u: must be 1 to %u\n", limit_ms, MAX_LIMIT_MS);
		return -EINVAL;
	}
	return 0;
}

/* Only the first request has orders that fail. */
static int __init request_init(struct incident_request *request,
			       unsigned int number,
			       const struct incident_mode *how)
{
	unsigned int i;
	int err;

	request->mode = how;
	request->number = number;
	request->nr_orders = orders;
	request->limit_ms = limit_ms;
	init_completion(&request->started);
	request->orders = kcalloc(orders, sizeof(*request->orders), GFP_KERNEL);
	if (!request->orders)
		return -ENOMEM;
	for (i = 0; i < orders; i++) {
		request->orders[i].request = request;
		request->orders[i].number = i + 1;
		request->orders[i].fails = number == 1 && order_fails(i + 1);
	}
	err = how->ops->begin(request);
	if (err)
		kfree(request->orders);
	return err;
}

static void requests_destroy(unsigned int nr)
{
	while (nr--) {
		request_reap(&requests[nr]);
		requests[nr].mode->ops->end(&requests[nr]);
		kfree(requests[nr].orders);
	}
}

static int __init requests_init(const struct incident_mode *how)
{
	unsigned int i;
	int err;

	for (i = 0; i < NR_REQUESTS; i++) {
		err = request_init(&requests[i], i + 1, how);
		if (err) {
			requests_destroy(i);
			return err;
		}
	}
	return 0;
}

static int __init service_start(void)
{
	struct task_struct *task;

	task = kthread_create(service_thread, NULL, "incident");
	if (IS_ERR(task))
		return PTR_ERR(task);
	service = get_task_struct(task);
	wake_up_process(task);
	return 0;
}

/* Until the service has finished, or is taken to hang. */
static void __init service_watch(void)
{
	wait_for_completion(&requests[0].started);
	wait_for_completion_timeout(&service_finished,
				    requests[0].mode->ops->endless ?
				    msecs_to_jiffies(limit_ms) :
				    MAX_SCHEDULE_TIMEOUT);
}

static int __init incident_init(void)
{
	const struct incident_mode *how;
	int err;

	how = incident_find_mode(mode);
	if (!how)
		return -EINVAL;
	err = check_parameters();
	if (err)
		return err;
	err = requests_init(how);
	if (err)
		return err;
	pr_info("mode=%s: %u requests, one after the other; a kthread for each order\n",
		how->name, NR_REQUESTS);
	err = service_start();
	if (err) {
		pr_err("the service cannot be started: %pe\n", ERR_PTR(err));
		requests_destroy(NR_REQUESTS);
		return err;
	}
	service_watch();
	incident_report(requests, NR_REQUESTS);
	incident_report_failed(&requests[0]);
	if (incident_went_wrong(&requests[0]))
		pr_info("%s\n", how->hint);
	return 0;
}

/* The threads of the first request are gone, or going: what is left is lost. */
static void first_request_repair(void)
{
	struct incident_request *first = &requests[0];
	int missing;

	request_reap(first);
	missing = first->mode->ops->missing(first);
	if (!missing)
		return;
	pr_info("unloading: request 1 waits for %d more, done on their behalf\n",
		missing);
	first->mode->ops->repair(first, missing);
}

static void __exit incident_exit(void)
{
	bool backlog = !completion_done(&service_finished);

	first_request_repair();
	kthread_stop(service);
	put_task_struct(service);
	if (backlog)
		incident_report(requests, NR_REQUESTS);
	requests_destroy(NR_REQUESTS);
}

module_init(incident_init);
module_exit(incident_exit);

MODULE_DESCRIPTION("kwaitgroup sample: the incident, replayed");
MODULE_AUTHOR("The kwaitgroup maintainers");
MODULE_LICENSE("GPL");
