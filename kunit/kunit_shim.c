// SPDX-License-Identifier: GPL-2.0
/* Runs the suites and prints KTAP where the kernel has no KUnit. */
#include <linux/export.h>
#include <linux/glob.h>

#include "kunit_shim.h"

/* What KUnit allows a case before it calls it hung, in seconds. */
static unsigned int timeout_secs = 300;
module_param(timeout_secs, uint, 0444);
MODULE_PARM_DESC(timeout_secs, "How long a case may take; more on a slow machine");

static char *filter_glob = "*";
module_param(filter_glob, charp, 0444);
MODULE_PARM_DESC(filter_glob, "Which suites to run, as KUnit's");

/* A run of one case. */
struct kunit_shim_run {
	struct kunit test;
	const struct kunit_case *kase;
};

void kunit_shim_fail(struct kunit *test, const char *file, int line,
		     const char *fmt, ...)
{
	struct va_format vaf;
	va_list args;

	WRITE_ONCE(test->failed, true);
	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	pr_info("    # EXPECTATION FAILED at %s:%d: %pV\n", file, line, &vaf);
	va_end(args);
}
EXPORT_SYMBOL_GPL(kunit_shim_fail);

static int kunit_shim_thread(void *arg)
{
	struct kunit_shim_run *run = arg;

	run->kase->run_case(&run->test);
	kunit_shim_abort(&run->test);
}

static bool kunit_shim_case(const struct kunit_suite *suite,
			    const struct kunit_case *kase, const void *param,
			    char *skipped, size_t size)
{
	struct kunit_shim_run run = {
		.test.param_value = param, .kase = kase,
	};
	struct task_struct *task;

	init_completion(&run.test.done);
	if (suite->init && suite->init(&run.test))
		return false;
	task = kthread_run(kunit_shim_thread, &run, "kunit_case");
	if (IS_ERR(task))
		return false;
	/* Killable, or the hung-task detector complains of a long case. */
	if (wait_for_completion_killable_timeout(&run.test.done,
						 timeout_secs * HZ) <= 0) {
		pr_info("    # %s: timed out\n", kase->name);
		run.test.failed = true;
		/* Its stack and ours are in use: this cannot go on. */
		wait_for_completion(&run.test.done);
	}
	if (suite->exit)
		suite->exit(&run.test);
	strscpy(skipped, run.test.skipped, size);
	return !READ_ONCE(run.test.failed);
}

static void kunit_shim_result(const char *indent, bool ok, int nr,
			      const char *name, const char *skipped)
{
	pr_info("%s%s %d %s%s%s\n", indent, ok ? "ok" : "not ok", nr, name,
		*skipped ? " # SKIP " : "", skipped);
}

static bool kunit_shim_params(const struct kunit_suite *suite,
			      const struct kunit_case *kase)
{
	char desc[KUNIT_PARAM_DESC_SIZE], skipped[64];
	const void *param = NULL;
	bool ok = true;
	int nr = 0;

	pr_info("        KTAP version 1\n");
	pr_info("        # Subtest: %s\n", kase->name);
	while ((param = kase->generate_params(param, desc))) {
		bool passed = kunit_shim_case(suite, kase, param, skipped,
					      sizeof(skipped));

		kunit_shim_result("        ", passed, ++nr, desc, skipped);
		ok &= passed;
	}
	return ok;
}

static bool kunit_shim_suite(const struct kunit_suite *suite)
{
	const struct kunit_case *kase;
	char skipped[64];
	bool ok = true;
	int nr = 0;

	for (kase = suite->test_cases; kase->run_case; kase++)
		nr++;
	pr_info("    KTAP version 1\n");
	pr_info("    # Subtest: %s\n", suite->name);
	pr_info("    1..%d\n", nr);
	nr = 0;
	for (kase = suite->test_cases; kase->run_case; kase++) {
		bool passed;

		skipped[0] = '\0';
		if (kase->generate_params)
			passed = kunit_shim_params(suite, kase);
		else
			passed = kunit_shim_case(suite, kase, NULL, skipped,
						 sizeof(skipped));
		kunit_shim_result("    ", passed, ++nr, kase->name, skipped);
		ok &= passed;
	}
	return ok;
}

void kunit_shim_run(struct kunit_suite * const *suites, int nr)
{
	int i, chosen = 0;

	for (i = 0; i < nr; i++)
		chosen += glob_match(filter_glob, suites[i]->name);
	if (!chosen)
		return;
	pr_info("KTAP version 1\n");
	pr_info("1..%d\n", chosen);
	chosen = 0;
	for (i = 0; i < nr; i++) {
		if (glob_match(filter_glob, suites[i]->name))
			kunit_shim_result("", kunit_shim_suite(suites[i]),
					  ++chosen, suites[i]->name, "");
	}
}
EXPORT_SYMBOL_GPL(kunit_shim_run);

MODULE_DESCRIPTION("Runs KUnit suites on kernels without KUnit");
MODULE_LICENSE("GPL");
