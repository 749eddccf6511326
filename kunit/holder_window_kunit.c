// SPDX-License-Identifier: GPL-2.0
/* Holders in their race windows, see hold.c and chunk.c. */
#include <linux/cpumask.h>
#include <linux/kwaitgroup_holder.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../module/core/core.h"
#include "kwg_lists.h"

#ifdef CONFIG_KWAITGROUP_DEBUG

static noinline int kwg_takes_first(struct kwaitgroup *wg,
				    struct kwaitgroup_holder *h)
{
	int err = kwaitgroup_hold(wg, h);

	barrier();
	return err;
}

/* Not the same code: the compiler would make one function of both. */
static noinline int kwg_takes_second(struct kwaitgroup *wg,
				     struct kwaitgroup_holder *h)
{
	int err = kwaitgroup_hold(wg, h);

	barrier_data(h);
	return err;
}

/*
 * A reader has found a holder, and that is released; the next one is taken in the
 * same place, and stops half way. What the reader then copies is half of each.
 */
static struct kwg_heir {
	struct kwg_thread thread;
	struct kwaitgroup wg;
	struct kwaitgroup_holder h[2];
	struct completion found, publish;
	atomic_t read, half;
} kwg_heir;

static void kwg_half_way(enum kwg_window window)
{
	if (window == KWG_WINDOW_HOLD && current == kwg_heir.thread.task) {
		atomic_set(&kwg_heir.half, 1);
		wait_for_completion(&kwg_heir.publish);
	} else if (window == KWG_WINDOW_HOLD_READ &&
		   !atomic_cmpxchg(&kwg_heir.read, 0, 1)) {
		complete(&kwg_heir.found);
		while (!atomic_read(&kwg_heir.half))
			cpu_relax();
	}
}

static int kwg_heir_main(void *unused)
{
	wait_for_completion(&kwg_heir.found);
	kwaitgroup_release(&kwg_heir.h[0]);
	return kwg_takes_second(&kwg_heir.wg, &kwg_heir.h[1]);
}

static void kwg_holder_is_handed_over(struct kunit *test)
{
	struct kwg_heir *heir = &kwg_heir;
	char *list, *row;

	kwg_need_files(test);
	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	memset(heir, 0, sizeof(*heir));
	init_completion(&heir->found);
	init_completion(&heir->publish);
	kwaitgroup_init(&heir->wg);
	/* The group does not end between the two. */
	kwaitgroup_add(&heir->wg, 1);
	kwaitgroup_holder_init(&heir->h[0], 0xf1);
	kwaitgroup_holder_init(&heir->h[1], 0xf2);
	KUNIT_ASSERT_EQ(test, kwg_takes_first(&heir->wg, &heir->h[0]), 0);
	kwg_start(test, &heir->thread, kwg_heir_main, NULL);
	WRITE_ONCE(kwg_window_hook, kwg_half_way);
	list = kwg_read_file(test, KWG_DEBUGFS "holders");
	WRITE_ONCE(kwg_window_hook, NULL);
	KUNIT_EXPECT_TRUE(test, atomic_read(&heir->half));
	complete(&heir->publish);
	KUNIT_EXPECT_EQ(test, kwg_join(&heir->thread), 0);
	row = kwg_find_line(list, " 0xf1 ");
	KUNIT_EXPECT_TRUE(test, !row || strstr(row, "kwg_takes_first"));
	kfree(row);
	kvfree(list);
	row = kwg_file_line(test, KWG_DEBUGFS "holders", " 0xf2 ");
	KUNIT_EXPECT_TRUE(test, row && strstr(row, "kwg_takes_second"));
	kfree(row);
	kwaitgroup_release(&heir->h[1]);
	kwaitgroup_done(&heir->wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&heir->wg), 0);
}

/* A place in a chunk is given back when that is just found to be full. */
#define KWG_FEW	200

static struct kwaitgroup_holder *kwg_few;
static int kwg_taken, kwg_given_back;

static void kwg_give_back(enum kwg_window window)
{
	if (window != KWG_WINDOW_CHUNK_FULL || kwg_given_back >= kwg_taken)
		return;
	/* The last one is in it. */
	kwg_given_back = kwg_taken;
	kwaitgroup_release(&kwg_few[kwg_taken - 1]);
}

static void kwg_chunk_has_room_after_all(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	int i, failed = 0, released = 0;

	kwg_few = kvcalloc(KWG_FEW, sizeof(*kwg_few), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, kwg_few);
	kwg_given_back = 0;
	WRITE_ONCE(kwg_window_hook, kwg_give_back);
	for (kwg_taken = 0; kwg_taken < KWG_FEW; kwg_taken++)
		failed += kwaitgroup_hold(&wg, &kwg_few[kwg_taken]) != 0;
	WRITE_ONCE(kwg_window_hook, NULL);
	KUNIT_EXPECT_EQ(test, failed, 0);
	KUNIT_EXPECT_GT(test, kwg_given_back, 0);
	for (i = 0; i < KWG_FEW; i++)
		released += !kwg_few[i].id;
	KUNIT_EXPECT_GT(test, released, 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), KWG_FEW - released);
	for (i = 0; i < KWG_FEW; i++)
		if (kwg_few[i].id)
			kwaitgroup_release(&kwg_few[i]);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	kvfree(kwg_few);
}

#else

static void kwg_holder_is_handed_over(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_KWAITGROUP_DEBUG");
}

static void kwg_chunk_has_room_after_all(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_KWAITGROUP_DEBUG");
}

#endif

static struct kunit_case kwg_holder_window_cases[] = {
	KUNIT_CASE(kwg_holder_is_handed_over),
	KUNIT_CASE(kwg_chunk_has_room_after_all),
	{}
};

struct kunit_suite kwg_holder_window_suite = {
	.name = "kwaitgroup_holder_window",
	.test_cases = kwg_holder_window_cases,
};
