// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs: batches, a line for each registered one. It is read without its lock,
 * so the figures of a line need not be of one moment; and in a way that survives
 * it if its memory is gone, see lists.c.
 */
#include <linux/export.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../batch/batch.h"
#include "registry.h"

/* The group was registered as that of a batch. */
void __kwaitgroup_batch_registered(struct kwaitgroup_batch *b)
{
	struct kwg_entry *entry;

	rcu_read_lock();
	entry = kwg_registry_find(&b->wg);
	if (entry)
		WRITE_ONCE(entry->is_batch, true);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(__kwaitgroup_batch_registered);

static void kwg_show_limit(struct seq_file *m, unsigned int limit)
{
	if (limit == UINT_MAX)
		seq_printf(m, "%10s ", "-");
	else
		seq_printf(m, "%10u ", limit);
}

static int kwg_batches_show(struct seq_file *m, void *v)
{
	struct kwg_entry *entry = v;
	struct kwaitgroup_batch b;
	char comm[TASK_COMM_LEN];

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%10s %-31s %10s %10s %10s %10s %6s %7s %s\n",
			   "ID", "NAME", "OVER", "TOTAL", "RUNNING", "LIMIT",
			   "ERROR", "PID", "COMM");
		return 0;
	}
	if (!READ_ONCE(entry->is_batch))
		return SEQ_SKIP;
	if (copy_from_kernel_nofault(&b, container_of(entry->wg,
						      struct kwaitgroup_batch,
						      wg), sizeof(b)))
		return SEQ_SKIP;
	b.error_comm[sizeof(b.error_comm) - 1] = '\0';
	kwg_copy_comm(comm, b.error_comm);
	seq_printf(m, "%10u %-31s %10lu %10lu %10u ", entry->id, entry->name,
		   b.over, b.total, b.running);
	kwg_show_limit(m, b.limit);
	seq_printf(m, "%6d %7d %s\n", b.error, b.error_pid,
		   b.error_pid ? comm : "-");
	return 0;
}

const struct seq_operations kwg_batches_sops = {
	.start = kwg_registry_start,
	.next = kwg_registry_next,
	.stop = kwg_registry_stop,
	.show = kwg_batches_show,
};
