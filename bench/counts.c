// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions, exactly. In an emulator whose clock counts instructions, two
 * readings of it tell how many there were between them: with interrupts off, these
 * are the operation's. Where the processor can be stepped, that counts them, too,
 * and both have to agree.
 */
#include <linux/irqflags.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timex.h>

#include "bench.h"

#ifdef CONFIG_ARM64
#include <asm/arch_timer.h>
#endif

#define KWG_COUNT_FEW	1000
#define KWG_COUNT_MANY	3000

/* A tick of the clock, in instructions: in the emulator one takes a nanosecond. */
static unsigned int kwg_tick(void)
{
#ifdef CONFIG_ARM64
	return NSEC_PER_SEC / arch_timer_get_cntfrq();
#else
	return 1;
#endif
}

static u64 kwg_clocked(const struct kwg_bench_op *op, struct kwg_bench_object *o,
		       unsigned int n)
{
	unsigned long flags;
	u64 begin, end;

	local_irq_save(flags);
	begin = get_cycles();
	op->run(o, n);
	end = get_cycles();
	local_irq_restore(flags);
	return end - begin;
}

/* In hundredths. What begins and ends the loop is in both, and so not in this. */
static u64 kwg_count(const struct kwg_bench_op *op, struct kwg_bench_object *o)
{
	u64 ticks = kwg_clocked(op, o, KWG_COUNT_MANY) -
		kwg_clocked(op, o, KWG_COUNT_FEW);

	return div_u64(100 * ticks * kwg_tick(), KWG_COUNT_MANY - KWG_COUNT_FEW);
}

/* Of an undisturbed try, with interrupts on. */
static u64 kwg_clocked_least(const struct kwg_bench_op *op,
			     struct kwg_bench_object *o, unsigned int n)
{
	u64 begin, least = U64_MAX;
	int i;

	for (i = 0; i < 100; i++) {
		begin = get_cycles();
		op->run(o, n);
		least = min_t(u64, least, get_cycles() - begin);
	}
	return least;
}

/* In hundredths. */
static u64 kwg_count_least(const struct kwg_bench_op *op,
			   struct kwg_bench_object *o)
{
	u64 ticks = kwg_clocked_least(op, o, 11) - kwg_clocked_least(op, o, 1);

	return 10 * ticks * kwg_tick();
}

/* A place for a number with two decimals, or what stands for none. */
struct kwg_decimal {
	char text[24];
};

static struct kwg_decimal kwg_hundredths(u64 n)
{
	struct kwg_decimal d;
	u32 rest;
	u64 whole = div_u64_rem(n, 100, &rest);

	snprintf(d.text, sizeof(d.text), "%llu.%02u", whole, rest);
	return d;
}

static void kwg_print_steps(const struct kwg_bench_op *op,
			    struct kwg_bench_object *o, u64 count,
			    struct kwg_bench_steps loop)
{
	struct kwg_bench_steps steps = kwg_bench_step(op, o);

	pr_info("bench: count %s %s %lu %lu\n", op->name,
		kwg_hundredths(count).text,
		steps.instructions - loop.instructions, steps.atomics);
}

static void kwg_print_op(const struct kwg_bench_op *op,
			 struct kwg_bench_object *o, u64 loop,
			 struct kwg_bench_steps loop_steps)
{
	u64 count;

	/* What is made on first use is there. */
	op->run(o, 10);
	count = op->varies ? kwg_count_least(op, o) : kwg_count(op, o);
	if (kwg_bench_can_step() && !op->varies)
		kwg_print_steps(op, o, count - loop, loop_steps);
	else
		pr_info("bench: count %s %s - -\n", op->name,
			kwg_hundredths(count - loop).text);
}

static void kwg_count_ops(struct kwg_bench_object *o)
{
	struct kwg_bench_steps steps = kwg_bench_step(&kwg_bench_empty, o);
	u64 loop = kwg_count(&kwg_bench_empty, o);
	const struct kwg_bench_op *op;

	kwg_print_op(&kwg_bench_empty, o, 0, (struct kwg_bench_steps) {});
	for (op = kwg_bench_peer_ops; op->name; op++)
		kwg_print_op(op, o, loop, steps);
	for (op = kwg_bench_group_ops; op->name; op++)
		kwg_print_op(op, o, loop, steps);
}

static void kwg_print_sleep(const char *what, const char *name, u64 ticks)
{
	pr_info("bench: count %s:%s %s - -\n", what, name,
		kwg_hundredths(100 * ticks * kwg_tick()).text);
}

static int kwg_count_cycles(struct kwg_bench_object *o)
{
	const struct kwg_bench_sleep *s;
	struct kwg_bench_cycle cycle;
	int err = 0;

	for (s = kwg_bench_sleeps; s->name && !err; s++) {
		err = kwg_bench_cycle(s, o, &cycle);
		if (err)
			break;
		kwg_print_sleep("sleep", s->name, cycle.most_common);
		pr_info("%s: %u of %u cycles\n", s->name, cycle.times,
			KWG_BENCH_CYCLES);
	}
	return err;
}

static u64 kwg_count_wake(struct kwg_bench_crowd *crowd,
			  const struct kwg_bench_sleep *s)
{
	struct kwg_bench_wakeup wakeup;
	u64 least = U64_MAX;
	int i;

	for (i = 0; i < 10; i++) {
		kwg_bench_crowd_round(crowd, s, &wakeup);
		least = min(least, wakeup.wake);
	}
	return least;
}

static int kwg_count_wakes(struct kwg_bench_object *o, int nr)
{
	const struct kwg_bench_sleep *s;
	struct kwg_bench_crowd crowd;
	char what[16];
	int err = kwg_bench_crowd_init(&crowd, o, nr, true);

	if (err)
		return err;
	snprintf(what, sizeof(what), "wake-%d", nr);
	for (s = kwg_bench_sleeps; s->name; s++)
		if (nr == 1 || !s->for_one)
			kwg_print_sleep(what, s->name,
					kwg_count_wake(&crowd, s));
	kwg_bench_crowd_exit(&crowd);
	return 0;
}

int kwg_bench_counts(void)
{
	struct kwg_bench_object *o = kzalloc(sizeof(*o), GFP_KERNEL);
	int err = o ? kwg_bench_object_init(o) : -ENOMEM;

	if (!err) {
		kwg_count_ops(o);
		err = kwg_count_cycles(o) ?: kwg_count_wakes(o, 1) ?:
			kwg_count_wakes(o, 10) ?: kwg_count_wakes(o, 100);
		kwg_bench_object_exit(o);
	}
	kfree(o);
	return err;
}

static void kwg_step_ops(const struct kwg_bench_op *op,
			 struct kwg_bench_object *o,
			 struct kwg_bench_steps loop)
{
	struct kwg_bench_steps steps;

	for (; op->name; op++) {
		if (op->varies)
			continue;
		op->run(o, 10);
		steps = kwg_bench_step(op, o);
		pr_info("bench: count %s %lu %lu %lu\n", op->name,
			steps.instructions - loop.instructions,
			steps.instructions - loop.instructions, steps.atomics);
	}
}

/* By steps alone, where the clock is one that tells the time. */
int kwg_bench_steps(void)
{
	struct kwg_bench_object *o;
	struct kwg_bench_steps loop;
	int err;

	if (!kwg_bench_can_step())
		return 0;
	o = kzalloc(sizeof(*o), GFP_KERNEL);
	err = o ? kwg_bench_object_init(o) : -ENOMEM;
	if (!err) {
		loop = kwg_bench_step(&kwg_bench_empty, o);
		kwg_step_ops(kwg_bench_peer_ops, o, loop);
		kwg_step_ops(kwg_bench_group_ops, o, loop);
		kwg_bench_object_exit(o);
	}
	kfree(o);
	return err;
}
