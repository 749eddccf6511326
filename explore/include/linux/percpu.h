/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_PERCPU_H
#define _LINUX_PERCPU_H

#include <linux/compiler.h>

/* One for each task, and for each thing that runs like one. */
#define NR_CPUS		12

#define DEFINE_PER_CPU(type, name) typeof(type) name[NR_CPUS]
#define per_cpu_ptr(name, cpu)	(&(*(name))[cpu])
#define this_cpu_ptr(name)	per_cpu_ptr(name, ex_cpu())
#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (cpu) < NR_CPUS; (cpu)++)
/* Which is for tables to be small. */
#define num_possible_cpus()	2u

#endif
