// SPDX-License-Identifier: GPL-2.0
/* Loading and unloading kwaitgroup.ko. */
#include <linux/module.h>

#include "internal.h"
#include "member.h"

static int __init kwg_init(void)
{
	int err;

	err = kwg_buckets_init();
	if (err)
		return err;
	err = kwg_members_init();
	if (err)
		goto err_buckets;
	err = kwg_watch_init();
	if (err)
		goto err_members;
	err = kwg_leak_init();
	if (err)
		goto err_watch;
	kwg_deaths_init();
	kwg_debugfs_init();
	err = kwg_device_init();
	if (err)
		goto err_debugfs;
	return 0;

err_debugfs:
	kwg_debugfs_exit();
	kwg_deaths_exit();
	kwg_leak_exit();
err_watch:
	kwg_watch_exit();
err_members:
	kwg_members_exit();
err_buckets:
	kwg_buckets_exit();
	return err;
}

/* First who could start something new, then what is started. */
static void __exit kwg_exit(void)
{
	kwg_device_exit();
	kwg_debugfs_exit();
	kwg_deaths_exit();
	kwg_watch_exit();
	kwg_leak_exit();
	kwg_buckets_exit();	/* may free the last groups of user space */
	kwg_registry_exit();
	kwg_members_exit();
}

/*
 * When built in after misc_init(), which is a subsys_initcall, and before the
 * initcalls of drivers; as a module it is loaded before whoever uses its
 * symbols.
 */
fs_initcall(kwg_init);
module_exit(kwg_exit);

MODULE_DESCRIPTION("Wait groups: wait for N threads, and know who holds you up");
MODULE_AUTHOR("The kwaitgroup maintainers");
MODULE_VERSION(KWAITGROUP_VERSION);
MODULE_LICENSE("GPL");
