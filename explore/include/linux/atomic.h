/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Documentation/atomic_t.txt: "RMW operations that have a return value are fully
 * ordered; operations without are unordered; ..._relaxed, _acquire, _release have
 * the order of their name", and "a conditional operation is unordered on failure".
 */
#ifndef _LINUX_ATOMIC_H
#define _LINUX_ATOMIC_H

#include <linux/compiler.h>

#define ATOMIC_INIT(i)		{ (i) }
#define ATOMIC64_INIT(i)	{ (i) }

#define __ex_atomic_load(v, order, name) \
	((typeof((v)->counter))ex_load(&(v)->counter, sizeof((v)->counter), \
				       order, EX_SITE(name "(" #v ")")))
#define __ex_atomic_rmw(v, op, arg, order, name) \
	((typeof((v)->counter))ex_rmw(&(v)->counter, sizeof((v)->counter), op, \
				      (unsigned long long)(arg), order, \
				      EX_SITE(name "(" #v ")")))
#define __ex_try_cmpxchg(p, old, new, order, name) ({			\
	unsigned long long __old = (unsigned long long)*(old);		\
	bool __done = ex_cmpxchg(p, sizeof(*(p)), &__old,		\
				 (unsigned long long)(new), order,	\
				 EX_SITE(name "(" #p ")"));		\
									\
	if (!__done)							\
		*(old) = (typeof(*(old)))__old;				\
	__done;								\
})

#define atomic64_read(v) \
	__ex_atomic_load(v, __ATOMIC_RELAXED, "atomic64_read")
#define atomic64_read_acquire(v) \
	__ex_atomic_load(v, __ATOMIC_ACQUIRE, "atomic64_read_acquire")
#define atomic64_set(v, i) \
	ex_store(&(v)->counter, 8, (unsigned long long)(i), __ATOMIC_RELAXED, \
		 EX_SITE("atomic64_set(" #v ")"))

#define atomic64_add_return_release(i, v) \
	(__ex_atomic_rmw(v, EX_ADD, i, __ATOMIC_RELEASE, \
			 "atomic64_add_return_release") + (s64)(i))
#define atomic64_fetch_add_release(i, v) \
	((s64)__ex_atomic_rmw(v, EX_ADD, i, __ATOMIC_RELEASE, \
			      "atomic64_fetch_add_release"))
#define atomic64_sub_return_relaxed(i, v) \
	(__ex_atomic_rmw(v, EX_ADD, -(s64)(i), __ATOMIC_RELAXED, \
			 "atomic64_sub_return_relaxed") - (s64)(i))
#define atomic64_sub(i, v) \
	((void)__ex_atomic_rmw(v, EX_ADD, -(s64)(i), __ATOMIC_RELAXED, "atomic64_sub"))
#define atomic64_or(i, v) \
	((void)__ex_atomic_rmw(v, EX_OR, i, __ATOMIC_RELAXED, "atomic64_or"))
#define atomic64_andnot(i, v) \
	((void)__ex_atomic_rmw(v, EX_AND, ~(s64)(i), __ATOMIC_RELAXED, \
			       "atomic64_andnot"))

#define atomic64_try_cmpxchg(v, old, new) \
	__ex_try_cmpxchg(&(v)->counter, old, new, __ATOMIC_SEQ_CST, \
			 "atomic64_try_cmpxchg")
#define atomic64_try_cmpxchg_relaxed(v, old, new) \
	__ex_try_cmpxchg(&(v)->counter, old, new, __ATOMIC_RELAXED, \
			 "atomic64_try_cmpxchg_relaxed")
#define atomic64_try_cmpxchg_acquire(v, old, new) \
	__ex_try_cmpxchg(&(v)->counter, old, new, __ATOMIC_ACQUIRE, \
			 "atomic64_try_cmpxchg_acquire")
#define atomic64_try_cmpxchg_release(v, old, new) \
	__ex_try_cmpxchg(&(v)->counter, old, new, __ATOMIC_RELEASE, \
			 "atomic64_try_cmpxchg_release")

#define atomic_long_read(v) \
	__ex_atomic_load(v, __ATOMIC_RELAXED, "atomic_long_read")
#define atomic_long_inc(v) \
	((void)__ex_atomic_rmw(v, EX_ADD, 1, __ATOMIC_RELAXED, "atomic_long_inc"))
#define atomic_long_dec(v) \
	((void)__ex_atomic_rmw(v, EX_ADD, -1, __ATOMIC_RELAXED, "atomic_long_dec"))

#define xchg(p, new) \
	((typeof(*(p)))ex_rmw(p, sizeof(*(p)), EX_SET, \
			      (unsigned long long)(new), __ATOMIC_SEQ_CST, \
			      EX_SITE("xchg(" #p ")")))
#define cmpxchg(p, old, new) ({						\
	typeof(*(p)) __was = (old);					\
									\
	__ex_try_cmpxchg(p, &__was, new, __ATOMIC_SEQ_CST, "cmpxchg");	\
	__was;								\
})

#define try_cmpxchg(p, old, new) \
	__ex_try_cmpxchg(p, old, new, __ATOMIC_SEQ_CST, "try_cmpxchg")

#define smp_mb()	ex_fence(__ATOMIC_SEQ_CST, EX_SITE("smp_mb()"))
#define smp_mb__after_atomic() \
	ex_fence(__ATOMIC_SEQ_CST, EX_SITE("smp_mb__after_atomic()"))
#define smp_wmb()	ex_fence(__ATOMIC_RELEASE, EX_SITE("smp_wmb()"))
#define smp_rmb()	ex_fence(__ATOMIC_ACQUIRE, EX_SITE("smp_rmb()"))
/* "A control dependency plus this barrier is an acquire." */
#define smp_acquire__after_ctrl_dep() \
	ex_fence(__ATOMIC_ACQUIRE, EX_SITE("smp_acquire__after_ctrl_dep()"))

#endif
