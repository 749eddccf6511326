// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs: waiters, a line for each task that sleeps in a wait.
 *
 * A position is a bucket and a ticket, as tickets are the order in a bucket: a
 * reader that comes back finds its place whoever came and went. A few lines at
 * a time are copied under the bucket lock, and written without. They are put
 * back when the reader stops, so none is old when it is read.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>

#include "bucket.h"

/* A position: 0 is the header, else the bucket above the ticket. */
#define KWG_TICKET_BITS	54

#define KWG_WAITERS_BATCH	32

struct kwg_waiter_line {
	loff_t pos;
	const struct kwaitgroup *wg;	/* as an address */
	struct task_struct *task;	/* referenced */
	u64 since_ns;
	unsigned long ip;
};

/* A reader of the file. */
struct kwg_waiters {
	struct kwg_waiter_line batch[KWG_WAITERS_BATCH];
	unsigned int nr, at;		/* lines in it, and the next one */
};

/* The waiters of bucket @i from @ticket on, as many as there is room for. */
static void kwg_copy_waiters(struct kwg_waiters *r, unsigned int i, u64 ticket)
{
	struct kwg_bucket *b = &kwg_buckets[i];
	struct kwg_waiter *w;

	spin_lock_irq(&b->wq.lock);
	list_for_each_entry(w, &b->wq.head, wait.entry) {
		if (w->notify || w->ticket < ticket)
			continue;
		if (r->nr == KWG_WAITERS_BATCH)
			break;
		r->batch[r->nr++] = (struct kwg_waiter_line) {
			.pos = (u64)i << KWG_TICKET_BITS | w->ticket,
			.wg = w->wg,
			.task = get_task_struct(w->wait.private),
			.since_ns = w->since_ns,
			.ip = w->ip,
		};
	}
	spin_unlock_irq(&b->wq.lock);
}

static void kwg_waiters_fill(struct kwg_waiters *r, loff_t pos)
{
	u64 ticket = pos & (BIT_ULL(KWG_TICKET_BITS) - 1);
	unsigned int i = (u64)pos >> KWG_TICKET_BITS;

	r->nr = 0;
	r->at = 0;
	for (; i < ARRAY_SIZE(kwg_buckets) && r->nr < KWG_WAITERS_BATCH; i++) {
		/* Without the lock: who comes just now need not be listed. */
		if (waitqueue_active(&kwg_buckets[i].wq))
			kwg_copy_waiters(r, i, ticket);
		ticket = 0;
	}
}

/* The first line at or after a position, which becomes the line's. */
static void *kwg_waiters_from(struct kwg_waiters *r, loff_t *pos)
{
	if (r->at == r->nr)
		kwg_waiters_fill(r, *pos);
	if (r->at == r->nr)
		return NULL;
	*pos = r->batch[r->at].pos;
	return &r->batch[r->at];
}

static void *kwg_waiters_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? kwg_waiters_from(m->private, pos) : SEQ_START_TOKEN;
}

static void *kwg_waiters_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct kwg_waiters *r = m->private;

	++*pos;
	if (v != SEQ_START_TOKEN)
		put_task_struct(r->batch[r->at++].task);
	return kwg_waiters_from(r, pos);
}

static void kwg_waiters_stop(struct seq_file *m, void *v)
{
	struct kwg_waiters *r = m->private;

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
