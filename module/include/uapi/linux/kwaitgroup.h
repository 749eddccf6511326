/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Wait groups for user space: /dev/kwaitgroup
 *
 * An ioctl on the device, KWAITGROUP_IOC_CREATE, makes a group and returns a
 * file descriptor for it. The other requests are made on that descriptor, by
 * every process that has it: by fork, by inheritance over exec, or by a
 * message of a UNIX socket.
 *
 * poll(), select() and epoll say that a group is readable while its count is
 * zero, and also report an error (POLLERR) once it is broken. An edge-triggered
 * epoll gets an event each time the count reaches zero, also of a broken group:
 * so its owner waits for those who live. As always with poll, a
 * zero that is over when the program looks is not reported: who must not miss
 * one waits with KWAITGROUP_IOC_WAIT.
 *
 * The last close of a group's descriptor while members of KWAITGROUP_IOC_ADD
 * are left is reported in debugfs (misuse_fd_leak), takes them off the count,
 * and breaks the group for drivers that use it. A request that is being waited
 * in counts as open.
 *
 * Every request takes a structure whose first member is its size, as the
 * program knows it. Newer kernels accept the shorter structures of older
 * programs. Older kernels accept the longer ones of newer programs as long as
 * what they do not know is zero, and fail with E2BIG otherwise.
 *
 * Errors that every request can give:
 *
 *	EFAULT	the structure is not, or not all, in accessible memory
 *	EINVAL	size is too small, a flag is unknown, a reserved member is not
 *		zero
 *	E2BIG	size is larger than a page, or there is something in a part of
 *		the structure that this kernel does not know
 *	ENOTTY	the descriptor does not know this request
 *
 * A request that fails has changed nothing.
 */
#ifndef _UAPI_LINUX_KWAITGROUP_H
#define _UAPI_LINUX_KWAITGROUP_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define KWAITGROUP_DEVICE	"/dev/kwaitgroup"

/* With the terminating zero. */
#define KWAITGROUP_NAME_MAX	32

/* The largest count of a group. */
#define KWAITGROUP_MEMBERS_MAX	0x40000000

/* Close the descriptor on exec; without it, it is inherited. */
#define KWAITGROUP_FD_CLOEXEC	0x1U
/* KWAITGROUP_IOC_WAIT fails with EAGAIN instead of waiting. See O_NONBLOCK. */
#define KWAITGROUP_FD_NONBLOCK	0x2U

/**
 * struct kwaitgroup_create - KWAITGROUP_IOC_CREATE, on the device
 * @size: sizeof(struct kwaitgroup_create)
 * @flags: KWAITGROUP_FD_*
 * @name: how debugfs and reports call the group: printable ASCII without white
 *	space or ';', with a terminating zero. Need not be unique. An empty one
 *	gets the number of the process: "pid-123".
 *
 * Return: a descriptor, or -1 and
 *
 *	EDQUOT	the user has max_user_groups (a module parameter) groups
 *	EMFILE, ENFILE, ENOMEM	as open()
 *	EINVAL	also: the name has a character that it must not have, or no
 *		terminating zero
 */
struct kwaitgroup_create {
	__u32 size;
	__u32 flags;
	__u8 name[KWAITGROUP_NAME_MAX];
};

/**
 * struct kwaitgroup_count - KWAITGROUP_IOC_ADD, KWAITGROUP_IOC_DONE
 * @size: sizeof(struct kwaitgroup_count)
 * @count: how many members to add, or how many have finished; at least 1.
 *	On a member's descriptor (KWAITGROUP_IOC_JOIN) exactly 1.
 *
 * Return: 0, or -1 and
 *
 *	EINVAL		also: count is 0
 *	EOVERFLOW	ADD: there would be more than KWAITGROUP_MEMBERS_MAX
 *	ESHUTDOWN	ADD: the group is closed
 *	ERANGE		DONE: fewer members than count are left of those that
 *			ADD has added: a DONE does not finish members of drivers
 *			or of descriptors; on a member's descriptor: it has
 *			finished already
 *	EBADFD		DONE: a driver that uses the group has finished them,
 *			which were not its own; a member of a descriptor has not
 *			finished by this DONE and dies when it is closed
 */
struct kwaitgroup_count {
	__u32 size;
	__u32 count;
};

/* kwaitgroup_wait.deadline_ns: wait for ever. */
#define KWAITGROUP_WAIT_FOREVER	(~(__u64)0)

/**
 * struct kwaitgroup_wait - KWAITGROUP_IOC_WAIT
 * @size: sizeof(struct kwaitgroup_wait)
 * @flags: must be zero
 * @deadline_ns: when to give up, in nanoseconds of CLOCK_MONOTONIC as the
 *	caller's time namespace has it, or KWAITGROUP_WAIT_FOREVER. One that has
 *	passed asks without waiting.
 * @position: in: 0 for a new wait; out: 0 when the wait is over, or where it
 *	stands when a signal has ended the call
 *
 * Returns for the first zero within the wait, whatever is added afterwards. All
 * that the members wrote to shared memory before their DONE is visible then.
 *
 * A wait that was stopped, frozen or traced, or that a signal handler with
 * SA_RESTART has interrupted, is the same call to its caller. So it is here: it
 * goes on from @position, and a zero that came meanwhile ends it. After EINTR the
 * caller may do the same by another call with what is in @position, or begin
 * anew with 0. The structure belongs to one wait until that is over.
 *
 * The structure may end before @position, as it once did. Then a wait that is
 * restarted begins anew, with the same deadline.
 *
 * Return: 0, or -1 and
 *
 *	ETIMEDOUT	members are left
 *	EAGAIN		members are left, and the descriptor is non-blocking
 *	EINTR		a signal came first, and its handler was not installed
 *			with SA_RESTART
 *	EFAULT		also: @position cannot be written
 *	EINVAL		also: no wait has stood at @position
 *	EOWNERDEAD	a member went away without DONE (KWAITGROUP_IOC_JOIN);
 *			others may be left
 *	EBADFD		a driver that uses the group has misused its count
 *
 * The last two are for good, and come at once: what is left can be cancelled
 * then. That it has finished, poll() says, see above.
 */
struct kwaitgroup_wait {
	__u32 size;
	__u32 flags;
	__aligned_u64 deadline_ns;
	__aligned_u64 position;
};

/* kwaitgroup_info.state */
#define KWAITGROUP_STATE_CLOSED		0x1U
/* Somebody waits, polls, or can go on with a wait that was interrupted. */
#define KWAITGROUP_STATE_WAITERS	0x2U
#define KWAITGROUP_STATE_OWNERDEAD	0x4U	/* broken: */
#define KWAITGROUP_STATE_BADFD		0x8U	/* what a wait returns */

/**
 * struct kwaitgroup_info - KWAITGROUP_IOC_INFO
 * @size: in: sizeof(struct kwaitgroup_info); out: how much of it this kernel
 *	knows. What it does not know is filled with zeros.
 * @state: out: KWAITGROUP_STATE_*
 * @count: out: how many members are left; may be wrong when it is looked at
 * @reserved: out: zero
 * @id: out: the number of the group in debugfs
 * @name: out: its name
 *
 * Everything but @size must be zero on entry. Return: 0, or -1.
 */
struct kwaitgroup_info {
	__u32 size;
	__u32 state;
	__u32 count;
	__u32 reserved;
	__aligned_u64 id;
	__u8 name[KWAITGROUP_NAME_MAX];
};

/**
 * struct kwaitgroup_flags - KWAITGROUP_IOC_CLOSE, KWAITGROUP_IOC_JOIN
 * @size: sizeof(struct kwaitgroup_flags)
 * @flags: CLOSE: must be zero. JOIN: KWAITGROUP_FD_CLOEXEC or zero
 *
 * CLOSE lets nobody in any more: ADD and JOIN fail. Members that are in stay
 * in, and waits wait for them. It does not close the descriptor. Closing twice
 * is fine. Return: 0, or -1.
 *
 * JOIN adds one member and returns a descriptor for it, to be given to whoever
 * does the work. KWAITGROUP_IOC_DONE on it, the only request it knows, finishes
 * the member. If instead the last copy of it is closed, as when the process
 * that holds it dies, it is off the count, the group is broken and every wait
 * fails with EOWNERDEAD.
 * Return: a descriptor, or -1 with the errors of ADD and of open().
 */
struct kwaitgroup_flags {
	__u32 size;
	__u32 flags;
};

/*
 * The size is in the structure and not in the request, so that a request keeps
 * its number when its structure grows.
 */
#define KWAITGROUP_IOC_MAGIC	'Y'
#define KWAITGROUP_IOC_CREATE	_IO(KWAITGROUP_IOC_MAGIC, 0)
#define KWAITGROUP_IOC_ADD	_IO(KWAITGROUP_IOC_MAGIC, 1)
#define KWAITGROUP_IOC_DONE	_IO(KWAITGROUP_IOC_MAGIC, 2)
#define KWAITGROUP_IOC_WAIT	_IO(KWAITGROUP_IOC_MAGIC, 3)
#define KWAITGROUP_IOC_INFO	_IO(KWAITGROUP_IOC_MAGIC, 4)
#define KWAITGROUP_IOC_CLOSE	_IO(KWAITGROUP_IOC_MAGIC, 5)
#define KWAITGROUP_IOC_JOIN	_IO(KWAITGROUP_IOC_MAGIC, 6)

#endif /* _UAPI_LINUX_KWAITGROUP_H */
