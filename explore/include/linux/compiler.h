/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_COMPILER_H
#define _LINUX_COMPILER_H

#include <linux/types.h>

#include "../../engine.h"

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#undef __always_inline
#define __always_inline	inline __attribute__((always_inline))
#define noinline	__attribute__((noinline))
#define __must_check	__attribute__((warn_unused_result))
#define __printf(a, b)	__attribute__((format(printf, a, b)))
#define __maybe_unused	__attribute__((unused))
#define __acquires(x)
#define __releases(x)
#define __rcu
#define __percpu

/*
 * "Prevent the compiler from merging or refetching reads or writes", and so the
 * way to share a variable without a lock. Relaxed, in C11's words; but a pointer
 * orders what is reached through it, by the dependency, as rcu_dereference() does.
 */
#define __ex_is_pointer(x) (__builtin_classify_type(x) == 5)
#define READ_ONCE(x) \
	((typeof(x))ex_load(&(x), sizeof(x), \
			    __ex_is_pointer(x) ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED, \
			    EX_SITE("READ_ONCE(" #x ")")))
#define WRITE_ONCE(x, val) \
	ex_store(&(x), sizeof(x), (unsigned long long)(val), __ATOMIC_RELAXED, \
		 EX_SITE("WRITE_ONCE(" #x ")"))

/* "All memory operations after it come after it", and the mirror image. */
#define smp_load_acquire(p) \
	((typeof(*(p)))ex_load(p, sizeof(*(p)), __ATOMIC_ACQUIRE, \
			       EX_SITE("smp_load_acquire(" #p ")")))
#define smp_store_release(p, val) \
	ex_store(p, sizeof(*(p)), (unsigned long long)(val), __ATOMIC_RELEASE, \
		 EX_SITE("smp_store_release(" #p ")"))

/* "This data race is intentional and harmless." */
#define data_race(expr) ({				\
	ex_may_race(true);				\
	typeof(expr) __value = (expr);			\
	ex_may_race(false);				\
	__value;					\
})

/* A class with a constructor and a destructor, for guard(). */
#define DEFINE_GUARD(name, type, lock, unlock)				\
	static inline __maybe_unused void guard_##name##_exit(type *p)	\
	{ type _T = *p; if (_T) { unlock; } }				\
	static inline __maybe_unused type guard_##name##_enter(type _T)	\
	{ lock; return _T; }

#define DEFINE_CLASS(name, type, exit, init, ...)			\
	static inline __maybe_unused void class_##name##_exit(type *p)	\
	{ type _T = *p; exit; }						\
	static inline __maybe_unused type class_##name##_enter(__VA_ARGS__) \
	{ type t = init; return t; }

#endif
