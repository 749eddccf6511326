/* SPDX-License-Identifier: GPL-2.0 */
/* What the fixtures work on. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <linux/completion.h>
#include <linux/kwaitgroup.h>
#include <linux/kwaitgroup_batch.h>
#include <linux/kwaitgroup_holder.h>
#include <linux/kwaitgroup_notify.h>
#include <linux/kwaitgroup_percpu.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

struct job {
	struct kwaitgroup wg;
	struct kwaitgroup *group;	/* somebody else's */
	struct work_struct item;
	struct timer_list timer;
	struct kwaitgroup_member member;
	struct kwaitgroup_notifier notifier;
	struct task_struct *task;
	struct job *next;
	spinlock_t lock;		/* of idle */
	bool idle;
};

struct request {
	struct kwaitgroup_holder holder;
	struct job *job;
};

int work_on(struct job *job);
int hand_over(struct job *job);
int queue_request(struct request *rq);
void cancel(struct job *job);

#endif
