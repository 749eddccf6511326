// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs: holders, a line for each holder of a group.
 *
 * They are copied a few at a time, and keep their places as long as they hold, so
 * one that is there the whole time is listed exactly once. A hold or release waits
 * for nothing.
 */
#include <linux/math64.h>
#include <linux/seq_file.h>

#include "registry.h"

/* A reader of the file. */
struct kwg_holder_reader {
	struct kwg_hold_place place;
	struct kwg_record batch[KWG_WALK_MAX];
	unsigned int nr, at;		/* records in it, and the next one */
};

static struct kwg_record *kwg_holders_at(struct kwg_holder_reader *r)
{
	if (r->at == r->nr) {
		r->nr = kwg_holds_copy(&r->place, r->batch, KWG_WALK_MAX);
		r->at = 0;
	}
	return r->at < r->nr ? &r->batch[r->at] : NULL;
}

/* The position is a line's number; seq_file reads from 0 on, one by one. */
static void *kwg_holders_start(struct seq_file *m, loff_t *pos)
{
	struct kwg_holder_reader *r = m->private;

	if (!*pos) {
		*r = (struct kwg_holder_reader) {};
		return SEQ_START_TOKEN;
	}
	return kwg_holders_at(r);
}

static void *kwg_holders_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct kwg_holder_reader *r = m->private;

	++*pos;
	if (v != SEQ_START_TOKEN)
		r->at++;
	return kwg_holders_at(r);
}

static void kwg_holders_stop(struct seq_file *m, void *v)
{
}

static int kwg_holders_show(struct seq_file *m, void *v)
{
	const struct kwg_record *rec = v;
	struct kwg_label label;

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%10s %-31s %9s %-18s %s\n", "ID", "GROUP",
			   "AGE", "COOKIE", "TAKEN-BY");
		return 0;
	}
	kwg_label(rec->wg, &label);
	seq_printf(m, "%10u %-31s %8llus 0x%-16llx %pS\n", label.id, label.name,
		   div_u64(kwg_joined_for(rec->joined), HZ), rec->cookie,
		   (void *)rec->ip);
	return 0;
}

static const struct seq_operations kwg_holders_sops = {
	.start = kwg_holders_start,
	.next = kwg_holders_next,
	.stop = kwg_holders_stop,
	.show = kwg_holders_show,
};

static int kwg_holders_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &kwg_holders_sops,
				sizeof(struct kwg_holder_reader));
}

const struct file_operations kwg_holders_fops = {
	.owner = THIS_MODULE,
	.open = kwg_holders_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};
