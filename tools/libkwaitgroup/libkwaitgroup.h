/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Wait groups as file descriptors, without the structures.
 *
 * Link with -lkwaitgroup, or copy libkwaitgroup.c. Every function returns -errno when it
 * fails and leaves errno alone; which errors there are, <linux/kwaitgroup.h>
 * says. All are safe in threads and in signal handlers.
 */
#ifndef _LIBKWAITGROUP_H
#define _LIBKWAITGROUP_H

#include <stdint.h>
#include <linux/kwaitgroup.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Make a group; @flags: KWAITGROUP_FD_*; NULL: no name. A descriptor. */
int kwg_create(const char *name, unsigned int flags);
/* The same with a device that the caller has opened. */
int kwg_create_at(int device, const char *name, unsigned int flags);

/* @n members come, @n have finished. kwg_done() also on a member. */
int kwg_add(int group, unsigned int n);
int kwg_done(int fd, unsigned int n);

/* A member with a descriptor of its own; @flags: KWAITGROUP_FD_CLOEXEC or 0 */
int kwg_join(int group, unsigned int flags);

/* Wait for zero: for ever, until a time of CLOCK_MONOTONIC, or for so long. */
int kwg_wait(int group);
int kwg_wait_until(int group, uint64_t deadline_ns);
int kwg_wait_for(int group, uint64_t timeout_ns);
/*
 * A wait that a signal's handler may end and the same caller takes up again:
 * *position is 0 to begin, and after -EINTR what to call again with, so that no
 * zero in between is lost. On an older kernel it stays 0, and each call begins anew.
 */
int kwg_wait_from(int group, uint64_t deadline_ns, uint64_t *position);

/* CLOSE: nobody may join any more. The descriptor stays open. */
int kwg_shut(int group);

int kwg_info(int group, struct kwaitgroup_info *info);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t kwg_now(void);

#ifdef __cplusplus
}
#endif

#endif /* _LIBKWAITGROUP_H */
