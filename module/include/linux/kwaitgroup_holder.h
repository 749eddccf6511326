/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kwaitgroup holders - members that are not tasks
 *
 * A request, a URB, an skb, a work item that hops between workers: what keeps a
 * group from ending is often no task, so that there is nobody to join, or to die.
 * A holder is in it:
 *
 *	struct request {
 *		...
 *		struct kwaitgroup_holder holder;
 *	};
 *
 *	submit(rq)				complete(rq), an interrupt
 *	  kwaitgroup_holder_init(&rq->holder, rq->tag);
 *	  err = kwaitgroup_hold(&dev->wg, &rq->holder);
 *						  kwaitgroup_release(&rq->holder);
 *						  kfree(rq);
 *
 * The group cannot be finished between the two, and debugfs lists the holder with
 * the call that took it, its age and its cookie. A request that is never completed
 * is in that list, and in the report of the stalled wait.
 *
 * Anybody may release a holder, in any context. Its address is all that identifies
 * it, and its memory holds nothing that the kernel relies on: to free or overwrite
 * it while it holds a group is harmless, but that the group is held for ever.
 *
 * Misuse, reported with the call and without effect on the count: releasing twice,
 * or what was never taken; taking a group with a holder that holds one. To finish a
 * holder by a plain kwaitgroup_done() is found out when a wait sees the count at
 * zero: reported with the call that had taken the group. A module that goes away
 * with holders that it has taken and nobody has released is reported, too.
 *
 * What it costs: five atomic operations where an add and a done are two, and some 190
 * instructions. A wait for a group that was held looks into 256 places, and at the
 * holders of groups that share a list with it, of 64 lists, 2,560 at most.
 *
 * Lists are for diagnosis, and the work does not depend on them: when there is no
 * memory, or no more than KWAITGROUP_HOLDERS_MAX can be listed, a holder holds all
 * the same, and "holders_unlisted" in debugfs' stats tells how many do.
 */
#ifndef _LINUX_KWAITGROUP_HOLDER_H
#define _LINUX_KWAITGROUP_HOLDER_H

#include <linux/bug.h>
#include <linux/err.h>
#include <linux/kwaitgroup.h>

/* So many holders are listed at a time, at least. */
#define KWAITGROUP_HOLDERS_MAX	60000

/**
 * struct kwaitgroup_holder - what holds a group
 * @cookie: anything, for example the number of a request; shown in debugfs and
 *	in the traces of this holder
 *
 * To be initialised with zero, but for the cookie, or by
 * kwaitgroup_holder_init().
 */
struct kwaitgroup_holder {
	u64 cookie;
	/* private: the group, if the holder is not listed; and where it is, if so */
	struct kwaitgroup *unlisted;
	unsigned int id;
};

/**
 * kwaitgroup_holder_init - initialise a holder
 * @h: the holder; does not hold a group
 * @cookie: see struct kwaitgroup_holder
 *
 * Context: Any.
 */
static inline void kwaitgroup_holder_init(struct kwaitgroup_holder *h,
					  u64 cookie)
{
	*h = (struct kwaitgroup_holder) { .cookie = cookie };
}

#ifdef CONFIG_KWAITGROUP_MEMBERS

/* Out of line; called by the inline function below only. */
int __must_check __kwaitgroup_hold(struct kwaitgroup *wg,
				   struct kwaitgroup_holder *h,
				   unsigned long ip);
void kwaitgroup_release(struct kwaitgroup_holder *h);

#else

/* Nobody keeps lists, and the work goes on. */

static inline int __must_check __kwaitgroup_hold(struct kwaitgroup *wg,
						 struct kwaitgroup_holder *h,
						 unsigned long ip)
{
	int err;

	if (WARN_ON_ONCE(h->unlisted))
		return -EBUSY;
	err = kwaitgroup_try_add_many(wg, 1);
	if (!err)
		h->unlisted = wg;
	return err;
}

static inline void kwaitgroup_release(struct kwaitgroup_holder *h)
{
	struct kwaitgroup *wg = xchg(&h->unlisted, NULL);

	if (!WARN_ON_ONCE(!wg))
		kwaitgroup_done(wg);
}

#endif

/**
 * kwaitgroup_hold - keep a group from ending
 * @wg: the group
 * @h: the holder; does not hold a group
 *
 * Adds one to the count. As with kwaitgroup_add(), somebody else must keep the
 * group, or its owner from waiting, until this has returned; a group that is
 * closed lets nobody in.
 *
 * Ordering: acquire, as kwaitgroup_try_add().
 *
 * Context: Any. It is listed only if there is memory, and in an NMI, or in a hard
 * interrupt, or with preemption disabled on PREEMPT_RT, none can be had: there the
 * first few of a group may be missing in the list.
 * Return:
 * * 0			- @h holds @wg; kwaitgroup_release() must follow
 * * -ESHUTDOWN		- the group is closed
 * * -EOVERFLOW		- there would be more than KWAITGROUP_COUNT_MAX
 * * -EBUSY		- @h holds a group already; was reported
 */
static __always_inline int __must_check
kwaitgroup_hold(struct kwaitgroup *wg, struct kwaitgroup_holder *h)
{
	return __kwaitgroup_hold(wg, h, _THIS_IP_);
}

/*
 * CLASS(kwaitgroup_holder, h)(wg): held until the scope is left.
 *
 *	CLASS(kwaitgroup_holder, h)(wg);
 *
 *	if (IS_ERR(h))
 *		return PTR_ERR(h);
 *
 * @h is a pointer to a holder that lives as long as the scope, or what
 * kwaitgroup_hold() returned. no_free_ptr(h) is not for it: what is to live for
 * longer is taken without a scope.
 */
typedef struct kwaitgroup_holder *class_kwaitgroup_holder_t;

static inline struct kwaitgroup_holder *
__kwaitgroup_holder_enter(struct kwaitgroup *wg, struct kwaitgroup_holder *h,
			  unsigned long ip)
{
	int err = __kwaitgroup_hold(wg, h, ip);

	return err ? ERR_PTR(err) : h;
}

#define class_kwaitgroup_holder_constructor(wg)				\
	__kwaitgroup_holder_enter(wg, &(struct kwaitgroup_holder) {},	\
				  _THIS_IP_)

static inline void
class_kwaitgroup_holder_destructor(struct kwaitgroup_holder **h)
{
	if (!IS_ERR(*h))
		kwaitgroup_release(*h);
}

#endif /* _LINUX_KWAITGROUP_HOLDER_H */
