// SPDX-License-Identifier: GPL-2.0
/* With threads: the kernel's atomics and barriers are C11's. */
#include "threads.h"

/* libtsan */
void __tsan_acquire(void *p);
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);

/* The compiler wants to know the order when it compiles. */
#define IN_ORDER(order, call, ...) ({					\
	typeof(call(__VA_ARGS__, __ATOMIC_RELAXED)) __value;		\
									\
	if ((order) == __ATOMIC_RELAXED)				\
		__value = call(__VA_ARGS__, __ATOMIC_RELAXED);		\
	else if ((order) == __ATOMIC_ACQUIRE)				\
		__value = call(__VA_ARGS__, __ATOMIC_ACQUIRE);		\
	else if ((order) == __ATOMIC_RELEASE)				\
		__value = call(__VA_ARGS__, __ATOMIC_RELEASE);		\
	else								\
		__value = call(__VA_ARGS__, __ATOMIC_SEQ_CST);		\
	__value;							\
})

#define COMPARE_EXCHANGE(p, old, value, order) \
	__atomic_compare_exchange_n(p, old, value, false, order, \
				    __ATOMIC_RELAXED)

/* All shared objects are of one of these. */
#define U1(p)	((volatile unsigned char *)(p))
#define U4(p)	((volatile unsigned int *)(p))
#define U8(p)	((volatile unsigned long long *)(p))

/* What it has read of late, for the fences that make acquires of that. */
static __thread struct {
	const volatile void *p[8];
	unsigned int nr;
} has_read;

static void note_read(const volatile void *p)
{
	has_read.p[has_read.nr++ % 8] = p;
}

unsigned long long ex_load(const volatile void *p, unsigned int size, int order,
			   const struct ex_site *site)
{
	note_read(p);
	if (size == 1)
		return order == __ATOMIC_ACQUIRE ?
			       __atomic_load_n(U1(p), __ATOMIC_ACQUIRE) :
			       RELAXED(U1(p));
	if (order == __ATOMIC_ACQUIRE)
		return size == 4 ? __atomic_load_n(U4(p), __ATOMIC_ACQUIRE) :
				   __atomic_load_n(U8(p), __ATOMIC_ACQUIRE);
	return size == 4 ? RELAXED(U4(p)) : RELAXED(U8(p));
}

void ex_store(volatile void *p, unsigned int size, unsigned long long value,
	      int order, const struct ex_site *site)
{
	if (size == 1 && order == __ATOMIC_RELEASE)
		__atomic_store_n(U1(p), value, __ATOMIC_RELEASE);
	else if (size == 1)
		RELAX(U1(p), value);
	else if (order == __ATOMIC_RELEASE && size == 4)
		__atomic_store_n(U4(p), value, __ATOMIC_RELEASE);
	else if (order == __ATOMIC_RELEASE)
		__atomic_store_n(U8(p), value, __ATOMIC_RELEASE);
	else if (size == 4)
		RELAX(U4(p), value);
	else
		RELAX(U8(p), value);
}

static unsigned long long rmw8(volatile unsigned long long *p, enum ex_rmw op,
			       unsigned long long arg, int order)
{
	switch (op) {
	case EX_ADD:
		return IN_ORDER(order, __atomic_fetch_add, p, arg);
	case EX_AND:
		return IN_ORDER(order, __atomic_fetch_and, p, arg);
	case EX_OR:
		return IN_ORDER(order, __atomic_fetch_or, p, arg);
	case EX_SET:
		break;
	}
	return IN_ORDER(order, __atomic_exchange_n, p, arg);
}

unsigned long long ex_rmw(volatile void *p, unsigned int size, enum ex_rmw op,
			  unsigned long long arg, int order,
			  const struct ex_site *site)
{
	note_read(p);
	if (size == 8)
		return rmw8(p, op, arg, order);
	/* Of four bytes there are only those of the stand-in, and xchg(). */
	return op == EX_OR ? __atomic_fetch_or(U4(p), arg, __ATOMIC_SEQ_CST) :
			     __atomic_exchange_n(U4(p), arg, __ATOMIC_SEQ_CST);
}

bool ex_cmpxchg(volatile void *p, unsigned int size, unsigned long long *old,
		unsigned long long value, int order, const struct ex_site *site)
{
	unsigned int old4 = *old;
	bool done;

	note_read(p);
	if (size == 8)
		return IN_ORDER(order, COMPARE_EXCHANGE, U8(p), old, value);
	done = IN_ORDER(order, COMPARE_EXCHANGE, U4(p), &old4, value);
	*old = old4;
	return done;
}

/* ThreadSanitizer knows of no fences: what it would order it is told. */
__attribute__((no_sanitize("thread")))
void ex_fence(int order, const struct ex_site *site)
{
	unsigned int i;

	__sync_synchronize();
	for (i = 0; i < 8 && order == __ATOMIC_ACQUIRE; i++)
		if (has_read.p[i])
			__tsan_acquire((void *)has_read.p[i]);
}

void ex_may_race(bool may)
{
	if (may)
		AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
	else
		AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}
