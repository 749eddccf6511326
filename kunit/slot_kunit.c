// SPDX-License-Identifier: GPL-2.0
/*
 * A slot that is handed from one task to another while somebody reads it. Both
 * join with the same member, as tasks do that hand one on, but other groups.
 */
#include <linux/cpumask.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../module/member/shard.h"
#include "kwg_lists.h"

#ifdef CONFIG_KWAITGROUP_DEBUG

#define KWG_MEMBER_PID	2	/* a column */

static struct kwaitgroup_member kwg_handed;

/* One of the two, by turns. */
struct kwg_heir {
	struct task_struct *task;
	struct kwaitgroup *wg;
	int err;
	struct completion join, joined, leave, left, exited;
};

static struct kwg_heir kwg_heirs[2];

/* The reader has come to a window; the second one has claimed the slot. */
static atomic_t kwg_read, kwg_claimed;
static struct completion kwg_publish;

static int kwg_heir_main(void *unused)
{
	struct kwg_heir *heir = &kwg_heirs[current == kwg_heirs[1].task];

	wait_for_completion(&heir->join);
	heir->err = kwaitgroup_join(heir->wg, &kwg_handed);
	complete_all(&heir->joined);
	wait_for_completion(&heir->leave);
	if (!heir->err)
		kwaitgroup_leave(&kwg_handed);
	complete_all(&heir->left);
	kthread_complete_and_exit(&heir->exited, 0);
}

static void kwg_spin_until(struct completion *done)
{
	while (!completion_done(done))
		cpu_relax();
}

/*
 * The reader has found the member of the first: that leaves, and the second one
 * claims the slot. When it is half way through the check, the second one joins.
 */
static void kwg_hand_over(enum kwg_window window)
{
	if (window == KWG_WINDOW_SLOT_CLAIMED && current == kwg_heirs[1].task) {
		atomic_set(&kwg_claimed, 1);
		wait_for_completion(&kwg_publish);
	} else if (window == KWG_WINDOW_SLOT_READ &&
		   !atomic_cmpxchg(&kwg_read, 0, 1)) {
		complete(&kwg_heirs[0].leave);
		kwg_spin_until(&kwg_heirs[0].left);
		complete(&kwg_heirs[1].join);
		while (!atomic_read(&kwg_claimed))
			cpu_relax();
	} else if (window == KWG_WINDOW_SLOT_CHECK &&
		   atomic_read(&kwg_claimed)) {
		complete(&kwg_publish);
		kwg_spin_until(&kwg_heirs[1].joined);
	}
}

/* Two of so many are in the same shard. */
#define KWG_CROWD	(KWG_NR_SHARDS + 1)

static struct task_struct *kwg_find_twin(struct task_struct **crowd, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		if (kwg_shard_nr(crowd[i]) == kwg_shard_nr(crowd[nr]))
			return crowd[i];
	return NULL;
}

/* Make the two heirs of a slot; all others go away again. */
static void kwg_make_heirs(struct kunit *test)
{
	struct task_struct **crowd = kcalloc(KWG_CROWD, sizeof(*crowd),
					     GFP_KERNEL);
	struct task_struct *twin = NULL;
	int i, nr;

	KUNIT_ASSERT_NOT_NULL(test, crowd);
	for (nr = 0; nr < KWG_CROWD && !twin; nr++) {
		crowd[nr] = kthread_create(kwg_heir_main,
					   NULL, "kwg_heir");
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, crowd[nr]);
		twin = kwg_find_twin(crowd, nr);
	}
	KUNIT_ASSERT_NOT_NULL(test, twin);
	kwg_heirs[0].task = twin;
	kwg_heirs[1].task = crowd[nr - 1];
	for (i = 0; i < nr; i++)
		if (crowd[i] != twin && crowd[i] != kwg_heirs[1].task)
			kthread_stop(crowd[i]);
	kfree(crowd);
}

static void kwg_init_heir(struct kwg_heir *heir, struct kwaitgroup *wg)
{
	heir->wg = wg;
	init_completion(&heir->join);
	init_completion(&heir->joined);
	init_completion(&heir->leave);
	init_completion(&heir->left);
	init_completion(&heir->exited);
}

/* If the list has a member of @group, it is that of @task. */
static void kwg_expect_pair(struct kunit *test, const char *list,
			    const char *group, const struct task_struct *task)
{
	char *row = kwg_find_line(list, group);

	if (row)
		KUNIT_EXPECT_EQ(test, kwg_number(row, KWG_MEMBER_PID),
				(long)task->pid);
	kfree(row);
}

static void kwg_slot_is_handed_over(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(first);
	DECLARE_KWAITGROUP_ONSTACK(second);
	char *list;

	kwg_need_files(test);
	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&first, "testator"), 0);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&second, "heir"), 0);
	kwg_init_heir(&kwg_heirs[0], &first);
	kwg_init_heir(&kwg_heirs[1], &second);
	init_completion(&kwg_publish);
	atomic_set(&kwg_read, 0);
	atomic_set(&kwg_claimed, 0);
	kwg_make_heirs(test);
	wake_up_process(kwg_heirs[0].task);
	complete(&kwg_heirs[0].join);
	wait_for_completion(&kwg_heirs[0].joined);
	wake_up_process(kwg_heirs[1].task);

	WRITE_ONCE(kwg_window_hook, kwg_hand_over);
	list = kwg_read_file(test, KWG_DEBUGFS "members");
	complete_all(&kwg_publish);
	wait_for_completion(&kwg_heirs[1].joined);
	WRITE_ONCE(kwg_window_hook, NULL);
	KUNIT_EXPECT_TRUE(test, atomic_read(&kwg_claimed));
	kwg_expect_pair(test, list, " testator ", kwg_heirs[0].task);
	kwg_expect_pair(test, list, " heir ", kwg_heirs[1].task);
	kvfree(list);

	complete(&kwg_heirs[1].leave);
	wait_for_completion(&kwg_heirs[0].exited);
	wait_for_completion(&kwg_heirs[1].exited);
	KUNIT_EXPECT_EQ(test, kwg_heirs[0].err, 0);
	KUNIT_EXPECT_EQ(test, kwg_heirs[1].err, 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&first), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&second), 0);
	kwaitgroup_unregister(&first);
	kwaitgroup_unregister(&second);
}

#else

static void kwg_slot_is_handed_over(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_KWAITGROUP_DEBUG");
}

#endif

static struct kunit_case kwg_slot_cases[] = {
	KUNIT_CASE_SLOW(kwg_slot_is_handed_over),
	{}
};

struct kunit_suite kwg_slot_suite = {
	.name = "kwaitgroup_slot",
	.test_cases = kwg_slot_cases,
};
