// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/kwaitgroup: a few read-only tables, whatever the number of
 * groups. "waiters" takes the lock of a bucket, for which a done waits that has
 * somebody to wake there, and "members" and "stacks" that of a shard, to copy a
 * few entries; the others make nobody wait.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "../batch/batch.h"
#include "registry.h"

static struct dentry *kwg_debugfs_dir;

DEFINE_SEQ_ATTRIBUTE(kwg_groups);
#ifdef CONFIG_KWAITGROUP_BATCH
DEFINE_SEQ_ATTRIBUTE(kwg_batches);
#endif
DEFINE_SEQ_ATTRIBUTE(kwg_misuse);
DEFINE_SEQ_ATTRIBUTE(kwg_waits);
DEFINE_SEQ_ATTRIBUTE(kwg_sites);
DEFINE_SEQ_ATTRIBUTE(kwg_totals);

static int stats_show(struct seq_file *m, void *v)
{
	struct kwg_wait_stats stats;

	kwg_wait_stats(&stats);
	seq_printf(m, "groups_registered %lu\n", kwg_registry_size());
	seq_printf(m, "waits_slept %lu\n", stats.sleeps);
	seq_printf(m, "waiters_woken %lu\n", stats.wakeups);
	seq_printf(m, "waits_aborted %lu\n", stats.aborts);
	seq_printf(m, "members %lu\n", kwg_nr_members());
	seq_printf(m, "members_unnamed %ld\n", kwg_nr_unnamed());
	seq_printf(m, "holders %lu\n", kwg_nr_holders());
	seq_printf(m, "holders_room %lu\n", kwg_nr_places());
	seq_printf(m, "holders_unlisted %ld\n", kwg_nr_unlisted());
#ifdef CONFIG_KWAITGROUP_BATCH
	seq_printf(m, "threads_kept %u\n", kwg_nr_kept());
#endif
	seq_printf(m, "deaths %lu\n", kwg_misuse_deaths());
	kwg_stall_show_stats(m);
	kwg_misuse_show_stats(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static const struct {
	const char *name;
	const struct file_operations *fops;
} kwg_files[] = {
	{ "groups", &kwg_groups_fops },
#ifdef CONFIG_KWAITGROUP_BATCH
	{ "batches", &kwg_batches_fops },
#endif
	{ "members", &kwg_members_fops },
	{ "holders", &kwg_holders_fops },
	{ "stacks", &kwg_stacks_fops },
	{ "waiters", &kwg_waiters_fops },
	{ "waits", &kwg_waits_fops },
	{ "sites", &kwg_sites_fops },
	{ "totals", &kwg_totals_fops },
	{ "misuse", &kwg_misuse_fops },
	{ "stats", &stats_fops },
};

int kwg_debugfs_init(void)
{
	int i;

	kwg_debugfs_dir = debugfs_create_dir("kwaitgroup", NULL);
	for (i = 0; i < ARRAY_SIZE(kwg_files); i++)
		debugfs_create_file(kwg_files[i].name, 0444, kwg_debugfs_dir,
				    NULL, kwg_files[i].fops);
	return 0;
}

void kwg_debugfs_exit(void)
{
	debugfs_remove_recursive(kwg_debugfs_dir);
}
