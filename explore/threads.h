/* SPDX-License-Identifier: GPL-2.0 */
/* What c11.c, threads.c and rounds.c share. */
#ifndef _EX_THREADS_H
#define _EX_THREADS_H

#include "runs.h"
#include "scenario.h"

#define RELAXED(p)	__atomic_load_n(p, __ATOMIC_RELAXED)
#define RELAX(p, v)	__atomic_store_n(p, v, __ATOMIC_RELAXED)

/* All threads of a scenario, from their beginning to their end. */
void threads_round(const struct scenario *s);

#endif /* _EX_THREADS_H */
