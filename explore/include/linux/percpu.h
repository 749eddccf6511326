/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_PERCPU_H
#define _LINUX_PERCPU_H

#include <linux/compiler.h>

/* One for each task, and for each thing that runs like one. */
#define NR_CPUS		12

#define DEFINE_PER_CPU(type, name) typeof(type) name[NR_CPUS]
/* Of a variable's address, or of what alloc_percpu(long) gave. */
#define per_cpu_ptr(p, cpu) \
	(_Generic((p)[0] + 0, long: (long *)(void *)(p), \
		  default: (p)[0] + 0) + (cpu))
#define this_cpu_ptr(name)	per_cpu_ptr(name, ex_cpu())
#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (cpu) < NR_CPUS; (cpu)++)
/* "Atomic with respect to preemption and interrupts", and in no order. */
#define this_cpu_add(lvalue, n) \
	((void)ex_rmw(&(&(lvalue))[ex_cpu()], sizeof(lvalue), EX_ADD, \
		      (unsigned long long)(n), __ATOMIC_RELAXED, \
		      EX_SITE("this_cpu_add(" #lvalue ")")))
#define this_cpu_inc(lvalue)	this_cpu_add(lvalue, 1)
#define this_cpu_dec(lvalue)	this_cpu_add(lvalue, -1)
#define alloc_percpu(type)	((type *)ex_alloc(NR_CPUS * sizeof(type)))
#define free_percpu(p)		ex_free(p)
/* Which is for tables to be small. */
#define num_possible_cpus()	2u

#endif
