/* SPDX-License-Identifier: GPL-2.0 */
/* Types and the small macros of many headers. */
#ifndef _LINUX_TYPES_H
#define _LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef int32_t s32;
typedef unsigned long long u64;
typedef long long s64;
typedef int pid_t;
typedef unsigned int gfp_t;

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

typedef struct {
	long counter;
} atomic_long_t;

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct module;

#define UINT_MAX	(~0U)
#define INT_MAX		0x7fffffff
#define INT_MIN		(-INT_MAX - 1)
#define LONG_MAX	((long)(~0UL >> 1))
#define U64_MAX		(~0ULL)
#define S64_MAX		((s64)(~0ULL >> 1))
#define BITS_PER_LONG	64
#define BIT(n)		(1UL << (n))
#define BIT_ULL(n)	(1ULL << (n))
#define GENMASK_ULL(h, l) ((~0ULL >> (63 - (h))) & (~0ULL << (l)))

#define static_assert(expr, ...) _Static_assert(expr, #expr)
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define container_of_const(ptr, type, member) container_of(ptr, const type, member)
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
/* CONFIG_PREEMPT_COUNT, for whoever asks. */
#define IS_ENABLED(option) 1

#define min(a, b)	({ typeof(a) _a = (a); typeof(b) _b = (b); _a < _b ? _a : _b; })
#define max(a, b)	({ typeof(a) _a = (a); typeof(b) _b = (b); _a > _b ? _a : _b; })
#define min3(a, b, c)	min((typeof(a))min(a, b), c)
#define min_t(type, a, b) min((type)(a), (type)(b))
#define clamp(v, lo, hi) min((typeof(v))max(v, lo), hi)

static inline int order_base_2(unsigned long n)
{
	return n > 1 ? 64 - __builtin_clzl(n - 1) : 0;
}

/* A function in one module may be seen from others: all are in one program. */
#define EXPORT_SYMBOL_GPL(sym)
#define EXPORT_SYMBOL(sym)
#define THIS_MODULE	NULL

#define ____cacheline_aligned_in_smp __attribute__((aligned(64)))

#define _RET_IP_	((unsigned long)__builtin_return_address(0))
#define _THIS_IP_	({ __label__ __here; __here: (unsigned long)&&__here; })

#endif
