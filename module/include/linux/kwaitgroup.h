/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kwaitgroup - start N threads or work items, wait for all of them
 *
 * A wait group is a count of members that are still running. Whoever starts
 * work adds to the count, every member calls done when it has finished, and
 * any number of tasks wait for the count to reach zero:
 *
 *	DECLARE_KWAITGROUP_ONSTACK(wg);
 *
 *	for (i = 0; i < n; i++) {
 *		kwaitgroup_add(&wg, 1);
 *		start_worker(i, &wg);		// calls kwaitgroup_done(&wg)
 *	}
 *	err = kwaitgroup_wait_killable(&wg);
 *
 * It differs from an atomic_t plus a wait queue, and from a completion, in
 * four promises:
 *
 * Free on return
 *	Nobody reads or writes the group after the decrement that finished it.
 *	When a wait has returned 0 and no other member or waiter is left, the
 *	memory may be freed, reused, or be the stack frame of a function that
 *	returns. No extra lock, RCU grace period or reference is needed.
 *
 * Reuse without rules
 *	A waiter waits for an event, "the count reached zero after I came", and
 *	not for a condition. Adding again before the woken waiters have run, or
 *	while others still wait, neither strands nor wakes anybody wrongly.
 *
 * Eight bytes, one atomic operation
 *	add and done are one read-modify-write of one word. They take a lock
 *	only to wake a task that really sleeps.
 *
 * Misuse is reported where it happens
 *	A done without an add, an overflow, an add to a closed group and the
 *	like are reported with the address of the call, undone, and remembered:
 *	the group is then *broken*, and every wait for it returns an error
 *	instead of hanging or claiming success. See kwaitgroup_reinit().
 *
 * What a wait promises:
 *
 *	S1  It returns 0 only if the count was zero at some instant between the
 *	    call and the return.
 *	S2  It returns once the count reached zero after the call, whatever is
 *	    added afterwards. ("After" is since kwaitgroup_has_waiters() could
 *	    have told of it: see "When does a wait begin" in bucket.c.)
 *	S3  All that a member wrote before its done is visible after the wait.
 *	S4  The group's memory is the owner's again after the wait, as above.
 *	S6  One that cannot be interrupted, nor times out, returns only when the
 *	    count is zero, whatever it returns.
 *
 * Early waits and waits for the rest:
 *
 *	kwaitgroup_wait(), kwaitgroup_drain(), and kwaitgroup_wait_state() with
 *	an uninterruptible state and no timeout wait for *the rest*. A member
 *	that died, and an unmatched call, are off the count; what is left of it
 *	are the living, and these waits return when the last of them is done.
 *	That the group broke meanwhile is their result, -EOWNERDEAD or -EBADFD.
 *	So whoever ignores the result still owns the memory.
 *
 *	All others are *early*: a signal, the timeout, a death or misuse ends
 *	them at once, so that the owner can cancel what still runs. Members may
 *	be running then. They use the group and all that they share with the
 *	waiter, so neither may go away before they were waited for:
 *
 *		err = kwaitgroup_wait_killable(&wg);
 *		if (err) {
 *			cancel_members();
 *			kwaitgroup_wait(&wg);
 *		}
 *
 * Members may add (a count they hold keeps the group from finishing). An add
 * by anybody else is not ordered against a concurrent wait: the wait then
 * returns for a zero before that add or for one after it, and both are right.
 *
 * Where each call may be made:
 *
 *	call				task	softirq	hardirq	NMI
 *	init, reinit			yes	yes	yes	no
 *	add, done, try_add*		yes	yes	yes	yes [1]
 *	close, count, has_waiters,
 *	  try_wait			yes	yes	yes	yes [1]
 *	wait*, drain			may sleep [2]
 *	join*, adopt, leave		yes [3]	no	no	no
 *	register, unregister,
 *	  set_cookie, set_stall_secs,
 *	  fdget, put			may sleep
 *
 *	All of this holds on PREEMPT_RT, too.
 *
 *	[1] Where atomic64_t is a real instruction. 32-bit machines that use
 *	    CONFIG_GENERIC_ATOMIC64 take a spinlock in it: not in NMI there.
 *	    A last done in an NMI wakes a moment later, from an irq_work.
 *	[2] Called where it cannot sleep, it is reported. Then an early wait
 *	    returns -EWOULDBLOCK; one for the rest sleeps all the same, as the
 *	    kernel's own waits do.
 *	[3] Also with a spinlock held; on PREEMPT_RT in preemptible context.
 *
 * Members that are known by name, and whose death ends the wait, are in
 * <linux/kwaitgroup_member.h>.
 *
 * Errors of a wait: 0, -ETIMEDOUT, -ERESTARTSYS, -EWOULDBLOCK, and for a
 * broken group -EBADFD (its count was misused) or -EOWNERDEAD (a member died).
 */
#ifndef _LINUX_KWAITGROUP_H
#define _LINUX_KWAITGROUP_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/instruction_pointer.h>
#include <linux/jump_label.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/types.h>

struct module;

#if !defined(CONFIG_KWAITGROUP) && !defined(CONFIG_KWAITGROUP_MODULE) && \
	!defined(KWAITGROUP_CONFIGURED)
/*
 * Out of a kernel's tree there is no Kconfig, and kwaitgroup.ko has everything.
 * Who builds it otherwise, or compiles its core into a module of his own, says
 * what there is: see samples/embedded.
 */
#define CONFIG_KWAITGROUP_MEMBERS 1
#define CONFIG_KWAITGROUP_PERCPU 1
#define CONFIG_KWAITGROUP_BATCH 1
#define CONFIG_KWAITGROUP_OBSERVE 1
#define CONFIG_KWAITGROUP_DEVICE 1
#endif

/**
 * struct kwaitgroup - a count of running members that tasks can wait for
 * @state: count, flags and the waiters' ticket in one word; private
 *
 * All members are private. Zero-filled memory is a valid empty group unless
 * CONFIG_LOCKDEP is set, so initialise it with one of the macros below.
 */
struct kwaitgroup {
	atomic64_t state;
#ifdef CONFIG_LOCKDEP
	/* private: a pseudo lock, "held" while a member runs */
	struct lockdep_map dep_map;
#endif
};

#ifndef CONFIG_LOCKDEP
static_assert(sizeof(struct kwaitgroup) == 8);
#endif

/*
 * The state word:
 *
 *	63            32 31    27 26          0
 *	+---------------+--------+-------------+
 *	| minus count   | flags  | ticket or 0 |
 *	+---------------+--------+-------------+
 *
 * The count is stored negated, so that the sign of the whole word tells what
 * a done has to do: below zero, members are left; zero, the last one left and
 * nobody cares; above zero, there is a waiter, a flag or a negative count to
 * look at. One signed test instead of a test of each half.
 */
#define KWAITGROUP_COUNT_SHIFT	32
#define KWAITGROUP_ONE		0x100000000LL
/* The largest count: from 1 to it this bit is set, below and above it is not. */
#define KWAITGROUP_COUNT_MAX	0x40000000
#define KWAITGROUP_COUNT_VALID	((s64)BIT_ULL(62))
/*
 * The most members that one atomic operation adds before anybody looks at the
 * result. Between it and the undoing others may do the same, and the count must
 * not get to where that bit is set again: that would take 2^30 / 2^7 tasks at the
 * same time, and there are never more than 2^22.
 */
#define KWAITGROUP_ADD_MAX	128

#define KWAITGROUP_CLOSED	((s64)BIT_ULL(31))
#define KWAITGROUP_OWNERDEAD	((s64)BIT_ULL(30))
#define KWAITGROUP_BADFD	((s64)BIT_ULL(29))
#define KWAITGROUP_BROKEN	(KWAITGROUP_OWNERDEAD | KWAITGROUP_BADFD)
/* A group of user space; somebody has joined by name. */
#define KWAITGROUP_USER		((s64)BIT_ULL(28))
#define KWAITGROUP_NAMED	((s64)BIT_ULL(27))
#define KWAITGROUP_TICKET_MASK	((s64)GENMASK_ULL(26, 0))

/* The longest name of a registered group, with its terminating zero. */
#define KWAITGROUP_NAME_LEN	32

/*
 * May be or-ed into the state of kwaitgroup_wait_state(): account the sleep as
 * waiting for I/O. Outside of the range of task states.
 */
#define KWAITGROUP_WAIT_IO	BIT(31)

#ifdef CONFIG_LOCKDEP
#define __KWAITGROUP_DEP_MAP_INIT(name) \
	, .dep_map = STATIC_LOCKDEP_MAP_INIT(#name, &(name))
#else
#define __KWAITGROUP_DEP_MAP_INIT(name)
#endif

/**
 * KWAITGROUP_INIT - initialiser for a static group
 * @name: the object that is initialised
 */
#define KWAITGROUP_INIT(name) \
	{ .state = ATOMIC64_INIT(0) __KWAITGROUP_DEP_MAP_INIT(name) }

/**
 * DEFINE_KWAITGROUP - define and initialise a static or global group
 * @name: the variable
 */
#define DEFINE_KWAITGROUP(name) struct kwaitgroup name = KWAITGROUP_INIT(name)

/**
 * DECLARE_KWAITGROUP_ONSTACK - define and initialise a group on the stack
 * @name: the variable
 *
 * The function may return as soon as its wait has returned 0.
 */
#ifdef CONFIG_LOCKDEP
#define DECLARE_KWAITGROUP_ONSTACK(name) \
	struct kwaitgroup name = ({ kwaitgroup_init(&name); name; })
#else
#define DECLARE_KWAITGROUP_ONSTACK(name) DEFINE_KWAITGROUP(name)
#endif

/* Somebody traces or tallies add and done. Off: a patched-out branch in each. */
#ifdef CONFIG_KWAITGROUP_OBSERVE
DECLARE_STATIC_KEY_FALSE(kwaitgroup_observed);

#define __kwaitgroup_is_observed() static_branch_unlikely(&kwaitgroup_observed)
#else
#define __kwaitgroup_is_observed() false
#endif

#ifndef CONFIG_KWAITGROUP	/* which only a kernel that has it in its own tree has */
/*
 * The inline functions of a driver count in the word by themselves, so it and
 * kwaitgroup.ko have to mean the same word. The number of its layout is in the
 * names of what they call: a driver that was built for another one is refused
 * when it is loaded, with an "Unknown symbol __kwaitgroup_finished_layout1". It
 * changes whenever the word does.
 */
#ifndef KWAITGROUP_LAYOUT
#define KWAITGROUP_LAYOUT	1
#endif
#define __KWAITGROUP_PASTE(fn, nr)	fn##_layout##nr
#define __KWAITGROUP_OF_LAYOUT(fn, nr)	__KWAITGROUP_PASTE(fn, nr)
#define __kwaitgroup_add \
	__KWAITGROUP_OF_LAYOUT(__kwaitgroup_add, KWAITGROUP_LAYOUT)
#define __kwaitgroup_added \
	__KWAITGROUP_OF_LAYOUT(__kwaitgroup_added, KWAITGROUP_LAYOUT)
#define __kwaitgroup_finished \
	__KWAITGROUP_OF_LAYOUT(__kwaitgroup_finished, KWAITGROUP_LAYOUT)
#define __kwaitgroup_try_add \
	__KWAITGROUP_OF_LAYOUT(__kwaitgroup_try_add, KWAITGROUP_LAYOUT)
#endif

/* Out of line; called by the inline functions below only. */
void __kwaitgroup_add(struct kwaitgroup *wg, int n, unsigned long ip);
void __kwaitgroup_added(struct kwaitgroup *wg, s64 new, int n,
			unsigned long ip);
void __kwaitgroup_finished(struct kwaitgroup *wg, s64 new, int n,
			   unsigned long ip);
bool __kwaitgroup_try_add(struct kwaitgroup *wg, unsigned long ip);

/**
 * kwaitgroup_init_key - initialise a group with a class that the caller chooses
 * @wg: the group; nobody may be using it
 * @name: what lockdep calls it; must stay as long as the group
 * @key: its class for lockdep: static, or registered by lockdep_register_key()
 *
 * kwaitgroup_init() has a class for each place that it is called from. A
 * function that initialises groups for different uses takes the key as an
 * argument, so that those do not look like one.
 *
 * Groups of one class may be nested: a member of one may wait for another, as
 * when work forks and joins at every level of a tree.
 *
 * Context: Any but NMI.
 */
static inline void kwaitgroup_init_key(struct kwaitgroup *wg, const char *name,
				       struct lock_class_key *key)
{
	atomic64_set(&wg->state, 0);
#ifdef CONFIG_LOCKDEP
	lockdep_init_map(&wg->dep_map, name, key, 0);
#endif
}

/**
 * kwaitgroup_init - initialise a group at run time
 * @wg: the group; nobody may be using it
 *
 * Context: Any but NMI.
 */
#define kwaitgroup_init(wg)						\
do {									\
	static struct lock_class_key __kwaitgroup_key;			\
									\
	kwaitgroup_init_key((wg), #wg, &__kwaitgroup_key);		\
} while (0)

/*
 * What an add gave is not "at least one, not too many, not closed". Two tests, of a
 * bit and of the sign of a half, as one of two bits takes more instructions.
 */
static_assert((s32)KWAITGROUP_CLOSED < 0);
static __always_inline bool __kwaitgroup_add_is_bad(s64 new)
{
	return !(new & KWAITGROUP_COUNT_VALID) || (s32)new < 0;
}

/**
 * kwaitgroup_add - add members to a group
 * @wg: the group
 * @n: how many, usually 1; a negative number is that many kwaitgroup_done()
 *
 * Call it before the member can run, not from the member: a member that adds
 * itself races with the wait.
 *
 * A result above KWAITGROUP_COUNT_MAX or below zero is misuse: it is reported
 * with the address of the call, undone, and breaks the group. Adding to a
 * closed group is reported too, but counts, as its done will follow.
 *
 * Ordering: none for a positive @n, the caller passes the group to the member
 * by something that orders. A negative @n has release semantics.
 *
 * Context: Any, see the table on top for NMI.
 */
static __always_inline void kwaitgroup_add(struct kwaitgroup *wg, int n)
{
	s64 new;

	if (__kwaitgroup_is_observed() || n <= 0 ||
	    n > KWAITGROUP_ADD_MAX) {
		__kwaitgroup_add(wg, n, _THIS_IP_);
		return;
	}
	new = atomic64_sub_return_relaxed(n * KWAITGROUP_ONE, &wg->state);
	if (unlikely(__kwaitgroup_add_is_bad(new)))
		__kwaitgroup_added(wg, new, n, _THIS_IP_);
}

/**
 * kwaitgroup_done - a member has finished
 * @wg: the group; must not be touched afterwards unless something else keeps
 *	it alive
 *
 * The done that brings the count to zero wakes all who wait. One that brings
 * it below zero is misuse: it is reported with the address of the call,
 * undone, and breaks the group.
 *
 * Ordering: release; a wait that returns 0 has acquired all of them.
 *
 * Context: Any, see the table on top for NMI.
 */
static __always_inline void kwaitgroup_done(struct kwaitgroup *wg)
{
	s64 old;

	if (__kwaitgroup_is_observed()) {
		__kwaitgroup_add(wg, -1, _THIS_IP_);
		return;
	}
	/* Compared is the old value: of the new one the sum would have to be made. */
	old = atomic64_fetch_add_release(KWAITGROUP_ONE, &wg->state);
	if (unlikely(old > -KWAITGROUP_ONE))
		__kwaitgroup_finished(wg, old + KWAITGROUP_ONE, 1, _THIS_IP_);
}

/**
 * kwaitgroup_try_add - add one member unless the group is closed
 * @wg: the group; the caller makes sure that it is there
 *
 * Never changes the count of a closed group, not even for a moment.
 *
 * Ordering: acquire if added: who gets in after kwaitgroup_reinit() sees what
 * was written before it.
 *
 * Context: Any, see the table on top for NMI.
 * Return:
 * * true	- added; a kwaitgroup_done() must follow
 * * false	- the group is closed, or full, which is reported
 */
static __always_inline bool kwaitgroup_try_add(struct kwaitgroup *wg)
{
	s64 old = atomic64_read(&wg->state);
	s64 new = old - KWAITGROUP_ONE;

	if (!__kwaitgroup_is_observed() &&
	    likely(!__kwaitgroup_add_is_bad(new) &&
		   atomic64_try_cmpxchg_acquire(&wg->state, &old, new)))
		return true;
	return __kwaitgroup_try_add(wg, _THIS_IP_);
}

int __must_check kwaitgroup_try_add_many(struct kwaitgroup *wg, unsigned int n);

int kwaitgroup_wait(struct kwaitgroup *wg);
int __must_check kwaitgroup_wait_killable(struct kwaitgroup *wg);
int __must_check kwaitgroup_wait_interruptible(struct kwaitgroup *wg);
int __must_check kwaitgroup_wait_timeout(struct kwaitgroup *wg, long timeout);
int __must_check kwaitgroup_wait_state(struct kwaitgroup *wg,
				       unsigned int state, long timeout);

void kwaitgroup_close(struct kwaitgroup *wg);
int kwaitgroup_drain(struct kwaitgroup *wg);
int kwaitgroup_reinit(struct kwaitgroup *wg);

/**
 * kwaitgroup_count - how many members are running
 * @wg: the group
 *
 * Context: Any.
 * Return: a snapshot; by the time the caller looks at it, it may be wrong.
 */
static inline int kwaitgroup_count(const struct kwaitgroup *wg)
{
	return -(int)(atomic64_read(&wg->state) >> KWAITGROUP_COUNT_SHIFT);
}

/**
 * kwaitgroup_has_waiters - does anybody sleep in a wait for this group?
 * @wg: the group
 *
 * True also for a group of kwaitgroup_fdget() that a process polls, or has
 * polled since its last zero.
 *
 * Context: Any.
 * Return: a snapshot, as kwaitgroup_count().
 */
static inline bool kwaitgroup_has_waiters(const struct kwaitgroup *wg)
{
	return atomic64_read(&wg->state) & KWAITGROUP_TICKET_MASK;
}

#ifdef CONFIG_KWAITGROUP_MEMBERS
bool __kwaitgroup_try_wait(const struct kwaitgroup *wg);
#else
static inline bool __kwaitgroup_try_wait(const struct kwaitgroup *wg)
{
	return true;
}
#endif

/**
 * kwaitgroup_try_wait - a wait that does not wait
 * @wg: the group
 *
 * Do not poll a group that can break with this alone: it stays false then.
 * kwaitgroup_wait_timeout(wg, 0) tells the difference.
 *
 * Ordering: acquire if true.
 *
 * Context: Any.
 * Return: true if the count is zero and the group is not broken. In an NMI also
 * false if members that joined by name were finished by a plain done.
 */
static inline bool kwaitgroup_try_wait(const struct kwaitgroup *wg)
{
	s64 state = atomic64_read_acquire(&wg->state);

	if (state < 0 || (state & KWAITGROUP_BROKEN))
		return false;
	return likely(!(state & KWAITGROUP_NAMED)) ||
	       __kwaitgroup_try_wait(wg);
}

/*
 * Under lockdep a guarded section "holds" its group, shared and recursive, and
 * a wait waits for all who do. A wait under a lock that a guarded section takes
 * is then reported the first time it is possible. The pseudo lock is dropped
 * before the done: the group may be gone after it.
 *
 * Only in a task: a section in an interrupt cannot take a lock that somebody
 * holds while he sleeps.
 */
static __always_inline void __kwaitgroup_enter(struct kwaitgroup *wg)
{
#ifdef CONFIG_LOCKDEP
	if (in_task())
		lock_map_acquire_read(&wg->dep_map);
#endif
}

static __always_inline void __kwaitgroup_unlock(struct kwaitgroup *wg)
{
#ifdef CONFIG_LOCKDEP
	if (in_task())
		lock_map_release(&wg->dep_map);
#endif
}

static __always_inline void __kwaitgroup_exit(struct kwaitgroup *wg)
{
	__kwaitgroup_unlock(wg);
	kwaitgroup_done(wg);
}

/*
 * guard(kwaitgroup_done)(wg): kwaitgroup_done(wg) on every way out of the
 * scope. The add is made by whoever started the member.
 */
DEFINE_GUARD(kwaitgroup_done, struct kwaitgroup *,
	     __kwaitgroup_enter(_T), __kwaitgroup_exit(_T))

/* What is in debugfs, and what user space has a descriptor of. */

#ifdef CONFIG_KWAITGROUP_OBSERVE
__printf(3, 4)
int __kwaitgroup_register(struct kwaitgroup *wg, struct module *owner,
			  const char *fmt, ...);
void kwaitgroup_unregister(struct kwaitgroup *wg);
int kwaitgroup_set_cookie(struct kwaitgroup *wg, u64 cookie);
int kwaitgroup_set_stall_secs(struct kwaitgroup *wg, unsigned int secs);
#else
static inline __printf(3, 4)
int __kwaitgroup_register(struct kwaitgroup *wg, struct module *owner,
			  const char *fmt, ...)
{
	return 0;
}

static inline void kwaitgroup_unregister(struct kwaitgroup *wg)
{
}

static inline int kwaitgroup_set_cookie(struct kwaitgroup *wg, u64 cookie)
{
	return 0;
}

static inline int kwaitgroup_set_stall_secs(struct kwaitgroup *wg,
					    unsigned int secs)
{
	return secs > INT_MAX ? -EINVAL : 0;
}
#endif

/**
 * kwaitgroup_register - show a group in debugfs under a name
 * @wg: the group
 * @fmt: printf format of the name; 1 to KWAITGROUP_NAME_LEN - 1 printable
 *	characters without white space. Names need not be unique.
 *
 * Optional; an unregistered group works the same. A registered one must be
 * unregistered before its memory is reused. If the calling module goes away
 * without, that is reported and the group is dropped from the list.
 *
 * Context: Process context. May sleep.
 * Return:
 * * 0		- success
 * * -EEXIST	- the group is registered already
 * * -EINVAL	- the name is empty or has a character that it must not have
 * * -ENAMETOOLONG - the name is too long
 * * -ENOMEM	- no memory
 */
#define kwaitgroup_register(wg, fmt, ...) \
	__kwaitgroup_register(wg, THIS_MODULE, fmt, ##__VA_ARGS__)

/* Groups of user space, see <uapi/linux/kwaitgroup.h>. */
#ifdef CONFIG_KWAITGROUP_DEVICE
struct kwaitgroup *kwaitgroup_fdget(int fd);
void kwaitgroup_put(struct kwaitgroup *wg);
#else
static inline struct kwaitgroup *kwaitgroup_fdget(int fd)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static inline void kwaitgroup_put(struct kwaitgroup *wg)
{
}
#endif

#include <linux/kwaitgroup_member.h>

#endif /* _LINUX_KWAITGROUP_H */
