// SPDX-License-Identifier: GPL-2.0
/*
 * Wake-ups that were asked for where the bucket lock must not be taken: in an
 * NMI, or with preemption off on PREEMPT_RT. By a done that is misuse, and
 * reported; a task that dies as a member is not to blame.
 *
 * The one who asks can neither allocate nor lock, so there is nowhere to note
 * which group it was. A moment later an irq_work looks at all who sleep, and
 * wakes those whose group is settled then. It misses the waiters of a group
 * that was re-armed meanwhile.
 */
#include <linux/atomic.h>
#include <linux/irq_work.h>

#include "bucket.h"
#include "internal.h"

static unsigned long kwg_sweep_ip;

static void kwg_sweep(struct irq_work *work)
{
	unsigned long ip = xchg(&kwg_sweep_ip, 0);

	if (ip)
		kwg_misuse(NULL, KWG_MISUSE_WAKE_CONTEXT, 0, ip);
	kwg_wake_all_settled();
}

static DEFINE_IRQ_WORK(kwg_sweep_work, kwg_sweep);

/* @ip: who is to blame, or 0; of several, the last one. */
void kwg_sweep_later(unsigned long ip)
{
	if (ip)
		WRITE_ONCE(kwg_sweep_ip, ip);
	irq_work_queue(&kwg_sweep_work);
}

void kwg_sweep_sync(void)
{
	irq_work_sync(&kwg_sweep_work);
}
