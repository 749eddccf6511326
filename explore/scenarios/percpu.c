// SPDX-License-Identifier: GPL-2.0
/* Groups that scale: module/percpu/; each task is on a CPU of its own. */
#include "groups.h"

#include <linux/kwaitgroup_percpu.h>

static struct kwaitgroup_percpu group, *heap;
static int written[2], taken_away;

static void percpu_init_at(struct kwaitgroup_percpu *g, int members)
{
	/* The buckets, too. */
	group_init(&g->wg, 0);
	CHECK(!kwaitgroup_percpu_init(g, 0));
	if (members)
		kwaitgroup_percpu_add(g, members);
}

static void percpu_init(int members)
{
	percpu_init_at(&group, members);
}

static void writes(void *arg)
{
	put(arg, 1);
	kwaitgroup_percpu_done(&group);
}

/* S1 and S3: whoever was added before has ended, and what it wrote is seen. */
static void reads(void *arg)
{
	CHECK(!kwaitgroup_percpu_wait(&group));
	CHECK(get(&written[0]) && get(&written[1]));
}

static void all_gone(void)
{
	CHECK(!kwaitgroup_percpu_count(&group));
	CHECK(READ_ONCE(group.count) == group.counters);
	kwaitgroup_percpu_exit(&group);
}

SCENARIO_BOUND_END(percpu_done, "members were added on one CPU, and are done on others", 3,
		   all_gone)
{
	percpu_init(2);
	ex_task("member", writes, &written[0]);
	ex_task("member", writes, &written[1]);
	ex_task("waiter", reads, NULL);
}

/* Adds one for another task, which may be done in the word before that is known. */
static void hands_on(void *arg)
{
	kwaitgroup_percpu_add(&group, 1);
	tell(arg);
	put(&written[0], 1);
	kwaitgroup_percpu_done(&group);
}

static void is_handed(void *arg)
{
	until((int *)arg);
	put(&written[1], 1);
	kwaitgroup_percpu_done(&group);
}

static int handed;

SCENARIO_BOUND_END(percpu_hands_on, "a member adds another one while somebody begins to wait", 3,
		   all_gone)
{
	percpu_init(1);
	ex_task("member", hands_on, &handed);
	ex_task("other", is_handed, &handed);
	ex_task("waiter", reads, NULL);
}

static void comes_and_goes(void *arg)
{
	kwaitgroup_percpu_add(&group, 1);
	kwaitgroup_percpu_done(&group);
}

static void waits_twice(void *arg)
{
	CHECK(!kwaitgroup_percpu_wait(&group));
	CHECK(!kwaitgroup_percpu_wait(&group));
}

SCENARIO_BOUND_END(percpu_busy, "two come and go while somebody waits twice", 3, all_gone)
{
	percpu_init(0);
	ex_task("user", comes_and_goes, NULL);
	ex_task("user", comes_and_goes, NULL);
	ex_task("waiter", waits_twice, NULL);
}

/* Uses what the owner takes away behind the drain. */
static void uses(void *arg)
{
	if (!kwaitgroup_percpu_try_add(&group))
		return;
	CHECK(!READ_ONCE(taken_away));
	kwaitgroup_percpu_done(&group);
}

static void drains(void *arg)
{
	CHECK(!kwaitgroup_percpu_drain(&group));
	WRITE_ONCE(taken_away, 1);
	CHECK(!kwaitgroup_percpu_count(&group));
}

static void is_closed(void)
{
	CHECK(!kwaitgroup_percpu_try_add(&group));
	CHECK(!kwaitgroup_percpu_reinit(&group));
	all_gone();
}

SCENARIO_BOUND_END(percpu_drain, "two try to get in, the owner drains the group", 3, is_closed)
{
	percpu_init(0);
	ex_task("user", uses, NULL);
	ex_task("user", uses, NULL);
	ex_task("owner", drains, NULL);
}

/* "Who gets in after reinit sees what was written before it." */
static void reopens(void *arg)
{
	CHECK(!kwaitgroup_percpu_wait(&group));
	put(&written[0], 1);
	CHECK(!kwaitgroup_percpu_reinit(&group));
}

static void sees(void *arg)
{
	if (!kwaitgroup_percpu_try_add(&group))
		return;
	CHECK(get(&written[0]));
	kwaitgroup_percpu_done(&group);
}

SCENARIO_BOUND_END(percpu_reinit, "the owner opens a group, and a user gets in", 3, all_gone)
{
	percpu_init(0);
	kwaitgroup_percpu_close(&group);
	ex_task("owner", reopens, NULL);
	ex_task("user", sees, NULL);
	ex_task("user", sees, NULL);
}

static bool both_inside(unsigned long long state)
{
	return -((s64)state >> KWAITGROUP_COUNT_SHIFT) >= 2;
}

/* The owner does not know whether the other one has returned. */
static void takes_away(void *arg)
{
	CHECK(!kwaitgroup_percpu_wait(heap));
	kwaitgroup_percpu_exit(heap);
	kfree(heap);
}

static void waits_too(void *arg)
{
	CHECK(!kwaitgroup_percpu_wait(heap));
}

static void ends_both(void *arg)
{
	ex_await(&heap->inside.state, 8, both_inside, EX_SITE("both wait"));
	kwaitgroup_percpu_done(heap);
}

SCENARIO_BOUND(percpu_freed, "of two that wait one frees the group", 3)
{
	heap = kzalloc(sizeof(*heap), GFP_KERNEL);
	percpu_init_at(heap, 1);
	ex_task("member", ends_both, NULL);
	ex_task("owner", takes_away, NULL);
	ex_task("waiter", waits_too, NULL);
}

static void done_twice(void *arg)
{
	kwaitgroup_percpu_done(&group);
	kwaitgroup_percpu_done(&group);
}

/* It may be woken by the first of them, if that counts in the word. */
static void finds_out(void *arg)
{
	int first = kwaitgroup_percpu_wait(&group), second;

	CHECK(!first || first == -EBADFD);
	ex_await(arg, sizeof(int), is_set, EX_SITE("both are done"));
	second = kwaitgroup_percpu_wait(&group);
	CHECK(second == -EBADFD);
}

static void done_twice_tells(void *arg)
{
	done_twice(arg);
	tell(arg);
}

static void mended(void)
{
	CHECK(ex_warnings("KWG_MISUSE_NEGATIVE") == 1);
	CHECK(!kwaitgroup_percpu_reinit(&group));
	all_gone();
}

SCENARIO_BOUND_END(percpu_misuse, "a member is done twice while somebody waits", 3, mended)
{
	percpu_init(1);
	ex_expect("KWG_MISUSE_NEGATIVE", 1, 1);
	ex_task("member", done_twice_tells, &handed);
	ex_task("waiter", finds_out, &handed);
}
