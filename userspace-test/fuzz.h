/* SPDX-License-Identifier: GPL-2.0 */
/* What fuzz.c, the driver, and fuzz_ops.c, what it may do, share. */
#ifndef _KWG_FUZZ_H
#define _KWG_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The descriptors that all threads play with have numbers of their own, so
 * that a close that comes late never hits anything else.
 */
#define FUZZ_FIRST	200
#define FUZZ_SLOTS	24
#define FUZZ_THREADS	4

/* One thread: its random numbers, and memory for its structures. */
struct fuzzer {
	uint64_t state;
	uint64_t seed;
	long ops;		/* to do */
	long done;		/* made */
	bool speaks;		/* says how many, now and then */
	long succeeded;
	int epoll;
	int socket;		/* of a pair, both ends of which are here */
	int peer;
	char *page;		/* its own; behind it there is nothing */
	char *shared;		/* all threads write to this one */
	const char *failed;	/* what did not hold */
	long detail;
};

/* xorshift64*: the same on every machine. */
static inline uint32_t fuzz_random(struct fuzzer *f)
{
	f->state ^= f->state >> 12;
	f->state ^= f->state << 25;
	f->state ^= f->state >> 27;
	return (f->state * 0x2545F4914F6CDD1DULL) >> 32;
}

static inline bool fuzz_one_in(struct fuzzer *f, uint32_t n)
{
	return fuzz_random(f) % n == 0;
}

/* One random operation; false: an invariant did not hold, see @failed. */
bool fuzz_op(struct fuzzer *f);

#endif /* _KWG_FUZZ_H */
