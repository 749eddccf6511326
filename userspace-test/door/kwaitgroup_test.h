/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The test-only door, /dev/kwaitgroup_test: lets a harness drive the in-kernel
 * side of a group that it has a descriptor of. Needs CAP_SYS_ADMIN.
 *
 * Structures carry their size, as in <linux/kwaitgroup.h>.
 */
#ifndef _KWAITGROUP_TEST_H
#define _KWAITGROUP_TEST_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define KWAITGROUP_TEST_DEVICE	"/dev/kwaitgroup_test"

/* At most so many threads of one open device at a time. */
#define KWAITGROUP_TEST_THREADS_MAX	256
#define KWAITGROUP_TEST_WORK_MAX_US	1000000

/* kwaitgroup_test_run.mode: what each thread does */
#define KWAITGROUP_TEST_DONE	0	/* is added; works, done */
#define KWAITGROUP_TEST_LEAK	1	/* is added; works, no done */
#define KWAITGROUP_TEST_WAIT	2	/* waits for the group, killably */
#define KWAITGROUP_TEST_REST	3	/* waits for all of its members */
#define KWAITGROUP_TEST_MODES	4

/* kwaitgroup_test_run.cpus */
#define KWAITGROUP_TEST_ANY	0	/* where the scheduler likes */
#define KWAITGROUP_TEST_SPREAD	1	/* one after the other on each CPU */
#define KWAITGROUP_TEST_SAME	2	/* all on one */
#define KWAITGROUP_TEST_CPUS	3

/**
 * struct kwaitgroup_test_run - KWAITGROUP_TEST_IOC_RUN: start kernel threads
 * @size: sizeof(struct kwaitgroup_test_run)
 * @fd: a group
 * @threads: how many, 1 to KWAITGROUP_TEST_THREADS_MAX
 * @work_us: how long each works, in microseconds, at most
 *	KWAITGROUP_TEST_WORK_MAX_US
 * @mode: KWAITGROUP_TEST_DONE, _LEAK, _WAIT, _REST
 * @cpus: KWAITGROUP_TEST_ANY, _SPREAD, _SAME
 *
 * Returns when all run (DONE, LEAK: are members; the others: are about to wait).
 * Return: 0, or -1: EBUSY (too many threads with those not yet collected),
 * EINVAL, EBADF (@fd is not open, or not a group), ESHUTDOWN (closed),
 * EOVERFLOW, ENOMEM
 */
struct kwaitgroup_test_run {
	__u32 size;
	__s32 fd;
	__u32 threads;
	__u32 work_us;
	__u32 mode;
	__u32 cpus;
};

/**
 * struct kwaitgroup_test_collect - KWAITGROUP_TEST_IOC_COLLECT
 * @size: sizeof(struct kwaitgroup_test_collect)
 * @threads: out: how many threads had been started
 * @errors: out: how many of them had a wait that failed
 * @error: out: the errno of the first such wait, or 0
 *
 * Waits, killably, until all threads of this open device have ended; other
 * requests on it wait meanwhile. Closing the device ends waits of its threads,
 * but those of KWAITGROUP_TEST_REST, and waits for them. Everything but @size
 * must be zero on entry.
 * Return: 0, or -1: EINTR
 */
struct kwaitgroup_test_collect {
	__u32 size;
	__u32 threads;
	__u32 errors;
	__u32 error;
};

/* kwaitgroup_test_misuse.what */
#define KWAITGROUP_TEST_NEGATIVE	0	/* done; the count must be 0 */
#define KWAITGROUP_TEST_OVERFLOW	1	/* add of KWAITGROUP_MEMBERS_MAX + 1 */
#define KWAITGROUP_TEST_CLOSED		2	/* add, then done; must be closed */
#define KWAITGROUP_TEST_REINIT		3	/* reinit; the count must not be 0 */
#define KWAITGROUP_TEST_STEAL		4	/* done of a member of user space */
#define KWAITGROUP_TEST_MISUSES		5

/**
 * struct kwaitgroup_test_misuse - KWAITGROUP_TEST_IOC_MISUSE
 * @size: sizeof(struct kwaitgroup_test_misuse)
 * @fd: a group
 * @what: KWAITGROUP_TEST_NEGATIVE, ...
 * @died: out: 1 if the thread that did it did not survive (misuse=bug)
 *
 * Done by a kernel thread of its own. One that dies of KWAITGROUP_TEST_CLOSED
 * has added and not done. Return: 0, or -1: EINVAL (also: the
 * group is not in the state that @what needs), EBADF, ENOMEM
 */
struct kwaitgroup_test_misuse {
	__u32 size;
	__s32 fd;
	__u32 what;
	__u32 died;
};

/**
 * struct kwaitgroup_test_measure - KWAITGROUP_TEST_IOC_MEASURE
 * @size: sizeof(struct kwaitgroup_test_measure)
 * @rounds: in: 1 to 100; out: undefined
 * @slowest_ns: out: of the last dones of 512 groups of a driver, each the fastest
 *	of all rounds, the slowest; must be zero on entry
 *
 * Each of them wakes one waiter, with interrupts off.
 * Return: 0, or -1: EINVAL, ENOMEM
 */
struct kwaitgroup_test_measure {
	__u32 size;
	__u32 rounds;
	__aligned_u64 slowest_ns;
};

#define KWAITGROUP_TEST_IOC_MAGIC	'J'
#define KWAITGROUP_TEST_IOC_RUN		_IO(KWAITGROUP_TEST_IOC_MAGIC, 0)
#define KWAITGROUP_TEST_IOC_COLLECT	_IO(KWAITGROUP_TEST_IOC_MAGIC, 1)
#define KWAITGROUP_TEST_IOC_MISUSE	_IO(KWAITGROUP_TEST_IOC_MAGIC, 2)
#define KWAITGROUP_TEST_IOC_MEASURE	_IO(KWAITGROUP_TEST_IOC_MAGIC, 3)

#endif /* _KWAITGROUP_TEST_H */
