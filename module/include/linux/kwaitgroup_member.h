/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kwaitgroup members - who holds the group, by name
 *
 * kwaitgroup_add() counts members, it does not know them. A task that joins is
 * known: debugfs lists it with the call that let it in, its age and its stack,
 * and when it dies without having left, waits end with -EOWNERDEAD instead of
 * hanging.
 *
 *	int worker(void *job)
 *	{
 *		struct kwaitgroup_member m = { .cookie = job->trace_id };
 *
 *		kwaitgroup_adopt(job->wg, &m);	// of the starter's add
 *		...
 *		kwaitgroup_leave(&m);
 *	}
 *
 * A membership belongs to a task: the one that joins, or the one named to
 * kwaitgroup_join_task(). Only that task may leave. The member's address is all
 * that identifies it, and its memory holds nothing that the kernel relies on:
 * what is known of a membership is elsewhere, so a stack that is gone with its
 * task, or a member that was overwritten, is harmless.
 *
 * Names are for diagnosis, and the work does not depend on them. When there is
 * no memory for one, the member joins all the same, without: it counts, and it
 * leaves as always, but debugfs does not list it, and its death is not noticed.
 * "members_unnamed" in debugfs' stats tells how many there are.
 *
 * What happens when a member dies
 * -------------------------------
 *
 * A task that exits, by an oops, by a kill, or by returning from its thread
 * function, while it is a member: its membership ends, its member is taken off
 * the count, the group is broken, and one line in the log names the task, the
 * group and the call that had joined. It is not a done: what the member was to
 * do, it may not have done, so every wait returns -EOWNERDEAD.
 *
 * Those that a signal or a timeout could end return at once, so that the others
 * can be cancelled: these may still be running then. kwaitgroup_wait() and
 * kwaitgroup_drain() return when nobody is left, with that result.
 *
 * A thread that kthread_stop() has stopped may be dying yet: up to Linux 6.15
 * kthread_stop() returns before the death is counted. Do not free the group
 * after it, but after kwaitgroup_wait(), as always. It waits for this, too.
 *
 * A work item is run by a worker that goes on after it: when its function
 * returns without having left, nobody has died. Such a member is listed, and
 * named by the report of the stalled wait. When it oopses, the worker dies.
 *
 * Misuse, reported with the call and without effect on the count: leaving
 * twice, leaving what another task has joined, joining with a member that the
 * same task has joined already (or that was freed while joined, and its memory
 * used again). With CONFIG_DEBUG_OBJECTS_FREE the freeing itself is reported.
 *
 * And: to finish a member that has joined or adopted by a plain
 * kwaitgroup_done(), as guard(kwaitgroup_done) would. The count is right then,
 * but the name stays. It is found out, on every kernel, when a wait,
 * kwaitgroup_try_wait() or kwaitgroup_reinit() finds the count at zero, or when
 * the task exits first: reported with the call that had joined, and the name is
 * dropped, so that the exit does not write to memory that is the owner's again.
 * When a member dies in a group that has fewer members than names, one of these
 * was finished so. It is reported, the group is broken (-EBADFD), and the dead
 * member stays in the count: it may be the one that was finished, or not. Groups
 * of more than 64 members are looked at so when they have become smaller.
 *
 * What it costs: a wait for a group that somebody has joined by name looks into
 * 256 places, which are five thousand instructions; the leave that makes the zero
 * is a call. Joining and leaving are as cheap as if nobody looked.
 */
#ifndef _LINUX_KWAITGROUP_MEMBER_H
#define _LINUX_KWAITGROUP_MEMBER_H

#ifndef _LINUX_KWAITGROUP_H
#error "include <linux/kwaitgroup.h>"
#endif

#include <linux/bug.h>
#include <linux/err.h>

/**
 * struct kwaitgroup_member - what a task joins a group with
 * @cookie: anything, for example the number of a request; shown in debugfs and
 *	in the traces of this member
 *
 * To be initialised with zero, but for the cookie, and to stay where it is until
 * it has left.
 */
struct kwaitgroup_member {
	u64 cookie;
	/* private: the group, if there was no memory for a name */
	struct kwaitgroup *unnamed;
};

#ifdef CONFIG_KWAITGROUP_MEMBERS

/* Out of line; called by the inline functions below only. */
int __must_check __kwaitgroup_join(struct kwaitgroup *wg,
				   struct kwaitgroup_member *m,
				   struct task_struct *task, bool add,
				   unsigned long ip);
int __must_check __kwaitgroup_join_current(struct kwaitgroup *wg,
					   struct kwaitgroup_member *m,
					   unsigned long ip);
void kwaitgroup_leave(struct kwaitgroup_member *m);
struct kwaitgroup_member *
__kwaitgroup_member_enter(struct kwaitgroup *wg, struct kwaitgroup_member *m,
			  unsigned long ip);
void __kwaitgroup_member_exit(struct kwaitgroup_member *m);
struct kwaitgroup_member *
__kwaitgroup_adopted_enter(struct kwaitgroup *wg, struct kwaitgroup_member *m,
			   unsigned long ip);
void __kwaitgroup_adopted_exit(struct kwaitgroup_member *m);

#else

/* Nobody keeps names: all members are without one, and the work goes on. */

static inline int __must_check
__kwaitgroup_join(struct kwaitgroup *wg, struct kwaitgroup_member *m,
		  struct task_struct *task, bool add, unsigned long ip)
{
	int err = add ? kwaitgroup_try_add_many(wg, 1) : 0;

	if (!err)
		m->unnamed = wg;
	return err;
}

static inline int __must_check
__kwaitgroup_join_current(struct kwaitgroup *wg, struct kwaitgroup_member *m,
			  unsigned long ip)
{
	return __kwaitgroup_join(wg, m, current, true, ip);
}

static inline struct kwaitgroup *
__kwaitgroup_leave_unnamed(struct kwaitgroup_member *m)
{
	struct kwaitgroup *wg = m->unnamed;

	m->unnamed = NULL;
	return wg;
}

static inline void kwaitgroup_leave(struct kwaitgroup_member *m)
{
	struct kwaitgroup *wg = __kwaitgroup_leave_unnamed(m);

	if (!WARN_ON_ONCE(!wg))
		kwaitgroup_done(wg);
}

static inline struct kwaitgroup_member *
__kwaitgroup_member_enter(struct kwaitgroup *wg, struct kwaitgroup_member *m,
			  unsigned long ip)
{
	int err = __kwaitgroup_join(wg, m, current, true, ip);

	if (err)
		return ERR_PTR(err);
	__kwaitgroup_enter(wg);
	return m;
}

static inline void __kwaitgroup_member_exit(struct kwaitgroup_member *m)
{
	__kwaitgroup_exit(__kwaitgroup_leave_unnamed(m));
}

static inline struct kwaitgroup_member *
__kwaitgroup_adopted_enter(struct kwaitgroup *wg, struct kwaitgroup_member *m,
			   unsigned long ip)
{
	m->unnamed = wg;
	__kwaitgroup_enter(wg);
	return m;
}

static inline void __kwaitgroup_adopted_exit(struct kwaitgroup_member *m)
{
	__kwaitgroup_exit(__kwaitgroup_leave_unnamed(m));
}

#endif

/**
 * kwaitgroup_join - become a member, by name
 * @wg: the group
 * @m: the member; stays where it is until kwaitgroup_leave()
 *
 * Adds one to the count. Somebody who starts a task that joins races with the
 * wait, as with kwaitgroup_add() in a member: have the starter add and the task
 * kwaitgroup_adopt(), or use kwaitgroup_join_task().
 *
 * Ordering: none, as kwaitgroup_add().
 *
 * Context: Task context, also atomic; on PREEMPT_RT preemptible.
 * Return:
 * * 0			- joined; kwaitgroup_leave() must follow
 * * -ESHUTDOWN		- the group is closed
 * * -EOVERFLOW		- there would be more than KWAITGROUP_COUNT_MAX
 * * -EBUSY		- the task has joined with @m already; was reported
 * * -EWOULDBLOCK	- called in an interrupt; was reported
 */
static __always_inline int __must_check
kwaitgroup_join(struct kwaitgroup *wg, struct kwaitgroup_member *m)
{
	return __kwaitgroup_join_current(wg, m, _THIS_IP_);
}

/**
 * kwaitgroup_join_task - make a task a member that will leave by itself
 * @wg: the group
 * @m: the member; stays where it is until @task has left
 * @task: who has to leave; the caller has a reference to it
 *
 * For a thread that was created and does not run yet. One that is stopped
 * before it has run exits without having left, which is a death.
 *
 * Context: Task context, also atomic; on PREEMPT_RT preemptible.
 * Return:
 * * -ESRCH		- @task is exiting
 * * else		- as kwaitgroup_join()
 */
static __always_inline int __must_check
kwaitgroup_join_task(struct kwaitgroup *wg, struct kwaitgroup_member *m,
		     struct task_struct *task)
{
	return __kwaitgroup_join(wg, m, task, true, _THIS_IP_);
}

/**
 * kwaitgroup_adopt - give a name to a member that was added for this task
 * @wg: the group; its count has one that is the caller's
 * @m: the member; stays where it is until kwaitgroup_leave()
 *
 * As kwaitgroup_join(), but adds nothing. If it fails, the count still has the
 * caller's member, and kwaitgroup_done() must follow.
 *
 * Context: Task context, also atomic; on PREEMPT_RT preemptible.
 * Return: as kwaitgroup_join(), but not -ESHUTDOWN and -EOVERFLOW
 */
static __always_inline int __must_check
kwaitgroup_adopt(struct kwaitgroup *wg, struct kwaitgroup_member *m)
{
	return __kwaitgroup_join(wg, m, current, false, _THIS_IP_);
}

/*
 * CLASS(kwaitgroup_member, m)(wg): joined until the scope is left.
 *
 *	CLASS(kwaitgroup_member, m)(wg);
 *
 *	if (IS_ERR(m))
 *		return PTR_ERR(m);
 *
 * @m is a pointer to a member that lives as long as the scope, or what
 * kwaitgroup_join() returned. DEFINE_CLASS() would make the member in a
 * function and return a copy; a member has to stay where it is.
 */
typedef struct kwaitgroup_member *class_kwaitgroup_member_t;

#define class_kwaitgroup_member_constructor(wg) \
	__kwaitgroup_member_enter(wg, &(struct kwaitgroup_member) {}, _THIS_IP_)

static inline void
class_kwaitgroup_member_destructor(struct kwaitgroup_member **m)
{
	if (!IS_ERR(*m))
		__kwaitgroup_member_exit(*m);
}

/*
 * CLASS(kwaitgroup_adopted, m)(wg): of the starter's add, until the scope is
 * left.
 *
 *	int worker(void *job)
 *	{
 *		CLASS(kwaitgroup_adopted, m)(job->wg);
 *		...
 *	}
 *
 * Never fails: what makes kwaitgroup_adopt() fail is reported, and the member
 * goes on without a name. The end of the scope is one done in every case, so it
 * is what guard(kwaitgroup_done) is for a member without a name; do not use both.
 */
typedef struct kwaitgroup_member *class_kwaitgroup_adopted_t;

#define class_kwaitgroup_adopted_constructor(wg) \
	__kwaitgroup_adopted_enter(wg, &(struct kwaitgroup_member) {}, \
				   _THIS_IP_)

static inline void
class_kwaitgroup_adopted_destructor(struct kwaitgroup_member **m)
{
	__kwaitgroup_adopted_exit(*m);
}

#endif /* _LINUX_KWAITGROUP_MEMBER_H */
