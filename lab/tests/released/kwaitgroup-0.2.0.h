/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* The header of 0.2.0, without its comments. */
#ifndef _UAPI_LINUX_KWAITGROUP_H
#define _UAPI_LINUX_KWAITGROUP_H
#include <linux/ioctl.h>
#include <linux/types.h>
#define KWAITGROUP_DEVICE "/dev/kwaitgroup"
#define KWAITGROUP_NAME_MAX 32
#define KWAITGROUP_MEMBERS_MAX 0x40000000
#define KWAITGROUP_FD_CLOEXEC 0x1U
#define KWAITGROUP_FD_NONBLOCK 0x2U
struct kwaitgroup_create {
	__u32 size;
	__u32 flags;
	__u8 name[KWAITGROUP_NAME_MAX];
};

struct kwaitgroup_count {
	__u32 size;
	__u32 count;
};

#define KWAITGROUP_WAIT_FOREVER (~(__u64)0)
struct kwaitgroup_wait {
	__u32 size;
	__u32 flags;
	__aligned_u64 deadline_ns;
	__aligned_u64 position;
};

#define KWAITGROUP_STATE_CLOSED 0x1U
#define KWAITGROUP_STATE_WAITERS 0x2U
#define KWAITGROUP_STATE_OWNERDEAD 0x4U
#define KWAITGROUP_STATE_BADFD 0x8U
struct kwaitgroup_info {
	__u32 size;
	__u32 state;
	__u32 count;
	__u32 reserved;
	__aligned_u64 id;
	__u8 name[KWAITGROUP_NAME_MAX];
};

struct kwaitgroup_flags {
	__u32 size;
	__u32 flags;
};

#define KWAITGROUP_IOC_MAGIC 'Y'
#define KWAITGROUP_IOC_CREATE _IO(KWAITGROUP_IOC_MAGIC, 0)
#define KWAITGROUP_IOC_ADD _IO(KWAITGROUP_IOC_MAGIC, 1)
#define KWAITGROUP_IOC_DONE _IO(KWAITGROUP_IOC_MAGIC, 2)
#define KWAITGROUP_IOC_WAIT _IO(KWAITGROUP_IOC_MAGIC, 3)
#define KWAITGROUP_IOC_INFO _IO(KWAITGROUP_IOC_MAGIC, 4)
#define KWAITGROUP_IOC_CLOSE _IO(KWAITGROUP_IOC_MAGIC, 5)
#define KWAITGROUP_IOC_JOIN _IO(KWAITGROUP_IOC_MAGIC, 6)
#endif
