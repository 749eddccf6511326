/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kwaitgroup notifiers - do something when the last member is done
 *
 *	static void all_done(struct kwaitgroup_notifier *n)
 *	{
 *		struct request *rq = container_of(n, struct request, notifier);
 *
 *		complete_request(rq, n->result);
 *		kfree(rq);			// with the group in it
 *	}
 *
 *	kwaitgroup_notifier_init(&rq->notifier, all_done);
 *	kwaitgroup_notify(&rq->wg, &rq->notifier);
 *
 * A wait without a thread: the function is called once, in process context, at
 * the next time that the count is zero, or at once if it is. A death or misuse
 * does not bring it forward, as with a wait for the rest: @result tells of it.
 *
 * Until its function is called, or it was cancelled, a notifier is a waiter of
 * its group: the group must be there. The function may free the notifier and the
 * group, if nobody else waits, or notify itself of the next zero.
 */
#ifndef _LINUX_KWAITGROUP_NOTIFY_H
#define _LINUX_KWAITGROUP_NOTIFY_H

#include <linux/kwaitgroup.h>
#include <linux/workqueue.h>

/**
 * struct kwaitgroup_notifier - what to do at the next zero
 * @result: in the function: 0, or why the group is broken, -EOWNERDEAD or -EBADFD
 */
struct kwaitgroup_notifier {
	int result;
	/* private: */
	int armed;
	void (*fn)(struct kwaitgroup_notifier *n);
	struct work_struct work;
	u64 waiter[24];
};

void __kwaitgroup_notifier_fn(struct work_struct *work);

/**
 * kwaitgroup_notifier_init - initialise a notifier
 * @n: the notifier
 * @f: called in process context; may sleep
 *
 * Context: Any.
 */
#define kwaitgroup_notifier_init(n, f)					\
do {									\
	struct kwaitgroup_notifier *__n = (n);				\
									\
	INIT_WORK(&__n->work, __kwaitgroup_notifier_fn);		\
	__n->fn = (f);							\
	__n->armed = 0;							\
} while (0)

int kwaitgroup_notify(struct kwaitgroup *wg, struct kwaitgroup_notifier *n);
bool kwaitgroup_notify_cancel(struct kwaitgroup_notifier *n);

#endif /* _LINUX_KWAITGROUP_NOTIFY_H */
