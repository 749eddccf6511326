/* SPDX-License-Identifier: GPL-2.0 */
/* Groups of user space: what device.c, group*.c and member_fd.c share. */
#ifndef _KWG_GROUP_H
#define _KWG_GROUP_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/linux/kwaitgroup.h>

#include "../core/core.h"
#include "../observe/observe.h"
#include "device.h"

/* A group that user space has, or had, a descriptor of. */
struct kwg_group {
	struct kwaitgroup wg;
	struct kref kref;		/* file, member files, kernel users */
	/*
	 * Of the count: what ADD has added and DONE may take away again. The
	 * members of drivers and of member descriptors are not among them, so
	 * a DONE too many cannot turn their done into misuse.
	 */
	atomic_t plain_members;
	wait_queue_head_t poll;
	struct kwg_waiter poller;
	struct work_struct poll_work;	/* has a reference while it is pending */
	struct kwg_standin standin;
	kuid_t uid;			/* whom it counts for */
	u32 id;				/* in the registry */
	char name[KWAITGROUP_NAME_LEN];
};

/* group.c */
struct kwg_group *kwg_group_new(const char *name);
void kwg_group_put(struct kwg_group *g);

/* group_fd.c */
int kwg_group_open(const struct kwaitgroup_create *create);
struct kwg_group *kwg_group_of_file(struct file *file);
void kwg_group_notify(struct kwg_waiter *poller, u64 ticket);
void kwg_group_wake_pollers(struct work_struct *work);
void kwg_group_flush_poll(struct kwg_group *g);
int kwg_group_finish(struct kwg_group *g, unsigned int n);

/* member_fd.c */
int kwg_member_open(struct kwg_group *g, unsigned int fd_flags);

/* device.c */

union kwg_argument {
	u32 size;
	struct kwaitgroup_create create;
	struct kwaitgroup_count count;
	struct kwaitgroup_wait wait;
	struct kwaitgroup_info info;
	struct kwaitgroup_flags flags;
};

/* An ioctl that is executed. */
struct kwg_request {
	struct file *file;
	void __user *user;		/* the caller's structure, */
	u32 user_size;			/* so large, */
	union kwg_argument arg;		/* and as this kernel knows it */
};

/* A request that a kind of file knows. @min_size: what its first version had. */
struct kwg_op {
	unsigned int cmd;
	u32 size;
	u32 min_size;
	int (*execute)(struct kwg_request *req);
};

#define KWG_OP(_cmd, _execute, _struct, _last) {		\
	.cmd = (_cmd),						\
	.size = sizeof(struct _struct),				\
	.min_size = offsetofend(struct _struct, _last),		\
	.execute = (_execute),					\
}

long kwg_ioctl(struct file *file, unsigned int cmd, unsigned long arg,
	       const struct kwg_op *ops, int nr_ops);

#endif /* _KWG_GROUP_H */
