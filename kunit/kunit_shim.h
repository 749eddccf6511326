/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of the KUnit API that the suites use, for kernels without KUnit.
 *
 * Distribution kernels have CONFIG_KUNIT off, and the suites are worth most on
 * them: PREEMPT_RT, arm64, the kernels people run. KUnit cannot be loaded into
 * such a kernel, as it adds members to struct module and struct task_struct.
 * So this prints the same KTAP from the same sources. As in KUnit every case
 * runs on a kthread of its own, which a failed assertion ends.
 */
#ifndef _KWG_KUNIT_SHIM_H
#define _KWG_KUNIT_SHIM_H

#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/string.h>

#define KUNIT_PARAM_DESC_SIZE 128

struct kunit {
	const void *param_value;
	void *priv;
	bool failed;		/* written by any thread of the case */
	char skipped[64];	/* why, or empty */
	struct completion done;	/* the last act of the case's thread */
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
};

struct kunit_suite {
	const char name[256];
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

#define KUNIT_CASE(fn) { .run_case = fn, .name = #fn }
#define KUNIT_CASE_SLOW(fn) KUNIT_CASE(fn)
#define KUNIT_CASE_PARAM(fn, gen) \
	{ .run_case = fn, .name = #fn, .generate_params = gen }

#define KUNIT_ARRAY_PARAM(name, array, get_desc)			\
static const void *name##_gen_params(const void *prev, char *desc)	\
{									\
	typeof((array)[0]) *next = prev ? ((typeof(next))prev) + 1 : (array); \
									\
	if (next - (array) >= ARRAY_SIZE(array))			\
		return NULL;						\
	get_desc(next, desc);						\
	return next;							\
}

__printf(4, 5)
void kunit_shim_fail(struct kunit *test, const char *file, int line,
		     const char *fmt, ...);
void kunit_shim_run(struct kunit_suite * const *suites, int nr);

static inline void __noreturn kunit_shim_abort(struct kunit *test)
{
	kthread_complete_and_exit(&test->done, 0);
}

#define KUNIT_SHIM_CHECK(test, ok, abort, fmt, ...)			\
do {									\
	if (!(ok)) {							\
		kunit_shim_fail(test, __FILE__, __LINE__, fmt,		\
				##__VA_ARGS__);				\
		if (abort)						\
			kunit_shim_abort(test);				\
	}								\
} while (0)

#define KUNIT_SHIM_BINARY(test, left, op, right, abort)			\
do {									\
	typeof(left) __left = (left);					\
	typeof(right) __right = (right);				\
									\
	KUNIT_SHIM_CHECK(test, __left op __right, abort,		\
			 "Expected %s %s %s, but they are %lld and %lld", \
			 #left, #op, #right, (s64)__left, (s64)__right); \
} while (0)

#define KUNIT_EXPECT_TRUE(test, cond) \
	KUNIT_SHIM_CHECK(test, cond, false, "Expected %s to be true", #cond)
#define KUNIT_EXPECT_FALSE(test, cond) \
	KUNIT_SHIM_CHECK(test, !(cond), false, "Expected %s to be false", #cond)
#define KUNIT_EXPECT_EQ(test, l, r) KUNIT_SHIM_BINARY(test, l, ==, r, false)
#define KUNIT_ASSERT_EQ(test, l, r) KUNIT_SHIM_BINARY(test, l, ==, r, true)
#define KUNIT_EXPECT_GE(test, l, r) KUNIT_SHIM_BINARY(test, l, >=, r, false)
#define KUNIT_EXPECT_GT(test, l, r) KUNIT_SHIM_BINARY(test, l, >, r, false)
#define KUNIT_EXPECT_LE(test, l, r) KUNIT_SHIM_BINARY(test, l, <=, r, false)
#define KUNIT_EXPECT_STREQ(test, l, r) \
	KUNIT_SHIM_CHECK(test, !strcmp(l, r), false, \
			 "Expected %s to be \"%s\", but it is \"%s\"", #l, r, l)
#define KUNIT_ASSERT_NOT_NULL(test, ptr) \
	KUNIT_SHIM_CHECK(test, ptr, true, "Expected %s not to be NULL", #ptr)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ptr) \
	KUNIT_SHIM_CHECK(test, !IS_ERR_OR_NULL(ptr), true, \
			 "Expected %s not to be an error", #ptr)

#define kunit_info(test, fmt, ...) \
	pr_info("    # " fmt "\n", ##__VA_ARGS__)
#define kunit_skip(test, fmt, ...)					\
do {									\
	scnprintf((test)->skipped, sizeof((test)->skipped), fmt,	\
		  ##__VA_ARGS__);					\
	kunit_shim_abort(test);						\
} while (0)

/* As in KUnit a failure is told by the KTAP and not by the module's init. */
#define kunit_test_suites(suites...)					\
static int __init kunit_shim_init(void)					\
{									\
	static struct kunit_suite * const list[] = { suites };		\
									\
	kunit_shim_run(list, ARRAY_SIZE(list));				\
	return 0;							\
}									\
module_init(kunit_shim_init);						\
static void __exit kunit_shim_exit(void)				\
{									\
}									\
module_exit(kunit_shim_exit)

#endif /* _KWG_KUNIT_SHIM_H */
