// SPDX-License-Identifier: GPL-2.0
/*
 * Delays: between the operations of a thread, and in the windows of the
 * primitive, where the races are. Most are none, some are short, few are so
 * long that a group is reused meanwhile. Nothing waits for them.
 */
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/preempt.h>

#include "torture.h"

/* Anything may happen meanwhile. */
void kwt_pause(struct kwt_thread *t)
{
	u32 dice = kwt_random(t, 32);

	if (dice < 8)
		udelay(1 + kwt_random(t, 20));
	else if (dice < 16)
		cond_resched();
	else if (dice < 22)
		usleep_range(20, 20 + kwt_random(t, 500));
	else if (dice < 23)
		schedule_timeout_uninterruptible(1 + kwt_random(t, 4));
}

#ifdef CONFIG_KWAITGROUP_DEBUG

/* For where there is no thread that has its own. */
static atomic_t kwt_dice;

static void kwt_delay_atomic(void)
{
	u32 dice = hash_32(atomic_inc_return(&kwt_dice), 10);

	if (dice < 512)
		udelay(dice / 16);
}

static void kwt_delay_finished(struct kwt_thread *t)
{
	struct kwt_slot *slot = t->finishing;
	int generation = atomic_read(&slot->generation);

	kwt_pause(t);
	if (atomic_read(&slot->generation) != generation)
		t->stats[KWT_LATE_WAKERS]++;
}

/* Called by the primitive, in the context of its caller. */
static void kwt_window(enum kwg_window window)
{
	struct kwt_thread *t = kwt_current();

	if (!t) {
		kwt_delay_atomic();
		return;
	}
	t->stats[KWT_DELAYS]++;
	if (window == KWG_WINDOW_REGISTER || window == KWG_WINDOW_LEAVE)
		kwt_pause(t);
	else if (window == KWG_WINDOW_FINISHED && t->may_sleep)
		kwt_delay_finished(t);
	else
		kwt_delay_atomic();
}

void kwt_delays_start(u32 seed)
{
	atomic_set(&kwt_dice, seed);
	WRITE_ONCE(kwg_window_hook, kwt_window);
}

/* All who might be in the hook have been joined. */
void kwt_delays_stop(void)
{
	WRITE_ONCE(kwg_window_hook, NULL);
}

#else

void kwt_delays_start(u32 seed)
{
}

void kwt_delays_stop(void)
{
}

#endif
