// SPDX-License-Identifier: GPL-2.0
/*
 * The test-only door: kernel threads that are members of, wait for, or misuse a
 * group that a test in user space has a descriptor of. See kwaitgroup_test.h.
 *
 * Not for production: with it, whoever has CAP_SYS_ADMIN can make the kernel
 * WARN, and BUG with misuse=bug.
 *
 * Requests on one open device are made one at a time. Its threads are kept in
 * runs until they are collected, at the latest when it is closed; each thread
 * is stopped by kthread_stop(), so none is left in the text of this module
 * when it can be unloaded.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "door.h"

static const struct kwgt_op {
	unsigned int cmd;
	u32 size;
	int (*execute)(struct kwgt_door *door, void *data);
} kwgt_ops[] = {
	{ KWAITGROUP_TEST_IOC_RUN, sizeof(struct kwaitgroup_test_run),
	  kwgt_do_run },
	{ KWAITGROUP_TEST_IOC_COLLECT, sizeof(struct kwaitgroup_test_collect),
	  kwgt_do_collect },
	{ KWAITGROUP_TEST_IOC_MISUSE, sizeof(struct kwaitgroup_test_misuse),
	  kwgt_do_misuse },
	{ KWAITGROUP_TEST_IOC_MEASURE, sizeof(struct kwaitgroup_test_measure),
	  kwgt_do_measure },
};

static int kwgt_execute(struct kwgt_door *door, const struct kwgt_op *op,
			void __user *user)
{
	union {
		u32 size;
		struct kwaitgroup_test_run run;
		struct kwaitgroup_test_collect collect;
		struct kwaitgroup_test_misuse misuse;
		struct kwaitgroup_test_measure measure;
	} arg;
	u32 size;
	int err;

	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (size < op->size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(&arg, op->size, user, size);
	if (err)
		return err;
	if (mutex_lock_killable(&door->lock))
		return -EINTR;
	err = op->execute(door, &arg);
	mutex_unlock(&door->lock);
	if (!err && copy_to_user(user, &arg, op->size))
		err = -EFAULT;
	return err;
}

static long kwgt_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kwgt_ops); i++)
		if (kwgt_ops[i].cmd == cmd)
			return kwgt_execute(file->private_data, &kwgt_ops[i],
					    (void __user *)arg);
	return -ENOTTY;
}

static int kwgt_open(struct inode *inode, struct file *file)
{
	struct kwgt_door *door;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	door = kzalloc(sizeof(*door), GFP_KERNEL);
	if (!door)
		return -ENOMEM;
	mutex_init(&door->lock);
	INIT_LIST_HEAD(&door->runs);
	kwaitgroup_init(&door->running);
	file->private_data = door;
	return 0;
}

static int kwgt_release(struct inode *inode, struct file *file)
{
	struct kwgt_door *door = file->private_data;

	kwgt_end_all(door);
	kfree(door);
	return 0;
}

static const struct file_operations kwgt_fops = {
	.owner		= THIS_MODULE,
	.open		= kwgt_open,
	.release	= kwgt_release,
	.unlocked_ioctl	= kwgt_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.llseek		= noop_llseek,
};

static struct miscdevice kwgt_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "kwaitgroup_test",
	.fops	= &kwgt_fops,
	.mode	= 0600,
};
module_misc_device(kwgt_device);

MODULE_DESCRIPTION("Lets tests in user space drive kernel threads of a wait group");
MODULE_AUTHOR("The kwaitgroup maintainers");
MODULE_LICENSE("GPL");
