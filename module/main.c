// SPDX-License-Identifier: GPL-2.0
/* Loading and unloading kwaitgroup.ko. */
#include <linux/module.h>

#include "internal.h"

static int __init kwg_init(void)
{
	int err;

	kwg_misuse_init();
	kwg_buckets_init();
	err = kwg_registry_init();
	if (err)
		return err;
	kwg_debugfs_init();
	return 0;
}

static void __exit kwg_exit(void)
{
	kwg_debugfs_exit();
	kwg_registry_exit();
	kwg_buckets_exit();
}

/*
 * Before the initcalls of drivers when built in; as a module it is loaded
 * before whoever uses its symbols.
 */
subsys_initcall(kwg_init);
module_exit(kwg_exit);

MODULE_DESCRIPTION("Wait groups: wait for N threads, and know who holds you up");
MODULE_AUTHOR("The kwaitgroup maintainers");
MODULE_LICENSE("GPL");
