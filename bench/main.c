// SPDX-License-Identifier: GPL-2.0
/* What the module measures when it is loaded; then it may be unloaded. */
#include <linux/module.h>
#include <linux/stdarg.h>

#include "bench.h"

static char *what = "times";
module_param(what, charp, 0444);
MODULE_PARM_DESC(what, "counts: of instructions, where the clock counts them; steps: those that are stepped; times: all else");

/* A line for report.py: what was measured, and each time. */
void kwg_bench_row(const u32 *samples, int nr, const char *fmt, ...)
{
	char line[KWG_BENCH_ROUNDS_MAX * 12], *p = line;
	struct va_format vaf = { .fmt = fmt };
	va_list args;
	int i;

	for (i = 0; i < nr; i++)
		p += scnprintf(p, line + sizeof(line) - p, " %u", samples[i]);
	va_start(args, fmt);
	vaf.va = &args;
	pr_info("bench: %pV%s\n", &vaf, line);
	va_end(args);
}

static int __init kwg_bench_init(void)
{
	int err;

	if (!strcmp(what, "counts"))
		return kwg_bench_counts();
	if (!strcmp(what, "steps"))
		return kwg_bench_steps();
	if (strcmp(what, "times"))
		return -EINVAL;
	kwg_bench_sizes();
	err = kwg_bench_steps() ?: kwg_bench_times();
	return err ?: kwg_bench_wakeups() ?: kwg_bench_spawn() ?: kwg_bench_reuse();
}

static void __exit kwg_bench_exit(void)
{
}

module_init(kwg_bench_init);
module_exit(kwg_bench_exit);
MODULE_DESCRIPTION("What a wait group costs, beside what drivers use today");
MODULE_LICENSE("GPL");
