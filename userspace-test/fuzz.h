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

/* A group that one thread has to itself, and what must be known of it. */
#define FUZZ_MEMBERS	4

struct fuzz_model {
	int group;		/* 0: none */
	int members[FUZZ_MEMBERS];	/* 0: none */
	bool running[FUZZ_MEMBERS];
	uint32_t plain;		/* members of ADD */
	bool closed;
	bool died;		/* one of the members */
};

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
	struct fuzz_model model;
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

/* One of the descriptors that all threads play with. */
static inline int fuzz_slot(struct fuzzer *f)
{
	return FUZZ_FIRST + fuzz_random(f) % FUZZ_SLOTS;
}

/* Says what did not hold, and returns false. */
bool fuzz_fail(struct fuzzer *f, const char *what, long detail);

/* One random operation; false: an invariant did not hold, see @failed. */
bool fuzz_op(struct fuzzer *f);

/* fuzz_model.c */
bool fuzz_model_op(struct fuzzer *f);
void fuzz_model_end(struct fuzzer *f);
bool fuzz_fork_op(struct fuzzer *f);

#endif /* _KWG_FUZZ_H */
