// SPDX-License-Identifier: GPL-2.0
/* Loading and unloading kwaitgroup.ko. */
#include <linux/kernel.h>
#include <linux/module.h>

#include "batch/batch.h"
#include "core/core.h"
#include "device/device.h"
#include "member/member.h"
#include "observe/observe.h"

/*
 * The parts, in the order in which they begin to work. They end in the opposite
 * one: first who could start something new, then what is started. What ends late
 * may free the last groups of user space, whose members are forgotten then.
 */
static const struct kwg_part {
	int (*init)(void);
	void (*exit)(void);
} kwg_parts[] = {
	{ NULL, kwg_registry_exit },
	{ kwg_members_init, kwg_members_exit },
	{ kwg_buckets_init, kwg_buckets_exit },
	{ kwg_leak_init, kwg_leak_exit },
	{ kwg_watch_init, kwg_watch_exit },
	{ kwg_chunks_init, kwg_chunks_exit },
	{ kwg_deaths_init, kwg_deaths_exit },
	{ NULL, kwg_runs_exit },
	{ kwg_debugfs_init, kwg_debugfs_exit },
	{ kwg_device_init, kwg_device_exit },
};

static void kwg_exit_parts(int nr)
{
	while (nr--)
		kwg_parts[nr].exit();
}

static int __init kwg_init(void)
{
	int i, err = 0;

	for (i = 0; i < ARRAY_SIZE(kwg_parts); i++) {
		if (kwg_parts[i].init)
			err = kwg_parts[i].init();
		if (err) {
			kwg_exit_parts(i);
			return err;
		}
	}
	return 0;
}

static void __exit kwg_exit(void)
{
	kwg_exit_parts(ARRAY_SIZE(kwg_parts));
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
