// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs: waiters, a line for each task that sleeps in a wait.
 *
 * A position is a bucket and a ticket, as tickets are the order in a bucket: a
 * reader that comes back finds its place whoever came and went. Each line is
 * copied under the bucket lock and written without.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>

#include "bucket.h"

/* A position: 0 is the header, else the bucket above the ticket. */
#define KWG_TICKET_BITS	54

struct kwg_waiter_line {
	const struct kwaitgroup *wg;	/* as an address */
	struct task_struct *task;	/* referenced */
	u64 ticket;
	u64 since_ns;
	unsigned long ip;
};

/* The first waiter of a bucket with a ticket at or after @ticket. */
static bool kwg_find_waiter(struct kwg_bucket *b, u64 ticket,
			    struct kwg_waiter_line *line)
{
	struct kwg_waiter *w;
	bool found = false;

	spin_lock_irq(&b->wq.lock);
	list_for_each_entry(w, &b->wq.head, wait.entry) {
		if (w->notify || w->ticket < ticket)
			continue;
		line->wg = w->wg;
		line->task = get_task_struct(w->wait.private);
		line->ticket = w->ticket;
		line->since_ns = w->since_ns;
		line->ip = w->ip;
		found = true;
		break;
	}
	spin_unlock_irq(&b->wq.lock);
	return found;
}

static void *kwg_waiters_from(struct kwg_waiter_line *line, loff_t *pos)
{
	u64 ticket = *pos & (BIT_ULL(KWG_TICKET_BITS) - 1);
	unsigned int i = (u64)*pos >> KWG_TICKET_BITS;

	for (; i < ARRAY_SIZE(kwg_buckets); i++, ticket = 0) {
		/* Without the lock: who comes just now need not be listed. */
		if (!waitqueue_active(&kwg_buckets[i].wq) ||
		    !kwg_find_waiter(&kwg_buckets[i], ticket, line))
			continue;
		*pos = (u64)i << KWG_TICKET_BITS | line->ticket;
		return line;
	}
	return NULL;
}

static void *kwg_waiters_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? kwg_waiters_from(m->private, pos) : SEQ_START_TOKEN;
}

static void kwg_waiters_put(struct kwg_waiter_line *line)
{
	if (line->task)
		put_task_struct(line->task);
	line->task = NULL;
}

static void *kwg_waiters_next(struct seq_file *m, void *v, loff_t *pos)
{
	kwg_waiters_put(m->private);
	++*pos;
	return kwg_waiters_from(m->private, pos);
}

static void kwg_waiters_stop(struct seq_file *m, void *v)
{
	kwg_waiters_put(m->private);
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
				sizeof(struct kwg_waiter_line));
}

const struct file_operations kwg_waiters_fops = {
	.owner = THIS_MODULE,
	.open = kwg_waiters_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};
