/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kwaitgroup_percpu - a wait group that scales with the CPUs
 *
 *	static struct kwaitgroup_percpu users;
 *
 *	err = kwaitgroup_percpu_init(&users, 0);
 *	...
 *	if (!kwaitgroup_percpu_try_add(&users))		// on any CPU, as often
 *		return -ENODEV;				// as one likes
 *	use_device();
 *	kwaitgroup_percpu_done(&users);
 *	...
 *	err = kwaitgroup_percpu_drain(&users);		// now and then
 *	kwaitgroup_percpu_exit(&users);
 *
 * Where many CPUs add to one struct kwaitgroup at the same time, its word goes
 * from cache to cache. Here each CPU has a counter of its own, and add and done
 * touch nothing that another CPU writes, while nobody waits. A wait tells all
 * CPUs to count in the group's word, lets a grace period of RCU pass, adds up
 * their counters, and waits as kwaitgroup_wait() does. The last waiter that
 * leaves gives the counters back.
 *
 * So a wait costs a grace period, some tens of milliseconds on a busy machine,
 * also when nobody is in; with KWAITGROUP_PERCPU_EXPEDITED some tens of
 * microseconds, for which it interrupts all CPUs. add and done in that time cost
 * what those of the small group do. Use it for what is entered much more often
 * than waited for; the small group for all else, of which there may be many.
 *
 * What a wait promises is what struct kwaitgroup promises, but for three things:
 *
 *	- The memory is the owner's after kwaitgroup_percpu_exit(), which frees
 *	  the counters, and lets members and woken waiters leave that are in.
 *	- A counter cannot tell whose done had no add. The next wait, or close,
 *	  finds out that there was one: it reports itself, and the group breaks.
 *	- close may sleep.
 *
 * Members by name, and holders, are those of the small group inside: they count
 * in its word, at the price that is theirs.
 *
 *	call				task	softirq	hardirq	NMI
 *	add, done, try_add, count	yes	yes	yes	yes [1]
 *	init, exit, wait*, drain,
 *	  close, reinit			may sleep
 *
 *	[1] As in <linux/kwaitgroup.h>.
 */
#ifndef _LINUX_KWAITGROUP_PERCPU_H
#define _LINUX_KWAITGROUP_PERCPU_H

#include <linux/kwaitgroup.h>
#include <linux/kwaitgroup_holder.h>
#include <linux/kwaitgroup_member.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>

/* A wait interrupts all CPUs instead of waiting until each has come by itself. */
#define KWAITGROUP_PERCPU_EXPEDITED	BIT(0)

/* The most members there can be: while a wait begins the word has room for as many. */
#define KWAITGROUP_PERCPU_MAX		(KWAITGROUP_COUNT_MAX / 2)

/**
 * struct kwaitgroup_percpu - a count of running members, a part of it on each CPU
 *
 * All of it is private. Made by kwaitgroup_percpu_init().
 */
struct kwaitgroup_percpu {
	/* private: */
	long __percpu *count;		/* NULL: everybody counts in @wg */
	struct kwaitgroup wg;		/* and named members always */
	long __percpu *counters;	/* what @count is while nobody waits */
	struct mutex lock;		/* of whoever changes @count, and: */
	unsigned int waiters;
	unsigned int flags;
	unsigned int gathering;		/* for who looks without the lock */
	bool closed;
	struct kwaitgroup inside;	/* calls that may sleep */
};

void __kwaitgroup_percpu_observed(struct kwaitgroup_percpu *g, int n,
				  unsigned long ip);
int __must_check __kwaitgroup_percpu_init(struct kwaitgroup_percpu *g,
					  unsigned int flags, const char *name,
					  struct lock_class_key *key);
void kwaitgroup_percpu_exit(struct kwaitgroup_percpu *g);

/**
 * kwaitgroup_percpu_init - make an empty group
 * @g: the group; nobody may be using it
 * @flags: 0 or KWAITGROUP_PERCPU_EXPEDITED
 *
 * Context: Process context. May sleep.
 * Return:
 * * 0		- kwaitgroup_percpu_exit() must follow
 * * -EINVAL	- there is no such flag
 * * -ENOMEM	- no memory for the counters
 */
#define kwaitgroup_percpu_init(g, flags)				\
({									\
	static struct lock_class_key __kwaitgroup_key;			\
									\
	__kwaitgroup_percpu_init((g), (flags), #g, &__kwaitgroup_key);	\
})

/**
 * kwaitgroup_percpu_add - add members to a group
 * @g: the group
 * @n: how many, usually 1; a negative number is that many done
 *
 * As kwaitgroup_add(); a count that is too large is found by the next wait.
 *
 * Ordering: none for a positive @n; a negative @n as kwaitgroup_percpu_done().
 *
 * Context: Any, see the table on top.
 */
static __always_inline void kwaitgroup_percpu_add(struct kwaitgroup_percpu *g,
						  int n)
{
	long __percpu *count;

	if (__kwaitgroup_is_observed()) {
		__kwaitgroup_percpu_observed(g, n, _THIS_IP_);
		return;
	}
	/*
	 * The section pairs with the grace period of kwg_percpu_gather(), the
	 * dependency with the release of kwg_percpu_spread(): a counter is used
	 * by its CPU again when it was cleared.
	 */
	rcu_read_lock();
	count = READ_ONCE(g->count);
	if (likely(count))
		this_cpu_add(*count, n);
	else
		kwaitgroup_add(&g->wg, n);
	rcu_read_unlock();
}

/**
 * kwaitgroup_percpu_done - a member has finished
 * @g: the group; must not be touched afterwards unless something else keeps
 *	it alive
 *
 * On whatever CPU.
 *
 * Ordering: a wait that returns 0 sees all that was written before it.
 *
 * Context: Any, see the table on top.
 */
static __always_inline void kwaitgroup_percpu_done(struct kwaitgroup_percpu *g)
{
	long __percpu *count;

	if (__kwaitgroup_is_observed()) {
		__kwaitgroup_percpu_observed(g, -1, _THIS_IP_);
		return;
	}
	rcu_read_lock();
	count = READ_ONCE(g->count);
	if (likely(count))
		this_cpu_dec(*count);
	else
		kwaitgroup_done(&g->wg);
	rcu_read_unlock();
}

/**
 * kwaitgroup_percpu_try_add - add one member unless the group is closed
 * @g: the group; the caller makes sure that it is there
 *
 * Ordering: acquire if added: who gets in after kwaitgroup_percpu_reinit() sees
 * what was written before it.
 *
 * Context: Any, see the table on top.
 * Return:
 * * true	- added; a kwaitgroup_percpu_done() must follow
 * * false	- the group is closed
 */
static __always_inline bool
kwaitgroup_percpu_try_add(struct kwaitgroup_percpu *g)
{
	long __percpu *count;
	bool added = true;

	rcu_read_lock();
	/* Pairs with the release of kwg_percpu_spread(). */
	count = smp_load_acquire(&g->count);
	if (unlikely(!count))
		added = kwaitgroup_try_add(&g->wg);
	else if (__kwaitgroup_is_observed())
		__kwaitgroup_percpu_observed(g, 1, _THIS_IP_);
	else
		this_cpu_inc(*count);
	rcu_read_unlock();
	return added;
}

int kwaitgroup_percpu_wait(struct kwaitgroup_percpu *g);
int __must_check kwaitgroup_percpu_wait_killable(struct kwaitgroup_percpu *g);
int __must_check
kwaitgroup_percpu_wait_timeout(struct kwaitgroup_percpu *g, long timeout);
int __must_check
kwaitgroup_percpu_wait_state(struct kwaitgroup_percpu *g, unsigned int state,
			     long timeout);

void kwaitgroup_percpu_close(struct kwaitgroup_percpu *g);
int kwaitgroup_percpu_drain(struct kwaitgroup_percpu *g);
int kwaitgroup_percpu_reinit(struct kwaitgroup_percpu *g);
long kwaitgroup_percpu_count(struct kwaitgroup_percpu *g);

/**
 * kwaitgroup_percpu_join - become a member that is known by name
 * @g: the group
 * @m: the member, as for kwaitgroup_join()
 *
 * kwaitgroup_leave(@m) must follow.
 *
 * Context: as kwaitgroup_join().
 * Return: as kwaitgroup_join().
 */
static __always_inline int __must_check
kwaitgroup_percpu_join(struct kwaitgroup_percpu *g, struct kwaitgroup_member *m)
{
	return kwaitgroup_join(&g->wg, m);
}

/**
 * kwaitgroup_percpu_hold - a holder takes the group
 * @g: the group
 * @h: the holder, as for kwaitgroup_hold()
 *
 * kwaitgroup_release(@h) must follow.
 *
 * Context: as kwaitgroup_hold().
 * Return: as kwaitgroup_hold().
 */
static __always_inline int __must_check
kwaitgroup_percpu_hold(struct kwaitgroup_percpu *g, struct kwaitgroup_holder *h)
{
	return kwaitgroup_hold(&g->wg, h);
}

#ifdef CONFIG_KWAITGROUP_OBSERVE
void __kwaitgroup_percpu_registered(struct kwaitgroup_percpu *g);
void kwaitgroup_percpu_unregister(struct kwaitgroup_percpu *g);
#else
static inline void kwaitgroup_percpu_unregister(struct kwaitgroup_percpu *g)
{
}

static inline void __kwaitgroup_percpu_registered(struct kwaitgroup_percpu *g)
{
}
#endif

/**
 * kwaitgroup_percpu_register - show a group in debugfs under a name
 * @g: the group
 * @fmt: of the name, as kwaitgroup_register()
 *
 * Its count in "groups" is the sum of what the CPUs have.
 *
 * Context: Process context. May sleep.
 * Return: as kwaitgroup_register()
 */
#define kwaitgroup_percpu_register(g, fmt, ...)				\
({									\
	struct kwaitgroup_percpu *__g = (g);				\
	int __err = kwaitgroup_register(&__g->wg, fmt, ##__VA_ARGS__);	\
									\
	if (!__err)							\
		__kwaitgroup_percpu_registered(__g);			\
	__err;								\
})

/* guard(kwaitgroup_percpu_done)(g), as guard(kwaitgroup_done). */
static __always_inline void
__kwaitgroup_percpu_leave(struct kwaitgroup_percpu *g)
{
	__kwaitgroup_unlock(&g->wg);
	kwaitgroup_percpu_done(g);
}

DEFINE_GUARD(kwaitgroup_percpu_done, struct kwaitgroup_percpu *,
	     __kwaitgroup_enter(&_T->wg), __kwaitgroup_percpu_leave(_T))

#endif /* _LINUX_KWAITGROUP_PERCPU_H */
