// SPDX-License-Identifier: GPL-2.0
/* What wait_atomic.cocci finds, and what it does not. */
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include "fixture.h"

static DEFINE_MUTEX(mutex);

static void bad_lock(struct job *job)
{
	spin_lock(&job->lock);
	if (!job->idle)
		kwaitgroup_wait(&job->wg); /* expect: wait_atomic */
	spin_unlock(&job->lock);
}

static void bad_irqsave(struct job *job)
{
	unsigned long flags;

	spin_lock_irqsave(&job->lock, flags);
	kwaitgroup_drain(&job->wg); /* expect: wait_atomic */
	spin_unlock_irqrestore(&job->lock, flags);
}

static void bad_timer(struct timer_list *timer)
{
	struct job *job = container_of(timer, struct job, timer);

	if (kwaitgroup_wait_timeout(&job->wg, HZ)) /* expect: wait_atomic */
		pr_info("late\n");
}

static void bad_guard(struct job *job)
{
	guard(spinlock_irqsave)(&job->lock);
	kwaitgroup_wait(&job->wg); /* expect: wait_atomic */
}

static void bad_rcu(struct job *job)
{
	rcu_read_lock();
	kwaitgroup_wait(&job->wg); /* expect: wait_atomic */
	rcu_read_unlock();
}

static void bad_batch(struct job *job, struct kwaitgroup_batch *b)
{
	spin_lock_bh(&job->lock);
	kwaitgroup_batch_wait(b); /* expect: wait_atomic */
	spin_unlock_bh(&job->lock);
}

static void bad_percpu(struct job *job, struct kwaitgroup_percpu *users)
{
	spin_lock(&job->lock);
	kwaitgroup_percpu_drain(users); /* expect: wait_atomic */
	spin_unlock(&job->lock);
}

static void good_timer(struct timer_list *timer)
{
	struct job *job = container_of(timer, struct job, timer);

	if (!kwaitgroup_try_wait(&job->wg))
		mod_timer(timer, jiffies + HZ);
}

static void good_unlocked(struct job *job)
{
	spin_lock(&job->lock);
	job->idle = true;
	spin_unlock(&job->lock);
	kwaitgroup_wait(&job->wg);
}

static void good_mutex(struct job *job)
{
	mutex_lock(&mutex);
	kwaitgroup_wait(&job->wg);
	mutex_unlock(&mutex);
}

static void good_dropped(struct job *job)
{
	unsigned long flags;

	spin_lock_irqsave(&job->lock, flags);
	while (!job->idle) {
		spin_unlock_irqrestore(&job->lock, flags);
		kwaitgroup_wait(&job->wg);
		spin_lock_irqsave(&job->lock, flags);
	}
	spin_unlock_irqrestore(&job->lock, flags);
}

static void good_setup(struct job *job)
{
	timer_setup(&job->timer, bad_timer, 0);
	timer_setup(&job->timer, good_timer, 0);
}
