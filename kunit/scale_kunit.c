// SPDX-License-Identifier: GPL-2.0
/*
 * Many members: 100,000 of them, of 1,000 groups, held by a few threads. Each
 * is listed once, reading the list takes a time proportional to its length, and
 * a member costs the memory that module/member.h says.
 */
#include <linux/bitmap.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "../module/compat.h"
#include "../module/member.h"
#include "kwg_lists.h"

#define KWG_GROUPS	1000
#define KWG_HOLDERS	100
#define KWG_FEW		10000
#define KWG_MANY	(KWG_GROUPS * KWG_HOLDERS)
/* More than KWG_MANY lines need. */
#define KWG_LIST_MAX	(32 * SZ_1M)

/* A thread that holds a membership of each of the first groups. */
struct kwg_holder {
	struct kwg_thread thread;
	struct kwaitgroup_member m[KWG_GROUPS];
	int failed;
	struct completion join, joined, leave;
};

static struct kwaitgroup kwg_groups[KWG_GROUPS];
static struct kwg_holder *kwg_holders;

static int kwg_holder_main(void *arg)
{
	struct kwg_holder *h = arg;
	int i;

	wait_for_completion(&h->join);
	for (i = 0; i < KWG_GROUPS; i++) {
		h->m[i].cookie = (h - kwg_holders) * KWG_GROUPS + i;
		h->failed += kwaitgroup_join(&kwg_groups[i], &h->m[i]) != 0;
		cond_resched();
	}
	complete(&h->joined);
	wait_for_completion(&h->leave);
	while (i)
		kwaitgroup_leave(&h->m[--i]);
	return 0;
}

/* Before anything is measured: threads are not what members cost. */
static void kwg_start_holders(struct kunit *test)
{
	int i;

	for (i = 0; i < KWG_HOLDERS; i++) {
		struct kwg_holder *h = &kwg_holders[i];

		init_completion(&h->join);
		init_completion(&h->joined);
		init_completion(&h->leave);
		kwg_start(test, &h->thread, kwg_holder_main, h);
	}
}

/* Holders number @from and up, to @to, join. */
static void kwg_hold(struct kunit *test, int from, int to)
{
	int i;

	for (i = from; i < to; i++)
		complete(&kwg_holders[i].join);
	for (i = from; i < to; i++) {
		wait_for_completion(&kwg_holders[i].joined);
		KUNIT_EXPECT_EQ(test, kwg_holders[i].failed, 0);
	}
}

static void kwg_release(struct kunit *test)
{
	int i;

	for (i = 0; i < KWG_HOLDERS; i++) {
		complete(&kwg_holders[i].leave);
		KUNIT_EXPECT_EQ(test, kwg_join(&kwg_holders[i].thread), 0);
	}
	for (i = 0; i < KWG_GROUPS; i++) {
		KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&kwg_groups[i]), 0);
		kwaitgroup_unregister(&kwg_groups[i]);
	}
}

static void kwg_prepare(struct kunit *test)
{
	int i;

	kwg_holders = kvcalloc(KWG_HOLDERS, sizeof(*kwg_holders), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, kwg_holders);
	for (i = 0; i < KWG_GROUPS; i++) {
		kwaitgroup_init(&kwg_groups[i]);
		KUNIT_ASSERT_EQ(test, kwaitgroup_register(&kwg_groups[i],
							  "scale-%d", i), 0);
	}
	kwg_start_holders(test);
}

/* The shortest of some runs of a line of shell: the others were disturbed. */
static u64 kwg_shell_ns(struct kunit *test, const char *line)
{
	u64 least = U64_MAX;
	int i;

	for (i = 0; i < 5; i++) {
		u64 start = ktime_get_ns();

		KUNIT_EXPECT_EQ(test, kwg_shell(line), 0);
		least = min(least, ktime_get_ns() - start);
	}
	return least;
}

/* How long it takes to read the list, without what starting a process does. */
static u64 kwg_list_ns(struct kunit *test)
{
	u64 idle = kwg_shell_ns(test, "cat /dev/null");
	u64 busy = kwg_shell_ns(test, "cat " KWG_DEBUGFS "members >/dev/null");

	return busy > idle ? busy - idle : 0;
}

/* Pages of the kernel's that are in use for small objects, in KiB. */
static long kwg_slab_kib(struct kunit *test)
{
	char *row;
	long kib;

	/* Collects what each CPU has counted. */
	KUNIT_EXPECT_EQ(test, kwg_shell("echo 1 >/proc/sys/vm/stat_refresh"),
			0);
	row = kwg_file_line(test, "/proc/meminfo", "SUnreclaim:");
	kib = kwg_number(row, 1);
	kfree(row);
	return kib;
}

/* Note the cookie of a line; false if it was seen before, or is none. */
static bool kwg_note_cookie(const char *line, unsigned long *seen)
{
	char text[KWG_COLUMN_MAX];
	unsigned int cookie;

	kwg_column(line, 6, text);
	return !kstrtouint(text, 16, &cookie) && cookie < KWG_MANY &&
	       !test_and_set_bit(cookie, seen);
}

/* Each member has one line, and nobody else has any. */
static void kwg_expect_each_once(struct kunit *test)
{
	char *buf = kwg_read_start(test, KWG_DEBUGFS "members", KWG_LIST_MAX);
	unsigned long *seen = bitmap_zalloc(KWG_MANY, GFP_KERNEL);
	char *rest = buf, *line;
	int lines = 0, wrong = 0;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	strsep(&rest, "\n");	/* the header */
	while ((line = strsep(&rest, "\n")) && *line) {
		lines++;
		wrong += !kwg_note_cookie(line, seen);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, lines, KWG_MANY);
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_EQ(test, bitmap_weight(seen, KWG_MANY), KWG_MANY);
	bitmap_free(seen);
	kvfree(buf);
}

/* A sanitizer's shadow and an emulator that is shared have other figures. */
static bool kwg_is_plain(void)
{
	return !IS_ENABLED(CONFIG_KASAN) && !IS_ENABLED(CONFIG_KCSAN) &&
	       !IS_ENABLED(CONFIG_PROVE_LOCKING);
}

static void kwg_hundred_thousand(struct kunit *test)
{
	long kib, nr = KWG_MANY - KWG_FEW;
	u64 few, many;

	kwg_need_files(test);
	kwg_prepare(test);
	kwg_hold(test, 0, KWG_FEW / KWG_GROUPS);
	few = kwg_list_ns(test);
	kib = kwg_slab_kib(test);
	kwg_hold(test, KWG_FEW / KWG_GROUPS, KWG_HOLDERS);
	kib = kwg_slab_kib(test) - kib;
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), (long)KWG_MANY);
	kwg_expect_each_once(test);
	many = kwg_list_ns(test);
	kunit_info(test, "%d members in %llu us, %d in %llu us, %ld bytes each",
		   KWG_FEW, div_u64(few, NSEC_PER_USEC), KWG_MANY,
		   div_u64(many, NSEC_PER_USEC), kib * SZ_1K / nr);
	if (kwg_is_plain()) {
		/* Ten times as many; the square of it would be a hundred. */
		KUNIT_EXPECT_LE(test, many, 30 * few);
		/* Not without a page that is not full, for each slab. */
		KUNIT_EXPECT_GE(test, kib * SZ_1K / nr,
				(long)sizeof(struct kwg_record));
		KUNIT_EXPECT_LE(test, kib * SZ_1K / nr,
				(long)sizeof(struct kwg_record) * 115 / 100);
	}
	kwg_release(test);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), 0L);
	kvfree(kwg_holders);
}

/* One task with so many memberships. */
#define KWG_OWN		40000
#define KWG_OWN_FEW	100
#define KWG_MEASURED	1000

/* Join with @nr members more; how long the fastest join took, and @worst: the slowest. */
static u64 kwg_join_ns(struct kunit *test, struct kwaitgroup *wg,
		       struct kwaitgroup_member *m, int nr, u64 *worst)
{
	u64 least = U64_MAX, before, ns;
	int i, failed = 0;

	for (i = 0; i < nr; i++) {
		before = ktime_get_ns();
		failed += !!kwaitgroup_join(wg, &m[i]);
		ns = ktime_get_ns() - before;
		*worst = max(*worst, ns);
		least = min(least, ns);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, failed, 0);
	return least;
}

/* A join does not get slower by what the task has joined before. */
static void kwg_many_of_one_task(struct kunit *test)
{
	int i, measured = KWG_MEASURED;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwaitgroup_member *m;
	u64 few, many, worst = 0, ignored = 0;

	m = kvcalloc(KWG_OWN, sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	kwg_join_ns(test, &wg, m, KWG_OWN_FEW, &ignored);
	few = kwg_join_ns(test, &wg, &m[KWG_OWN_FEW], measured, &ignored);
	kwg_join_ns(test, &wg, &m[KWG_OWN_FEW + measured],
		    KWG_OWN - KWG_OWN_FEW - 2 * measured, &ignored);
	many = kwg_join_ns(test, &wg, &m[KWG_OWN - measured], measured,
			   &worst);
	kunit_info(test, "a join: %llu ns as number %d, %llu ns as number %d, there at worst %llu ns",
		   few, KWG_OWN_FEW, many, KWG_OWN, worst);
	/* Logarithmic; and the caches hold less of it. */
	KUNIT_EXPECT_LE(test, many, 10 * few);
	for (i = 0; i < KWG_OWN; i++) {
		kwaitgroup_leave(&m[i]);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	kvfree(m);
}

/*
 * A task that exits with many memberships: how long the probe keeps preemption
 * off, by a probe before it and one after it.
 */
static struct {
	struct tracepoint *exit;
	struct task_struct *task;
	u64 before, after;
} kwg_watched;

static void kwg_before_exit(void *unused, KWG_EXIT_PROBE_ARGS)
{
	if (task == READ_ONCE(kwg_watched.task))
		kwg_watched.before = ktime_get_mono_fast_ns();
}

static void kwg_after_exit(void *unused, KWG_EXIT_PROBE_ARGS)
{
	if (task != READ_ONCE(kwg_watched.task))
		return;
	/* With @before. */
	smp_store_release(&kwg_watched.after, ktime_get_mono_fast_ns());
}

static void kwg_find_exit(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "sched_process_exit"))
		kwg_watched.exit = tp;
}

static void kwg_watch_exits(struct kunit *test)
{
	int err;

	for_each_kernel_tracepoint(kwg_find_exit, NULL);
	KUNIT_ASSERT_NOT_NULL(test, kwg_watched.exit);
	err = tracepoint_probe_register_prio(kwg_watched.exit, kwg_before_exit,
					     NULL, TRACEPOINT_DEFAULT_PRIO + 1);
	KUNIT_EXPECT_EQ(test, err, 0);
	err = tracepoint_probe_register_prio(kwg_watched.exit, kwg_after_exit,
					     NULL, TRACEPOINT_DEFAULT_PRIO - 1);
	KUNIT_EXPECT_EQ(test, err, 0);
}

static void kwg_unwatch_exits(void)
{
	tracepoint_probe_unregister(kwg_watched.exit, kwg_before_exit, NULL);
	tracepoint_probe_unregister(kwg_watched.exit, kwg_after_exit, NULL);
	tracepoint_synchronize_unregister();
}

struct kwg_leaving_much {
	struct kwg_thread thread;
	struct kwaitgroup *wg;
	struct kwaitgroup_member *m;
	int nr;
};

static int kwg_leaves_much(void *arg)
{
	struct kwg_leaving_much *l = arg;
	int i, failed = 0;

	for (i = 0; i < l->nr; i++) {
		failed += !!kwaitgroup_join(l->wg, &l->m[i]);
		cond_resched();
	}
	return failed;
}

/* How long the exit of a task with @nr memberships took. All are taken off. */
static u64 kwg_exit_ns(struct kunit *test, struct kwaitgroup_member *m, int nr)
{
	long deaths = kwg_stat(test, "misuse_death");
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_leaving_much l = { .wg = &wg, .m = m, .nr = nr };
	struct kwg_sleeper s;

	kwaitgroup_add(&wg, 1);
	kwg_put_to_sleep(test, &s, &wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
	kwg_watched.after = 0;
	l.thread = (struct kwg_thread) { .fn = kwg_leaves_much, .arg = &l };
	init_completion(&l.thread.exited);
	l.thread.task = kthread_create(kwg_thread_main, &l.thread, "kwg_much");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, l.thread.task);
	WRITE_ONCE(kwg_watched.task, l.thread.task);
	wake_up_process(l.thread.task);
	KUNIT_EXPECT_EQ(test, kwg_join(&l.thread), 0);
	/* Pairs with the one in kwg_after_exit(). */
	KUNIT_EXPECT_TRUE(test, kwg_until(smp_load_acquire(&kwg_watched.after)));
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_count(&wg) == 1));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), -EOWNERDEAD);
	/* Counted after its member was taken off. */
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_stat(test, "misuse_death") ==
					  deaths + nr));
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), 0L);
	return kwg_watched.after - kwg_watched.before;
}

static u64 kwg_least_exit_ns(struct kunit *test, struct kwaitgroup_member *m,
			     int nr)
{
	u64 least = U64_MAX;
	int i;

	for (i = 0; i < 5; i++)
		least = min(least, kwg_exit_ns(test, m, nr));
	return least;
}

/* An exit does not take longer by what the task has joined, but for a few. */
static void kwg_exit_with_many(struct kunit *test)
{
	struct kwaitgroup_member *m;
	u64 few, many;

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "needs CONFIG_TRACEPOINTS");
	m = kvcalloc(KWG_OWN, sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	kwg_watch_exits(test);
	few = kwg_least_exit_ns(test, m, KWG_OWN_FEW);
	many = kwg_least_exit_ns(test, m, KWG_OWN);
	kwg_unwatch_exits();
	kunit_info(test, "preemption off in an exit with %d members: %llu us, with %d: %llu us",
		   KWG_OWN_FEW, div_u64(few, NSEC_PER_USEC), KWG_OWN,
		   div_u64(many, NSEC_PER_USEC));
	KUNIT_EXPECT_LE(test, many, 10 * few);
	kvfree(m);
}

/* The memory of the dead is given back. */
static void kwg_dead_cost_nothing(struct kunit *test)
{
	long before, kib = KWG_OWN * sizeof(struct kwg_record) / SZ_1K;
	struct kwaitgroup_member *m;

	if (IS_ENABLED(CONFIG_KASAN))
		kunit_skip(test, "KASAN keeps what is freed for a while");
	m = kvcalloc(KWG_OWN, sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	before = kwg_slab_kib(test);
	kwg_exit_ns(test, m, KWG_OWN);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwg_slab_kib(test) <
					  before + kib / 2));
	kvfree(m);
}

static struct kunit_case kwg_scale_cases[] = {
	KUNIT_CASE_SLOW(kwg_hundred_thousand),
	KUNIT_CASE_SLOW(kwg_many_of_one_task),
	KUNIT_CASE_SLOW(kwg_dead_cost_nothing),
	KUNIT_CASE_SLOW(kwg_exit_with_many),
	{}
};

static struct kunit_suite kwg_scale_suite = {
	.name = "kwaitgroup_scale",
	.test_cases = kwg_scale_cases,
};

kunit_test_suites(&kwg_scale_suite);

MODULE_DESCRIPTION("KUnit suite of kwaitgroup with very many members");
MODULE_LICENSE("GPL");
