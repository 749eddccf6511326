// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs: members and stacks, a line for each membership.
 *
 * A reader copies a few records at a time under their shard's lock, and finds
 * its place again whoever came and went, see record.c. So each membership that
 * is there the whole time is listed exactly once, a listing takes a time that is
 * linear in their number, and a join or leave waits for a few copies at most.
 * Names, states and stacks are looked up without the lock; the copies have
 * references to their tasks.
 */
#include <linux/kallsyms.h>
#include <linux/math64.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/stacktrace.h>

#include "../compat.h"
#include "registry.h"

#define KWG_STACK_DEPTH		48

/* A reader of one of the files. */
struct kwg_reader {
	struct kwg_cursor place;
	struct kwg_record batch[KWG_WALK_MAX];
	unsigned int nr, at;		/* records in it, and the next one */
	unsigned long ip;		/* the last call site, and its name: */
	char caller[KWG_CALLER_LEN];	/* neighbours often have the same */
	unsigned long stack[KWG_STACK_DEPTH];
};

static void kwg_reader_put_batch(struct kwg_reader *r)
{
	while (r->at < r->nr)
		put_task_struct(r->batch[r->at++].task);
	r->nr = 0;
	r->at = 0;
}

static void kwg_reader_fill(struct kwg_reader *r)
{
	r->nr = kwg_records_copy(&r->place, r->batch, KWG_WALK_MAX);
	r->at = 0;
}

static void kwg_reader_rewind(struct kwg_reader *r)
{
	kwg_reader_put_batch(r);
	r->place = (struct kwg_cursor) {};
}

static struct kwg_record *kwg_reader_at(struct kwg_reader *r)
{
	if (r->at == r->nr)
		kwg_reader_fill(r);
	return r->at < r->nr ? &r->batch[r->at] : NULL;
}

/* The position is a line's number; seq_file reads from 0 on, one by one. */
static void *kwg_members_start(struct seq_file *m, loff_t *pos)
{
	struct kwg_reader *r = m->private;

	if (!*pos) {
		kwg_reader_rewind(r);
		return SEQ_START_TOKEN;
	}
	return kwg_reader_at(r);
}

static void *kwg_members_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct kwg_reader *r = m->private;

	++*pos;
	if (v != SEQ_START_TOKEN)
		put_task_struct(r->batch[r->at++].task);
	return kwg_reader_at(r);
}

static void kwg_members_stop(struct seq_file *m, void *v)
{
}

static const char *kwg_reader_caller(struct kwg_reader *r, unsigned long ip)
{
	if (ip != r->ip) {
		snprintf(r->caller, sizeof(r->caller), "%pS", (void *)ip);
		r->ip = ip;
	}
	return r->caller;
}

static int kwg_members_show(struct seq_file *m, void *v)
{
	const struct kwg_record *rec = v;
	struct kwg_label label;
	char comm[TASK_COMM_LEN];

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%10s %-31s %7s %-15s %-5s %9s %-18s %s\n", "ID",
			   "GROUP", "PID", "COMM", "STATE", "AGE", "COOKIE",
			   "JOINED-BY");
		return 0;
	}
	kwg_label(rec->wg, &label);
	kwg_copy_comm(comm, rec->task->comm);
	seq_printf(m, "%10u %-31s %7d %-15s %-5c %8llus 0x%-16llx %s\n",
		   label.id, label.name, task_pid_nr(rec->task), comm,
		   task_state_to_char(rec->task),
		   div_u64(kwg_joined_for(rec->joined), HZ), rec->cookie,
		   kwg_reader_caller(m->private, rec->ip));
	return 0;
}

/* Outermost first. A return address may be that of the next function. */
static bool kwg_show_frames(struct seq_file *m, struct kwg_reader *r,
			    struct task_struct *task)
{
	unsigned int n = 0;

	if (!task_is_running(task))
		n = stack_trace_save_tsk(task, r->stack, KWG_STACK_DEPTH,
					 0);
	if (!n)
		return false;
	while (n--)
		seq_printf(m, ";%ps", (void *)(r->stack[n] - 1));
	return true;
}

static int kwg_stacks_show(struct seq_file *m, void *v)
{
	const struct kwg_record *rec = v;
	struct kwg_label label;

	if (v == SEQ_START_TOKEN)
		return 0;
	kwg_label(rec->wg, &label);
	seq_puts(m, label.name);
	if (!kwg_show_frames(m, m->private, rec->task))
		seq_printf(m, ";%ps;[%s]", (void *)rec->ip,
			   task_is_running(rec->task) ? "running" : "unknown");
	seq_puts(m, " 1\n");
	return 0;
}

static const struct seq_operations kwg_members_sops = {
	.start = kwg_members_start,
	.next = kwg_members_next,
	.stop = kwg_members_stop,
	.show = kwg_members_show,
};

static const struct seq_operations kwg_stacks_sops = {
	.start = kwg_members_start,
	.next = kwg_members_next,
	.stop = kwg_members_stop,
	.show = kwg_stacks_show,
};

static int kwg_members_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &kwg_members_sops,
				sizeof(struct kwg_reader));
}

static int kwg_stacks_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &kwg_stacks_sops,
				sizeof(struct kwg_reader));
}

static int kwg_members_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	kwg_reader_rewind(m->private);
	return seq_release_private(inode, file);
}

const struct file_operations kwg_members_fops = {
	.owner = THIS_MODULE,
	.open = kwg_members_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = kwg_members_release,
};

const struct file_operations kwg_stacks_fops = {
	.owner = THIS_MODULE,
	.open = kwg_stacks_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = kwg_members_release,
};
