// SPDX-License-Identifier: GPL-2.0
/*
 * The descriptor of one member: who dies with it has not finished.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "group.h"

struct kwg_member {
	struct kwg_group *group;
	struct mutex lock;		/* one DONE at a time */
	bool running;			/* from its add to its done */
};

static int kwg_member_done(struct kwg_request *req)
{
	struct kwg_member *m = req->file->private_data;
	int err = -ERANGE;

	if (req->arg.count.count != 1)
		return -EINVAL;
	/*
	 * Of two at the same time one finishes the member, or fails, and then
	 * the other has its turn: a member is finished by a DONE that succeeds.
	 */
	mutex_lock(&m->lock);
	if (m->running)
		err = kwg_group_finish(m->group, 1);
	if (!err)
		WRITE_ONCE(m->running, false);
	mutex_unlock(&m->lock);
	return err;
}

static const struct kwg_op kwg_member_ops[] = {
	KWG_OP(KWAITGROUP_IOC_DONE, kwg_member_done, kwaitgroup_count, count),
};

static long kwg_member_ioctl(struct file *file, unsigned int cmd,
			     unsigned long arg)
{
	return kwg_ioctl(file, cmd, arg, kwg_member_ops,
			 ARRAY_SIZE(kwg_member_ops));
}

/* Who dies is off the count, so that the living can be waited for. */
static int kwg_member_release(struct inode *inode, struct file *file)
{
	struct kwg_member *m = file->private_data;

	if (m->running) {
		kwg_misuse_by(&m->group->wg, KWG_MISUSE_MEMBER_DIED, 1, 0,
			      "last close");
		kwg_break(&m->group->wg, KWAITGROUP_OWNERDEAD, 1, _THIS_IP_);
		kwg_group_flush_poll(m->group);
	}
	kwg_group_put(m->group);
	kfree(m);
	return 0;
}

/* So that the process that holds a group can be found in /proc. */
static void kwg_member_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct kwg_member *member = file->private_data;

	seq_printf(m, "kwaitgroup-id:\t%u\n", member->group->id);
	seq_printf(m, "kwaitgroup-name:\t%s\n", member->group->name);
	seq_printf(m, "kwaitgroup-member:\t%s\n",
		   READ_ONCE(member->running) ? "running" : "finished");
}

static const struct file_operations kwg_member_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= kwg_member_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.release	= kwg_member_release,
	.show_fdinfo	= kwg_member_show_fdinfo,
	.llseek		= noop_llseek,
};

/* A file of somebody who is not a member yet. */
static struct file *kwg_member_file(struct kwg_group *g)
{
	struct kwg_member *m = kzalloc(sizeof(*m), GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!m)
		return ERR_PTR(-ENOMEM);
	m->group = g;
	mutex_init(&m->lock);
	file = anon_inode_getfile("[kwaitgroup-member]", &kwg_member_fops, m,
				  O_RDWR);
	if (IS_ERR(file))
		kfree(m);
	else
		kref_get(&g->kref);
	return file;
}

/**
 * kwg_member_open - add one member and make a descriptor for it
 * @g: the group
 * @fd_flags: O_CLOEXEC or 0
 *
 * The add comes after all else that can fail: nobody sees one that is taken
 * back.
 *
 * Return: the descriptor, or -ESHUTDOWN, -EOVERFLOW, -EMFILE, -ENFILE, -ENOMEM
 */
int kwg_member_open(struct kwg_group *g, unsigned int fd_flags)
{
	struct kwg_member *m;
	struct file *file;
	int fd, err;

	fd = get_unused_fd_flags(fd_flags);
	if (fd < 0)
		return fd;
	file = kwg_member_file(g);
	err = PTR_ERR_OR_ZERO(file);
	if (err)
		goto err_fd;
	err = kwaitgroup_try_add_many(&g->wg, 1);
	if (err)
		goto err_file;
	m = file->private_data;
	m->running = true;
	fd_install(fd, file);
	return fd;

err_file:
	fput(file);
err_fd:
	put_unused_fd(fd);
	return err;
}
