// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/kwaitgroup: three read-only tables, whatever the number of
 * groups. None of them takes a lock that add, done or wait needs.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "internal.h"

static struct dentry *kwg_debugfs_dir;

DEFINE_SEQ_ATTRIBUTE(kwg_groups);
DEFINE_SEQ_ATTRIBUTE(kwg_misuse);

static int stats_show(struct seq_file *m, void *v)
{
	struct kwg_wait_stats stats;

	kwg_wait_stats(&stats);
	seq_printf(m, "groups_registered %lu\n", kwg_registry_size());
	seq_printf(m, "waits_slept %lu\n", stats.sleeps);
	seq_printf(m, "waiters_woken %lu\n", stats.wakeups);
	seq_printf(m, "waits_aborted %lu\n", stats.aborts);
	kwg_misuse_show_stats(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

void kwg_debugfs_init(void)
{
	kwg_debugfs_dir = debugfs_create_dir("kwaitgroup", NULL);
	debugfs_create_file("groups", 0444, kwg_debugfs_dir, NULL,
			    &kwg_groups_fops);
	debugfs_create_file("misuse", 0444, kwg_debugfs_dir, NULL,
			    &kwg_misuse_fops);
	debugfs_create_file("stats", 0444, kwg_debugfs_dir, NULL, &stats_fops);
}

void kwg_debugfs_exit(void)
{
	debugfs_remove_recursive(kwg_debugfs_dir);
}
