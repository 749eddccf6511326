// SPDX-License-Identifier: GPL-2.0
/*
 * The descriptor of a group: its requests, poll, and what its last close means.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/time_namespace.h>
#include <linux/uaccess.h>

#include "group.h"

#define KWG_FD_FLAGS	(KWAITGROUP_FD_CLOEXEC | KWAITGROUP_FD_NONBLOCK)

static_assert(KWAITGROUP_NAME_MAX == KWAITGROUP_NAME_LEN);
static_assert(KWAITGROUP_MEMBERS_MAX == KWAITGROUP_COUNT_MAX);

static struct kwg_group *kwg_req_group(const struct kwg_request *req)
{
	return req->file->private_data;
}

static int kwg_group_add(struct kwg_request *req)
{
	struct kwg_group *g = kwg_req_group(req);
	u32 n = req->arg.count.count;
	int err;

	if (!n)
		return -EINVAL;
	err = kwaitgroup_try_add_many(&g->wg, n);
	if (!err)
		atomic_add(n, &g->plain_members);
	return err;
}

/**
 * kwg_group_finish - finish members that the caller knows to be there
 * @g: the group
 * @n: how many
 *
 * Return: 0, or -EBADFD: a driver has finished them, which were not its own;
 * nothing was changed
 */
int kwg_group_finish(struct kwg_group *g, unsigned int n)
{
	if (kwg_finish(&g->wg, n))
		return -EBADFD;
	kwg_group_flush_poll(g);
	return 0;
}

static int kwg_group_done(struct kwg_request *req)
{
	struct kwg_group *g = kwg_req_group(req);
	u32 n = req->arg.count.count;
	int old = atomic_read(&g->plain_members);
	int err;

	if (!n)
		return -EINVAL;
	do {
		if ((u32)old < n)
			return -ERANGE;
	} while (!atomic_try_cmpxchg(&g->plain_members, &old, old - n));

	err = kwg_group_finish(g, n);
	if (err)
		atomic_add(n, &g->plain_members);
	return err;
}

/*
 * The kernel's time for a deadline of the caller, whose time namespace may have
 * a clock of its own. What lies before the kernel's first moment has passed,
 * what lies behind its last one never comes.
 */
static ktime_t kwg_deadline(u64 deadline_ns)
{
	struct timespec64 ahead = {};
	s64 ahead_ns;

	if (deadline_ns >= KTIME_MAX)
		return KTIME_MAX;
	timens_add_monotonic(&ahead);
	ahead_ns = timespec64_to_ns(&ahead);
	if ((s64)deadline_ns < ahead_ns)
		return 0;
	return min_t(u64, deadline_ns - ahead_ns, KTIME_MAX);
}

/* Programs that do not know of @position have a shorter structure. */
static bool kwg_has_position(const struct kwg_request *req)
{
	return req->user_size >= offsetofend(struct kwaitgroup_wait, position);
}

static int kwg_put_position(const struct kwg_request *req, u64 position)
{
	struct kwaitgroup_wait __user *user = req->user;

	/* May be at any address, which not every machine's put_user() can do. */
	return copy_to_user(&user->position, &position, sizeof(position)) ?
	       -EFAULT : 0;
}

static int kwg_group_wait_for(struct kwg_request *req, ktime_t deadline)
{
	struct kwg_group *g = kwg_req_group(req);
	u64 began = req->arg.wait.position;
	u64 position = began;
	int err;

	/* Nobody comes back for whom the stand-in would wait. */
	if (!kwg_has_position(req))
		return kwg_wait_until(&g->wg, deadline, NULL, &position);
	/* When it has waited it is too late to find out. */
	if (kwg_put_position(req, began))
		return -EFAULT;
	err = kwg_wait_until(&g->wg, deadline, &g->standin, &position);
	if (err != -EINVAL && position != began &&
	    kwg_put_position(req, position))
		return -EFAULT;
	return err;
}

static int kwg_group_wait(struct kwg_request *req)
{
	const struct kwaitgroup_wait *wait = &req->arg.wait;
	bool nonblock = req->file->f_flags & O_NONBLOCK;
	ktime_t deadline = 0;
	int err;

	if (wait->flags || (wait->position && !kwg_has_position(req)))
		return -EINVAL;
	if (!nonblock)
		deadline = kwg_deadline(wait->deadline_ns);
	err = kwg_group_wait_for(req, deadline);
	return nonblock && err == -ETIMEDOUT ? -EAGAIN : err;
}

static bool kwg_group_polled(struct kwg_waiter *poller)
{
	struct kwg_group *g = container_of(poller, struct kwg_group, poller);

	/* Whoever comes now arms again: see async.c. */
	return waitqueue_active(&g->poll);
}

/* The state word, without the ticket of a poll() that has returned. */
static s64 kwg_group_state(struct kwg_group *g)
{
	kwg_async_disarm(&g->poller, kwg_group_polled);
	return atomic64_read(&g->wg.state);
}

static u32 kwg_user_state(s64 state)
{
	return (state & KWAITGROUP_CLOSED ? KWAITGROUP_STATE_CLOSED : 0) |
	       (state & KWAITGROUP_TICKET_MASK ? KWAITGROUP_STATE_WAITERS : 0) |
	       (state & KWAITGROUP_OWNERDEAD ? KWAITGROUP_STATE_OWNERDEAD : 0) |
	       (state & KWAITGROUP_BADFD ? KWAITGROUP_STATE_BADFD : 0);
}

/* Below zero is a driver's misuse that is being undone. */
static u32 kwg_user_count(s64 state)
{
	return max(kwg_state_count(state), 0);
}

static int kwg_group_info(struct kwg_request *req)
{
	struct kwg_group *g = kwg_req_group(req);
	struct kwaitgroup_info *info = &req->arg.info;
	u32 size = min_t(u32, req->user_size, sizeof(*info));
	s64 state;

	if (memchr_inv((u8 *)info + sizeof(info->size), 0,
		       sizeof(*info) - sizeof(info->size)))
		return -EINVAL;
	state = kwg_group_state(g);
	info->size = sizeof(*info);
	info->state = kwg_user_state(state);
	info->count = kwg_user_count(state);
	info->id = g->id;
	strscpy_pad((char *)info->name, g->name, sizeof(info->name));
	/* What lies behind is zero: nothing else was let in. */
	return copy_to_user(req->user, info, size) ? -EFAULT : 0;
}

static int kwg_group_close(struct kwg_request *req)
{
	if (req->arg.flags.flags)
		return -EINVAL;
	kwaitgroup_close(&kwg_req_group(req)->wg);
	return 0;
}

static int kwg_group_join(struct kwg_request *req)
{
	u32 flags = req->arg.flags.flags;

	if (flags & ~KWAITGROUP_FD_CLOEXEC)
		return -EINVAL;
	return kwg_member_open(kwg_req_group(req),
			       flags & KWAITGROUP_FD_CLOEXEC ? O_CLOEXEC : 0);
}

static const struct kwg_op kwg_group_ops[] = {
	KWG_OP(KWAITGROUP_IOC_ADD, kwg_group_add, kwaitgroup_count, count),
	KWG_OP(KWAITGROUP_IOC_DONE, kwg_group_done, kwaitgroup_count, count),
	KWG_OP(KWAITGROUP_IOC_WAIT, kwg_group_wait, kwaitgroup_wait,
	       deadline_ns),
	KWG_OP(KWAITGROUP_IOC_INFO, kwg_group_info, kwaitgroup_info, name),
	KWG_OP(KWAITGROUP_IOC_CLOSE, kwg_group_close, kwaitgroup_flags, flags),
	KWG_OP(KWAITGROUP_IOC_JOIN, kwg_group_join, kwaitgroup_flags, flags),
};

static long kwg_group_ioctl(struct file *file, unsigned int cmd,
			    unsigned long arg)
{
	return kwg_ioctl(file, cmd, arg, kwg_group_ops,
			 ARRAY_SIZE(kwg_group_ops));
}

static __poll_t kwg_poll_events(s64 state)
{
	__poll_t events = 0;

	if (state >= 0)
		events |= EPOLLIN | EPOLLRDNORM;
	if (state & KWAITGROUP_BROKEN)
		events |= EPOLLERR;
	return events;
}

/*
 * The count was zero, or the group broke. Under the bucket lock, in any context
 * that a member may be done in, and nobody knows how many poll: a work item
 * wakes them. The poller holds the group, so this is not the last reference.
 */
void kwg_group_notify(struct kwg_waiter *poller, u64 ticket)
{
	struct kwg_group *g = container_of(poller, struct kwg_group, poller);

	kref_get(&g->kref);
	if (!queue_work(kwg_wake_wq, &g->poll_work))
		kwg_group_put(g);
}

void kwg_group_wake_pollers(struct work_struct *work)
{
	struct kwg_group *g = container_of(work, struct kwg_group, poll_work);
	__poll_t events;

	/* Whoever comes now arms it; those who are there need not come again. */
	if (kwg_group_polled(&g->poller))
		kwg_async_arm(&g->poller);
	events = kwg_poll_events(atomic64_read_acquire(&g->wg.state));
	/* Not for a zero that is over, see async.c: io_uring would believe it. */
	if (events)
		wake_up_poll(&g->poll, events);
	kwg_group_put(g);
}

/* A process that has finished the group finds the event when it looks. */
void kwg_group_flush_poll(struct kwg_group *g)
{
	/* Whoever comes just now looks at the count himself: see async.c. */
	if (!waitqueue_active(&g->poll))
		return;
	if (cancel_work(&g->poll_work))
		kwg_group_wake_pollers(&g->poll_work);
	/* It may be running already. */
	flush_work(&g->poll_work);
}

static __poll_t kwg_group_poll(struct file *file, poll_table *pt)
{
	struct kwg_group *g = file->private_data;

	/* These three steps in this order: see async.c. */
	poll_wait(file, &g->poll, pt);
	/* Who only looks is not on the queue, and need not arm. */
	if (waitqueue_active(&g->poll))
		kwg_async_arm(&g->poller);
	return kwg_poll_events(atomic64_read_acquire(&g->wg.state));
}

/*
 * The last descriptor: nobody can finish what ADD has added any more, so it is
 * off the count, and no process can wait. A driver may, and waits for those who
 * are left.
 */
static int kwg_group_release(struct inode *inode, struct file *file)
{
	struct kwg_group *g = file->private_data;
	int left = atomic_read(&g->plain_members);

	kwg_async_disarm(&g->poller, NULL);
	kwg_async_disarm(&g->standin.waiter, NULL);
	if (left) {
		kwg_misuse_by(&g->wg, KWG_MISUSE_FD_LEAK, left, 0,
			      "last close");
		kwg_break(&g->wg, KWAITGROUP_OWNERDEAD, left, _THIS_IP_);
	}
	kwg_group_put(g);
	return 0;
}

static void kwg_group_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct kwg_group *g = file->private_data;
	s64 state = kwg_group_state(g);

	seq_printf(m, "kwaitgroup-id:\t%u\n", g->id);
	seq_printf(m, "kwaitgroup-name:\t%s\n", g->name);
	seq_printf(m, "kwaitgroup-count:\t%u\n", kwg_user_count(state));
	seq_printf(m, "kwaitgroup-state:\t0x%x\n", kwg_user_state(state));
}

static const struct file_operations kwg_group_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= kwg_group_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.poll		= kwg_group_poll,
	.release	= kwg_group_release,
	.show_fdinfo	= kwg_group_show_fdinfo,
	.llseek		= noop_llseek,
};

/**
 * kwg_group_of_file - the group that a file is a descriptor of
 * @file: any file
 *
 * Return: the group, or NULL
 */
struct kwg_group *kwg_group_of_file(struct file *file)
{
	return file->f_op == &kwg_group_fops ? file->private_data : NULL;
}

static int kwg_group_install(struct kwg_group *g, u32 flags)
{
	struct file *file;
	int fd;

	fd = get_unused_fd_flags(flags & KWAITGROUP_FD_CLOEXEC ? O_CLOEXEC : 0);
	if (fd < 0)
		return fd;
	file = anon_inode_getfile("[kwaitgroup]", &kwg_group_fops, g, O_RDWR |
				  (flags & KWAITGROUP_FD_NONBLOCK ? O_NONBLOCK
								  : 0));
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

/**
 * kwg_group_open - make a group and a descriptor for it
 * @create: what the caller asks for
 *
 * Return: the descriptor, or -EINVAL, -EDQUOT, -EMFILE, -ENFILE, -ENOMEM
 */
int kwg_group_open(const struct kwaitgroup_create *create)
{
	const char *name = (const char *)create->name;
	struct kwg_group *g;
	int fd;

	if (create->flags & ~KWG_FD_FLAGS)
		return -EINVAL;
	if (strnlen(name, sizeof(create->name)) == sizeof(create->name))
		return -EINVAL;
	g = kwg_group_new(name);
	if (IS_ERR(g))
		return PTR_ERR(g);
	fd = kwg_group_install(g, create->flags);
	if (fd < 0)
		kwg_group_put(g);
	return fd;
}
