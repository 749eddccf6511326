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

#include "bucket.h"

struct kwg_waiter_line {
	unsigned int bucket;
	struct kwg_place place;
	const struct kwaitgroup *wg;	/* as an address */
	struct task_struct *task;	/* referenced */
	u64 since_ns;
	unsigned long ip;
};

/* A reader of the file. */
struct kwg_waiters {
	unsigned int bucket;		/* where to go on */
	struct kwg_place place;
	struct kwg_waiter_line batch[KWG_BATCH];
	unsigned int nr, at;		/* lines in it, and the next one */
};

static void kwg_copy_waiter(struct kwg_waiters *r, const struct kwg_waiter *w)
{
	r->batch[r->nr++] = (struct kwg_waiter_line) {
		.bucket = r->bucket,
		.place = { w->wg, w->rest, w->ticket, w },
		.wg = w->wg,
		.task = get_task_struct(w->task),
		.since_ns = w->since_ns,
		.ip = w->ip,
	};
}

/* Looks at a batch of bucket @b; whether there is more in it. */
static bool kwg_copy_waiters(struct kwg_waiters *r, struct kwg_bucket *b)
{
	struct kwg_waiter *w;
	int n;

	raw_spin_lock_irq(&b->lock);
	w = kwg_waiter_from(b, &r->place);
	for (n = 0; w && n < KWG_BATCH && r->nr < KWG_BATCH; n++) {
		kwg_place_after(&r->place, w);
		if (!w->notify)
			kwg_copy_waiter(r, w);
		w = kwg_waiter_next(w);
	}
	raw_spin_unlock_irq(&b->lock);
	return w;
}

static void kwg_waiters_fill(struct kwg_waiters *r)
{
	r->nr = 0;
	r->at = 0;
	while (r->bucket < 2 << kwg_bucket_bits && r->nr < KWG_BATCH) {
		struct kwg_bucket *b = &kwg_buckets[r->bucket];

		/* Without the lock: who comes just now need not be listed. */
		if (!RB_EMPTY_ROOT(&b->waiters) && kwg_copy_waiters(r, b))
			continue;
		r->bucket++;
		r->place = (struct kwg_place) {};
	}
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
		r->bucket = 0;
		r->place = (struct kwg_place) {};
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

	if (r->at < r->nr) {
		r->bucket = r->batch[r->at].bucket;
		r->place = r->batch[r->at].place;
	}
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
