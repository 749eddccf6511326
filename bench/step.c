// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions, one at a time: the processor traps after each, and the next one is
 * looked at before it is executed. It counts the same on any machine, emulated or
 * not, and it sees which of them lock the bus.
 */
#include "bench.h"

#ifdef CONFIG_X86_64
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kdebug.h>
#include <linux/notifier.h>
#include <linux/ptrace.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>

static struct kwg_bench_steps kwg_steps;
static struct task_struct *kwg_stepper;

static bool kwg_is_prefix(u8 byte)
{
	switch (byte) {
	case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
	case 0x66: case 0x67: case 0xf2: case 0xf3:
		return true;
	}
	return (byte & 0xf0) == 0x40;	/* REX */
}

/* With a lock prefix, or an xchg with memory, which needs none. */
static bool kwg_is_atomic(const u8 *code)
{
	while (kwg_is_prefix(*code))
		code++;
	return *code == 0xf0 ||
	       ((code[0] & 0xfe) == 0x86 && (code[1] & 0xc0) != 0xc0);
}

static int kwg_stepped(struct notifier_block *nb, unsigned long event, void *data)
{
	struct die_args *args = data;
	unsigned long *dr6;

	if (event != DIE_DEBUG || current != READ_ONCE(kwg_stepper))
		return NOTIFY_DONE;
	dr6 = ERR_PTR(args->err);
	if (!(*dr6 & DR_STEP))
		return NOTIFY_DONE;
	kwg_steps.instructions++;
	kwg_steps.atomics += kwg_is_atomic((const u8 *)args->regs->ip);
	*dr6 &= ~DR_STEP;
	return NOTIFY_STOP;
}

static struct notifier_block kwg_step_notifier = { .notifier_call = kwg_stepped };

static void kwg_set_flags(unsigned long flags)
{
	asm volatile("push %0; popf" : : "r" (flags) : "memory", "cc");
}

static struct kwg_bench_steps kwg_step_times(const struct kwg_bench_op *op,
					     struct kwg_bench_object *o,
					     unsigned int n)
{
	unsigned long flags;

	kwg_steps = (struct kwg_bench_steps) {};
	local_irq_save(flags);
	WRITE_ONCE(kwg_stepper, current);
	kwg_set_flags(X86_EFLAGS_FIXED | X86_EFLAGS_TF);
	op->run(o, n);
	kwg_set_flags(X86_EFLAGS_FIXED);
	WRITE_ONCE(kwg_stepper, NULL);
	local_irq_restore(flags);
	return kwg_steps;
}

/* Interrupts are off, where some of PREEMPT_RT's locks must not be taken. */
bool kwg_bench_can_step(void)
{
	return !IS_ENABLED(CONFIG_PREEMPT_RT);
}

/* One more of it: what begins and ends the loop is in both. */
struct kwg_bench_steps kwg_bench_step(const struct kwg_bench_op *op,
				      struct kwg_bench_object *o)
{
	struct kwg_bench_steps two, three;

	register_die_notifier(&kwg_step_notifier);
	two = kwg_step_times(op, o, 2);
	three = kwg_step_times(op, o, 3);
	unregister_die_notifier(&kwg_step_notifier);
	return (struct kwg_bench_steps) {
		.instructions = three.instructions - two.instructions,
		.atomics = three.atomics - two.atomics,
	};
}

#else

bool kwg_bench_can_step(void)
{
	return false;
}

struct kwg_bench_steps kwg_bench_step(const struct kwg_bench_op *op,
				      struct kwg_bench_object *o)
{
	return (struct kwg_bench_steps) {};
}

#endif
