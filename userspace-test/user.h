/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs of the harness share. Nothing here sleeps. */
#ifndef _KWG_USER_H
#define _KWG_USER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "libkwaitgroup.h"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

/* Seconds until a test counts as hung: a sanitizer kernel, emulated, is slow. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	120

#define NSEC_PER_MSEC	1000000ULL
#define NSEC_PER_SEC	1000000000ULL

/*
 * How late a wait that ran out of time may return: a tick, and what a busy
 * emulated machine needs to schedule. A lost wake-up is later than any bound.
 */
#define LATE_NS		(10 * NSEC_PER_SEC)

/* What has not happened after that never will. */
#define PATIENCE_NS	(60 * NSEC_PER_SEC)

/* An ioctl that returns -errno. */
int raw_ioctl(int fd, unsigned long request, const void *arg);

/* A page, and behind it one that cannot be accessed. */
char *guarded_page(void);

int open_device(void);
unsigned int count_of(int group);
unsigned int state_of(int group);

/* A thread that waits for a group. */
struct waiter {
	int fd;
	uint64_t deadline;
	pthread_t thread;
	atomic_int tid;
	atomic_bool ended;
	int result;
	uint64_t ended_ns;
};

/* Returns when the thread sleeps, or has ended already. */
void waiter_start(struct waiter *w, int fd, uint64_t deadline);
bool waiter_has_ended(struct waiter *w);
int waiter_join(struct waiter *w);

/* Until a thread or process sleeps, or has ended. */
void until_asleep(pid_t tid);
/* Until INFO says that somebody waits. */
void until_waited_for(int group);

/* A group of one member has none, and one again. */
bool pass_zero(int group);

/* Until so many waits have slept since the module was loaded */
void until_slept(long waits);

/* A child that is told to go on, and its exit status, or 128 + signal. */
int child_status(pid_t pid);

/* "key value" of debugfs' stats; -1: there is no such key. */
long stat_of(const char *key);
/* How many lines of a file have a text in them; -1: no file. */
int lines_with(const char *path, const char *text);
/* How many groups of that name and count debugfs has. */
int listed(const char *name, unsigned int count);

/* A module parameter. Return 0 or -errno. */
int param_set(const char *name, const char *value);

#define DEBUGFS		"/sys/kernel/debug/kwaitgroup/"
#define PARAMETERS	"/sys/module/kwaitgroup/parameters/"

#endif /* _KWG_USER_H */
