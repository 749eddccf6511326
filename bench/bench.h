/* SPDX-License-Identifier: GPL-2.0 */
/* The cases of the bench. */
#ifndef _KWG_BENCH_H
#define _KWG_BENCH_H

struct kunit;

/* spawn_bench.c */
void kwg_bench_spawn(struct kunit *test);

#endif /* _KWG_BENCH_H */
