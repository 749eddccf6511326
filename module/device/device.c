// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/kwaitgroup, where groups are made, and how requests are taken apart.
 *
 * One dispatcher serves the device, the groups and the members; each has a
 * table of the requests it knows. Nothing reaches a request's function but a
 * structure of its size in kernel memory, the rest of it filled with zeros.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "group.h"

/* From the range that devices.txt reserves for local use. */
#define KWG_MINOR	250

static int kwg_copy_request(struct kwg_request *req, const struct kwg_op *op)
{
	if (get_user(req->user_size, (u32 __user *)req->user))
		return -EFAULT;
	if (req->user_size < op->min_size)
		return -EINVAL;
	if (req->user_size > PAGE_SIZE)
		return -E2BIG;
	/* -E2BIG if there is something in what this kernel does not know. */
	return copy_struct_from_user(&req->arg, op->size, req->user,
				     req->user_size);
}

/**
 * kwg_ioctl - find a request, copy its structure, execute it
 * @file: on which the request was made
 * @cmd: KWAITGROUP_IOC_*
 * @arg: the address of the structure
 * @ops: what @file knows
 * @nr_ops: how many these are
 *
 * Return: what the request returns, or -ENOTTY, -EFAULT, -EINVAL, -E2BIG
 */
long kwg_ioctl(struct file *file, unsigned int cmd, unsigned long arg,
	       const struct kwg_op *ops, int nr_ops)
{
	struct kwg_request req = {
		.file = file,
		.user = (void __user *)arg,
	};
	int i, err;

	for (i = 0; i < nr_ops; i++) {
		if (ops[i].cmd != cmd)
			continue;
		err = kwg_copy_request(&req, &ops[i]);
		return err ?: ops[i].execute(&req);
	}
	return -ENOTTY;
}

static int kwg_create(struct kwg_request *req)
{
	return kwg_group_open(&req->arg.create);
}

static const struct kwg_op kwg_device_ops[] = {
	KWG_OP(KWAITGROUP_IOC_CREATE, kwg_create, kwaitgroup_create, name),
};

static long kwg_device_ioctl(struct file *file, unsigned int cmd,
			     unsigned long arg)
{
	return kwg_ioctl(file, cmd, arg, kwg_device_ops,
			 ARRAY_SIZE(kwg_device_ops));
}

static const struct file_operations kwg_device_fops = {
	.owner		= THIS_MODULE,
	.unlocked_ioctl	= kwg_device_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.llseek		= noop_llseek,
};

static struct miscdevice kwg_device = {
	.minor	= KWG_MINOR,
	.name	= "kwaitgroup",
	.fops	= &kwg_device_fops,
	.mode	= 0600,
};

int kwg_device_init(void)
{
	int err;

	err = misc_register(&kwg_device);
	if (err != -EBUSY)
		return err;
	pr_notice("kwaitgroup: misc minor %d is taken: opening the device does not load the module\n",
		  KWG_MINOR);
	kwg_device.minor = MISC_DYNAMIC_MINOR;
	return misc_register(&kwg_device);
}

void kwg_device_exit(void)
{
	misc_deregister(&kwg_device);
}

/* Of a static number, so that depmod can have the node made before we load. */
MODULE_ALIAS_MISCDEV(250);
MODULE_ALIAS("devname:kwaitgroup");
