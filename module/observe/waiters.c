// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs: waiters, a line for each task that sleeps in a wait.
 *
 * A reader keeps its place in the order of a bucket, so it goes on there whoever
 * came and went. A few waiters at a time are looked at under the bucket lock, and
 * their lines written without. They are put back when the reader stops, so none
 * is old when it is read.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>

#include "registry.h"

struct kwg_waiter_line {
	struct kwg_walk at;		/* it, to look for it again */
	const struct kwaitgroup *wg;	/* as an address */
	struct task_struct *task;	/* referenced */
	u64 since_ns;
	unsigned long ip;
};

/* A reader of the file. */
struct kwg_waiters {
	struct kwg_walk walk;		/* where to go on */
	struct kwg_waiter_line batch[KWG_BATCH];
	unsigned int nr, at;		/* lines in it, and the next one */
};

/* One that is no task has no line. */
static bool kwg_copy_waiter(struct kwg_waiter *w, void *arg)
{
	struct kwg_waiters *r = arg;

	if (r->nr == KWG_BATCH)
		return false;
	if (w->notify)
		return true;
	r->batch[r->nr++] = (struct kwg_waiter_line) {
		.at = { r->walk.bucket, { w->wg, w->rest, w->ticket, w } },
		.wg = w->wg,
		.task = get_task_struct(w->task),
		.since_ns = w->since_ns,
		.ip = w->ip,
	};
	return true;
}

static void kwg_waiters_fill(struct kwg_waiters *r)
{
	r->nr = 0;
	r->at = 0;
	while (r->walk.bucket < kwg_nr_buckets() && r->nr < KWG_BATCH)
		if (!kwg_walk_on(&r->walk, kwg_copy_waiter, r))
			r->walk = (struct kwg_walk) {
				.bucket = r->walk.bucket + 1,
			};
}

static void *kwg_waiters_at(struct kwg_waiters *r)
{
	if (r->at == r->nr)
		kwg_waiters_fill(r);
	return r->at < r->nr ? &r->batch[r->at] : NULL;
}

/* The position is a line's number; seq_file reads from 0 on, one by one. */
static void *kwg_waiters_start(struct seq_file *m, loff_t *pos)
{
	struct kwg_waiters *r = m->private;

	if (!*pos) {
		r->walk = (struct kwg_walk) {};
		return SEQ_START_TOKEN;
	}
	return kwg_waiters_at(r);
}

static void *kwg_waiters_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct kwg_waiters *r = m->private;

	++*pos;
	if (v != SEQ_START_TOKEN)
		put_task_struct(r->batch[r->at++].task);
	return kwg_waiters_at(r);
}

/* What was not shown is looked for again. */
static void kwg_waiters_stop(struct seq_file *m, void *v)
{
	struct kwg_waiters *r = m->private;

	if (r->at < r->nr)
		r->walk = r->batch[r->at].at;
	while (r->at < r->nr)
		put_task_struct(r->batch[r->at++].task);
}

static int kwg_waiters_show(struct seq_file *m, void *v)
{
	const struct kwg_waiter_line *line = v;
	struct kwg_label label;
	char comm[TASK_COMM_LEN];
	u64 age;

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%10s %-31s %7s %-15s %-5s %9s %s\n", "ID",
			   "GROUP", "PID", "COMM", "STATE", "AGE",
			   "WAITING-IN");
		return 0;
	}
	kwg_label(line->wg, &label);
	kwg_copy_comm(comm, line->task->comm);
	age = div_u64(ktime_get_ns() - line->since_ns, NSEC_PER_SEC);
	seq_printf(m, "%10u %-31s %7d %-15s %-5c %8llus %pS\n", label.id,
		   label.name, task_pid_nr(line->task), comm,
		   task_state_to_char(line->task), age, (void *)line->ip);
	return 0;
}

static const struct seq_operations kwg_waiters_sops = {
	.start = kwg_waiters_start,
	.next = kwg_waiters_next,
	.stop = kwg_waiters_stop,
	.show = kwg_waiters_show,
};

static int kwg_waiters_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &kwg_waiters_sops,
				sizeof(struct kwg_waiters));
}

const struct file_operations kwg_waiters_fops = {
	.owner = THIS_MODULE,
	.open = kwg_waiters_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};
