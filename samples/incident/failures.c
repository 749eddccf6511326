// SPDX-License-Identifier: GPL-2.0
/* What is done with an order, and what can go wrong with it. */
#include <linux/compiler.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kthread.h>

#include "incident.h"

/**
 * incident_process - what an order's thread is there for
 * @order: the order
 *
 * Return: 0, or what its mode does with an order that is to fail.
 */
int incident_process(struct incident_order *order)
{
	usleep_range(500, 1500);
	if (order->fails) {
		WRITE_ONCE(order->failed, true);
		atomic_inc(&order->request->nr_failed);
		return order->request->mode->fail(order);
	}
	atomic_inc(&order->request->nr_processed);
	return 0;
}

int order_returns_error(struct incident_order *order)
{
	return -EIO;
}

/* The next two are not inlined, to be seen by name in the stack of who is there. */

/* Oopses, and does not return: nobody has set the order's customer. */
noinline int order_charges_nobody(struct incident_order *order)
{
	return READ_ONCE(order->customer->credit) ? 0 : -EPERM;
}

/* Nobody ever answers. Unloading ends it. */
noinline int order_waits_for_answer(struct incident_order *order)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(answer);

	wait_event(answer, kthread_should_stop());
	return -EIO;
}
