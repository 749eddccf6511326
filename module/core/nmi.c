// SPDX-License-Identifier: GPL-2.0
/*
 * A last done in an NMI: it can neither lock nor allocate. What the waker needs
 * is the group's address and the state word, and it may be late, see "The late
 * waker" in bucket.c. So both are kept in one of a few places of this CPU, and an
 * irq_work makes the wake-up a moment later.
 *
 *	NMI				irq_work, same CPU
 *	E: place: free -> claimed
 *	address, state
 *	F: place: filled (release)
 *	irq_work_queue()
 *					G: place: filled? (acquire)
 *					copy address, state
 *					H: place: free (release)
 *					wake
 *
 * An NMI that comes between G and H takes another place, and queues the irq_work
 * once more, which no longer counts as queued while it runs.
 *
 * More last dones in one NMI than there are places are reported. A work item
 * then looks at all who sleep, and wakes those whose group is settled; it misses
 * the waiters of a group that was armed again meanwhile.
 */
#include <linux/atomic.h>
#include <linux/irq_work.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>

#include "bucket.h"

#define KWG_NMI_PLACES	8

enum { KWG_PLACE_FREE, KWG_PLACE_CLAIMED, KWG_PLACE_FILLED };

struct kwg_nmi_place {
	int use;
	struct kwaitgroup *wg;		/* as an address */
	s64 state;
	unsigned long ip;
};

struct kwg_nmi {
	struct kwg_nmi_place places[KWG_NMI_PLACES];
	struct irq_work work;
};

static DEFINE_PER_CPU(struct kwg_nmi, kwg_nmi);

/* Of those that were lost, the last one. */
static unsigned long kwg_lost_ip;

static void kwg_sweep(struct work_struct *work)
{
	unsigned long ip = xchg(&kwg_lost_ip, 0);

	if (ip)
		kwg_misuse(NULL, KWG_MISUSE_WAKE_CONTEXT, KWG_NMI_PLACES, ip);
	kwg_wake_all_settled();
}

static DECLARE_WORK(kwg_sweep_work, kwg_sweep);

static void kwg_nmi_wake(struct irq_work *work)
{
	struct kwg_nmi *nmi = container_of(work, struct kwg_nmi, work);
	int i;

	for (i = 0; i < KWG_NMI_PLACES; i++) {
		struct kwg_nmi_place *place = &nmi->places[i], copy;

		/* G */
		if (smp_load_acquire(&place->use) != KWG_PLACE_FILLED)
			continue;
		copy = *place;
		/* H */
		smp_store_release(&place->use, KWG_PLACE_FREE);
		if (!kwg_mutant(nmi_forgets_wake))
			kwg_wake(copy.wg, copy.state, copy.ip);
	}
	if (READ_ONCE(kwg_lost_ip))
		queue_work(kwg_wake_wq, &kwg_sweep_work);
}

static bool kwg_nmi_keep(struct kwg_nmi *nmi, struct kwaitgroup *wg, s64 state,
			 unsigned long ip)
{
	int i;

	for (i = 0; i < KWG_NMI_PLACES; i++) {
		struct kwg_nmi_place *place = &nmi->places[i];

		/* E */
		if (cmpxchg(&place->use, KWG_PLACE_FREE, KWG_PLACE_CLAIMED))
			continue;
		place->wg = wg;
		place->state = state;
		place->ip = ip;
		/* F */
		smp_store_release(&place->use, KWG_PLACE_FILLED);
		return true;
	}
	return false;
}

/**
 * kwg_wake_later - kwg_wake() where no lock can be taken
 * @wg: the group, as an address
 * @state: the value that settled the group
 * @ip: who is to blame if there is no place left
 *
 * Context: NMI.
 */
void kwg_wake_later(struct kwaitgroup *wg, s64 state, unsigned long ip)
{
	struct kwg_nmi *nmi = this_cpu_ptr(&kwg_nmi);

	if (!kwg_nmi_keep(nmi, wg, state, ip))
		WRITE_ONCE(kwg_lost_ip, ip ?: _THIS_IP_);
	irq_work_queue(&nmi->work);
}

/* At run time: a module's per-CPU data cannot have a pointer from the start. */
void kwg_nmi_init(void)
{
	int cpu;

	/* Hard also on PREEMPT_RT: it takes no lock that sleeps. */
	for_each_possible_cpu(cpu)
		per_cpu_ptr(&kwg_nmi, cpu)->work =
			IRQ_WORK_INIT_HARD(kwg_nmi_wake);
}

/* Whatever was put off before is done. May sleep. */
void kwg_nmi_sync(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		irq_work_sync(&per_cpu_ptr(&kwg_nmi, cpu)->work);
}
