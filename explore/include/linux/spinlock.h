/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Documentation/locking/locktypes.rst: "raw_spinlock_t is a strict spinning lock";
 * "the suffix _irq() disables interrupts, _irqsave() saves and disables".
 */
#ifndef _LINUX_SPINLOCK_H
#define _LINUX_SPINLOCK_H

#include <linux/lockdep.h>

typedef struct {
	int held;
} raw_spinlock_t;

#define DEFINE_RAW_SPINLOCK(name) raw_spinlock_t name = { 0 }

static inline void raw_spin_lock_init(raw_spinlock_t *lock)
{
	lock->held = 0;
}

#define raw_spin_lock(l)	ex_lock(l, EX_SITE("raw_spin_lock(" #l ")"))
#define raw_spin_unlock(l)	ex_unlock(l, EX_SITE("raw_spin_unlock(" #l ")"))

/* May be nested: off until the outermost one that found them on. */
#define local_irq_save(flags) \
	do { (flags) = ex_irqs_are_off(); if (!(flags)) ex_irqs_off(); } while (0)
#define local_irq_restore(flags) \
	do { if (!(flags)) ex_irqs_on(); } while (0)
#define local_irq_disable()	ex_irqs_off()
#define local_irq_enable()	ex_irqs_on()

#define raw_spin_lock_irqsave(l, flags) \
	do { local_irq_save(flags); raw_spin_lock(l); } while (0)
#define raw_spin_unlock_irqrestore(l, flags) \
	do { raw_spin_unlock(l); local_irq_restore(flags); } while (0)

/* For an NMI, which may always find the lock taken. */
#define raw_spin_trylock_irqsave(l, flags) ((void)(l), (flags) = 0, false)

/* For those who know that interrupts are on. */
#define raw_spin_lock_irq(l) \
	do { \
		if (ex_irqs_are_off()) \
			ex_fail("raw_spin_lock_irq() with interrupts off"); \
		ex_irqs_off(); \
		raw_spin_lock(l); \
	} while (0)
#define raw_spin_unlock_irq(l) \
	do { raw_spin_unlock(l); ex_irqs_on(); } while (0)

#endif
