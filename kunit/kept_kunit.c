// SPDX-License-Identifier: GPL-2.0
/* Threads that a batch keeps for the next job. */
#include <linux/kwaitgroup_batch.h>
#include <linux/string.h>

#include "../module/core/core.h"
#include "kwg_budget.h"

#define KWG_JOBS	4

/* What a job has seen of its thread. */
struct kwg_kept_job {
	pid_t pid;
	char comm[TASK_COMM_LEN];
	struct completion *begin;	/* all run at once, or NULL */
};

static int kwg_kept_fn(void *arg)
{
	struct kwg_kept_job *job = arg;

	job->pid = task_pid_nr(current);
	strscpy(job->comm, current->comm, sizeof(job->comm));
	if (job->begin)
		wait_for_completion(job->begin);
	return 0;
}

static int kwg_run_kept(struct kwg_kept_job *jobs, const char *name)
{
	struct kwaitgroup_batch b;
	struct completion begin;
	int i, err = 0;

	init_completion(&begin);
	kwaitgroup_batch_init_flags(&b, 0, KWAITGROUP_BATCH_KEEP_THREADS);
	for (i = 0; i < KWG_JOBS; i++)
		jobs[i].begin = &begin;
	for (i = 0; i < KWG_JOBS && !err; i++)
		err = kwaitgroup_batch_run(&b, kwg_kept_fn, &jobs[i], "%s/%d",
					   name, i);
	complete_all(&begin);
	return kwaitgroup_batch_wait(&b) ?: err;
}

/* A few may not have come to sleep yet when the next ones are started. */
static void kwg_threads_are_kept(struct kunit *test)
{
	struct kwg_kept_job jobs[KWG_JOBS];
	int round, i, known = 0, made = 0;
	pid_t pids[64];

	for (round = 0; round < 50; round++) {
		KUNIT_ASSERT_EQ(test, kwg_run_kept(jobs, "kept"), 0);
		for (i = 0; i < KWG_JOBS; i++) {
			int at;

			for (at = 0; at < known && pids[at] != jobs[i].pid; at++)
				;
			made += at == known;
			if (at == known && known < ARRAY_SIZE(pids))
				pids[known++] = jobs[i].pid;
		}
	}
	/* Of 200 jobs. */
	KUNIT_EXPECT_LE(test, made, 100);
}

/* A thread is called what its job is, whatever it was before. */
static void kwg_kept_are_named(struct kunit *test)
{
	static const char * const names[] = { "first", "second", "a-very-long-na" };
	struct kwg_kept_job jobs[KWG_JOBS];
	char name[TASK_COMM_LEN];
	int round, i;

	for (round = 0; round < 30; round++) {
		KUNIT_ASSERT_EQ(test, kwg_run_kept(jobs, names[round % 3]), 0);
		for (i = 0; i < KWG_JOBS; i++) {
			snprintf(name, sizeof(name), "%s/%d", names[round % 3],
				 i);
			KUNIT_EXPECT_STREQ(test, jobs[i].comm, name);
		}
	}
}

/* Many who start such batches, as fast as they can: no job is lost. */
static int kwg_keeps_busy(void *unused)
{
	struct kwg_kept_job jobs[KWG_JOBS];
	struct kwg_budget budget = kwg_budget(kwg_race_ms, 50);
	int i, failed = 0;

	while (kwg_next_round(&budget)) {
		memset(jobs, 0, sizeof(jobs));
		failed += kwg_run_kept(jobs, "busy") != 0;
		for (i = 0; i < KWG_JOBS; i++)
			failed += !jobs[i].pid;
		cond_resched();
	}
	return failed;
}

static void kwg_kept_by_many(struct kunit *test)
{
	struct kwg_thread t[3];
	int i;

	for (i = 0; i < ARRAY_SIZE(t); i++)
		kwg_start(test, &t[i], kwg_keeps_busy, NULL);
	for (i = 0; i < ARRAY_SIZE(t); i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&t[i]), 0);
}

#ifdef CONFIG_KWAITGROUP_DEBUG

/*
 * When the time of a thread is just up it is given a job: it is the last one in the
 * list, so as many are started as there can be before it.
 */
#define KWG_LATE	64

static struct kwaitgroup_batch kwg_late_batch;
static struct kwg_kept_job kwg_late_jobs[KWG_LATE];
static struct completion kwg_late_begin;	/* none is over before all are started */
static atomic_t kwg_late_err;

static void kwg_give_late(enum kwg_window window)
{
	int i, err = 0;

	if (window != KWG_WINDOW_KEPT ||
	    atomic_cmpxchg(&kwg_late_err, 1, 2) != 1)
		return;
	for (i = 0; i < KWG_LATE && !err; i++)
		err = kwaitgroup_batch_run(&kwg_late_batch, kwg_kept_fn,
					   &kwg_late_jobs[i], "late");
	complete_all(&kwg_late_begin);
	atomic_set(&kwg_late_err, err);
}

static void kwg_kept_till_the_end(struct kunit *test)
{
	struct kwg_kept_job jobs[KWG_JOBS];
	int i;

	memset(kwg_late_jobs, 0, sizeof(kwg_late_jobs));
	init_completion(&kwg_late_begin);
	for (i = 0; i < KWG_LATE; i++)
		kwg_late_jobs[i].begin = &kwg_late_begin;
	kwaitgroup_batch_init_flags(&kwg_late_batch, 0,
				    KWAITGROUP_BATCH_KEEP_THREADS);
	KUNIT_ASSERT_EQ(test, kwg_run_kept(jobs, "early"), 0);
	atomic_set(&kwg_late_err, 1);
	WRITE_ONCE(kwg_window_hook, kwg_give_late);
	KUNIT_EXPECT_TRUE(test, kwg_until(atomic_read(&kwg_late_err) <= 0));
	WRITE_ONCE(kwg_window_hook, NULL);
	KUNIT_EXPECT_EQ(test, atomic_read(&kwg_late_err), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait_timeout(&kwg_late_batch,
							    20 * HZ), 0);
	for (i = 0; i < KWG_LATE; i++)
		KUNIT_EXPECT_GT(test, (int)kwg_late_jobs[i].pid, 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_batch_wait(&kwg_late_batch), 0);
}

#else

static void kwg_kept_till_the_end(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_KWAITGROUP_DEBUG");
}

#endif

static struct kunit_case kwg_kept_cases[] = {
	KUNIT_CASE(kwg_threads_are_kept),
	KUNIT_CASE(kwg_kept_are_named),
	KUNIT_CASE_SLOW(kwg_kept_by_many),
	KUNIT_CASE_SLOW(kwg_kept_till_the_end),
	{}
};

struct kunit_suite kwg_kept_suite = {
	.name = "kwaitgroup_kept",
	.test_cases = kwg_kept_cases,
};
