// SPDX-License-Identifier: GPL-2.0
/*
 * Misuse of members and holders: each kind is reported once, with its text and its call,
 * counted, and without effect on the count of the group.
 */
#include <linux/irq_work.h>
#include <linux/kwaitgroup_holder.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../module/core/core.h"
#include "kwg_dying.h"
#include "kwg_lists.h"

/*
 * One misuse each, in a function of its own, so that the report can name it.
 * Each leaves the group with one member. The barriers keep the compiler from
 * leaving by a jump into the callee.
 */

static noinline void kwg_bad_join_twice(struct kwaitgroup *wg)
{
	struct kwaitgroup_member m = {};

	WARN_ON_ONCE(kwaitgroup_join(wg, &m));
	kwaitgroup_add(wg, 1);
	WARN_ON_ONCE(kwaitgroup_join(wg, &m) != -EBUSY);
	kwaitgroup_leave(&m);
	barrier();
}

/* The second group is not touched either. */
static noinline void kwg_bad_join_other_group(struct kwaitgroup *wg)
{
	struct kwaitgroup_member m = {};
	DECLARE_KWAITGROUP_ONSTACK(first);

	kwaitgroup_add(wg, 1);
	WARN_ON_ONCE(kwaitgroup_join(&first, &m));
	WARN_ON_ONCE(kwaitgroup_join(wg, &m) != -EBUSY);
	kwaitgroup_leave(&m);
	WARN_ON_ONCE(kwaitgroup_wait(&first));
	barrier();
}

static noinline void kwg_bad_adopt_twice(struct kwaitgroup *wg)
{
	struct kwaitgroup_member m = {};

	kwaitgroup_add(wg, 2);
	WARN_ON_ONCE(kwaitgroup_adopt(wg, &m));
	WARN_ON_ONCE(kwaitgroup_adopt(wg, &m) != -EBUSY);
	kwaitgroup_leave(&m);
	barrier();
}

static noinline void kwg_bad_leave_twice(struct kwaitgroup *wg)
{
	struct kwaitgroup_member m = {};

	kwaitgroup_add(wg, 1);
	WARN_ON_ONCE(kwaitgroup_join(wg, &m));
	kwaitgroup_leave(&m);
	kwaitgroup_leave(&m);
	barrier();
}

static noinline void kwg_bad_leave_unjoined(struct kwaitgroup *wg)
{
	struct kwaitgroup_member m = {};

	kwaitgroup_add(wg, 1);
	kwaitgroup_leave(&m);
	barrier();
}

/* A member of this thread, left by another, and then by this one. */
struct kwg_stolen {
	struct kwaitgroup_member m;
	struct completion left;
};

static int kwg_bad_leave_stolen(void *arg)
{
	struct kwg_stolen *stolen = arg;

	kwaitgroup_leave(&stolen->m);
	complete(&stolen->left);
	return 0;
}

static void kwg_provoke_stolen(struct kwaitgroup *wg)
{
	struct kwg_stolen stolen = {};
	struct task_struct *thief;

	init_completion(&stolen.left);
	kwaitgroup_add(wg, 1);
	WARN_ON_ONCE(kwaitgroup_join(wg, &stolen.m));
	thief = kthread_run(kwg_bad_leave_stolen, &stolen, "kwg_thief");
	if (!WARN_ON_ONCE(IS_ERR(thief)))
		wait_for_completion(&stolen.left);
	WARN_ON_ONCE(kwaitgroup_count(wg) != 2);
	kwaitgroup_leave(&stolen.m);
}

/* In a hard interrupt, which has no business in the task it interrupts. */
struct kwg_interrupt {
	struct irq_work work;
	struct kwaitgroup *wg;
	struct kwaitgroup_member m;
	int err;
};

static void kwg_bad_join_interrupt(struct irq_work *work)
{
	struct kwg_interrupt *irq = container_of(work, typeof(*irq), work);

	irq->err = kwaitgroup_join(irq->wg, &irq->m);
}

static void kwg_bad_leave_interrupt(struct irq_work *work)
{
	struct kwg_interrupt *irq = container_of(work, typeof(*irq), work);

	kwaitgroup_leave(&irq->m);
	barrier();
}

static void kwg_provoke_join_interrupt(struct kwaitgroup *wg)
{
	struct kwg_interrupt irq = {
		.work = IRQ_WORK_INIT_HARD(kwg_bad_join_interrupt), .wg = wg,
	};

	kwaitgroup_add(wg, 1);
	irq_work_queue(&irq.work);
	irq_work_sync(&irq.work);
	WARN_ON_ONCE(irq.err != -EWOULDBLOCK);
}

static void kwg_provoke_leave_interrupt(struct kwaitgroup *wg)
{
	struct kwg_interrupt irq = {
		.work = IRQ_WORK_INIT_HARD(kwg_bad_leave_interrupt), .wg = wg,
	};

	kwaitgroup_add(wg, 1);
	WARN_ON_ONCE(kwaitgroup_join(wg, &irq.m));
	irq_work_queue(&irq.work);
	irq_work_sync(&irq.work);
	kwaitgroup_leave(&irq.m);
}

/* The guard cannot adopt there, but the scope ends with its done. */
static void kwg_bad_adopted_interrupt(struct irq_work *work)
{
	struct kwg_interrupt *irq = container_of(work, typeof(*irq), work);

	CLASS(kwaitgroup_adopted, m)(irq->wg);
	irq->err = kwaitgroup_count(irq->wg);
}

static void kwg_provoke_adopted_interrupt(struct kwaitgroup *wg)
{
	struct kwg_interrupt irq = {
		.work = IRQ_WORK_INIT_HARD(kwg_bad_adopted_interrupt), .wg = wg,
	};

	kwaitgroup_add(wg, 2);
	irq_work_queue(&irq.work);
	irq_work_sync(&irq.work);
	WARN_ON_ONCE(irq.err != 2);
}

static noinline void kwg_bad_hold_twice(struct kwaitgroup *wg)
{
	struct kwaitgroup_holder h = {};

	kwaitgroup_add(wg, 1);
	WARN_ON_ONCE(kwaitgroup_hold(wg, &h));
	WARN_ON_ONCE(kwaitgroup_hold(wg, &h) != -EBUSY);
	kwaitgroup_release(&h);
	barrier();
}

static noinline void kwg_bad_release_twice(struct kwaitgroup *wg)
{
	struct kwaitgroup_holder h = {};

	kwaitgroup_add(wg, 1);
	WARN_ON_ONCE(kwaitgroup_hold(wg, &h));
	kwaitgroup_release(&h);
	kwaitgroup_release(&h);
	barrier();
}

static noinline void kwg_bad_release_untaken(struct kwaitgroup *wg)
{
	struct kwaitgroup_holder h;

	memset(&h, 0x5a, sizeof(h));
	kwaitgroup_add(wg, 1);
	kwaitgroup_release(&h);
	barrier();
}

/* Another one has its place now. */
static noinline void kwg_bad_release_copy(struct kwaitgroup *wg)
{
	struct kwaitgroup_holder h = {}, copy;

	kwaitgroup_add(wg, 1);
	WARN_ON_ONCE(kwaitgroup_hold(wg, &h));
	copy = h;
	kwaitgroup_release(&copy);
	kwaitgroup_release(&h);
	barrier();
}

static const struct kwg_member_misuse_case {
	const char *key;	/* in debugfs' stats */
	const char *caller;
	void (*provoke)(struct kwaitgroup *wg);
	const char *text;
} kwg_member_misuse_cases[] = {
	{ "misuse_joined", "kwg_bad_join_twice", kwg_bad_join_twice,
	  "joined with a member that is joined already, adding 1" },
	{ "misuse_joined", "kwg_bad_join_other_group", kwg_bad_join_other_group,
	  "joined with a member that is joined already, adding 1" },
	{ "misuse_joined", "kwg_bad_adopt_twice", kwg_bad_adopt_twice,
	  "joined with a member that is joined already, adding 1" },
	{ "misuse_not_joined", "kwg_bad_leave_twice", kwg_bad_leave_twice,
	  "left twice or never joined, leaving 1" },
	{ "misuse_not_joined", "kwg_bad_leave_unjoined", kwg_bad_leave_unjoined,
	  "left twice or never joined, leaving 1" },
	{ "misuse_not_owner", "kwg_bad_leave_stolen", kwg_provoke_stolen,
	  "left a member that another task has joined, leaving 1" },
	{ "misuse_member_context", "kwg_bad_join_interrupt",
	  kwg_provoke_join_interrupt,
	  "joined or left in an interrupt, members 1" },
	{ "misuse_member_context", "kwg_bad_adopted_interrupt",
	  kwg_provoke_adopted_interrupt,
	  "joined or left in an interrupt, members 1" },
	{ "misuse_member_context", "kwg_bad_leave_interrupt",
	  kwg_provoke_leave_interrupt,
	  "joined or left in an interrupt, members 1" },
	{ "misuse_held", "kwg_bad_hold_twice", kwg_bad_hold_twice,
	  "taken with a holder that holds a group already, adding 1" },
	{ "misuse_not_held", "kwg_bad_release_twice", kwg_bad_release_twice,
	  "released twice or never taken, holders 1" },
	{ "misuse_not_held", "kwg_bad_release_untaken", kwg_bad_release_untaken,
	  "released twice or never taken, holders 1" },
	{ "misuse_not_held", "kwg_bad_release_copy", kwg_bad_release_copy,
	  "released twice or never taken, holders 1" },
};

static void kwg_member_misuse_desc(const struct kwg_member_misuse_case *c,
				   char *desc)
{
	strscpy(desc, c->caller, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_member_misuse, kwg_member_misuse_cases,
		  kwg_member_misuse_desc);

static void kwg_member_misuse_reported(struct kunit *test)
{
	const struct kwg_member_misuse_case *c = test->param_value;
	long before = kwg_stat(test, c->key);
	DECLARE_KWAITGROUP_ONSTACK(wg);
	char *row;

	c->provoke(&wg);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 1);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, c->text));
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, c->caller));
	KUNIT_EXPECT_EQ(test, kwg_stat(test, c->key), before + 1);
	row = kwg_file_line(test, KWG_DEBUGFS "misuse", c->caller);
	KUNIT_EXPECT_TRUE(test, row && strstr(row, c->key + strlen("misuse_")));
	kfree(row);

	/* Not broken, and nobody too many or too few. */
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait_timeout(&wg, 0), -ETIMEDOUT);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "members"), 0L);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "holders"), 0L);
}

#ifdef CONFIG_KWAITGROUP_DEBUG

/* Just before one takes a holder off, another one does. */
static struct kwaitgroup_holder *kwg_disputed;

static void kwg_release_first(enum kwg_window window)
{
	struct kwaitgroup_holder *h = kwg_disputed;

	if (window != KWG_WINDOW_RELEASE || !h)
		return;
	kwg_disputed = NULL;
	kwaitgroup_release(h);
}

static void kwg_released_by_two(struct kunit *test)
{
	long before = kwg_stat(test, "misuse_not_held");
	struct kwaitgroup_holder h = {};
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwaitgroup_add(&wg, 1);
	KUNIT_EXPECT_EQ(test, kwaitgroup_hold(&wg, &h), 0);
	kwg_disputed = &h;
	WRITE_ONCE(kwg_window_hook, kwg_release_first);
	kwaitgroup_release(&h);
	WRITE_ONCE(kwg_window_hook, NULL);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	KUNIT_EXPECT_EQ(test, kwg_stat(test, "misuse_not_held"), before + 1);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
}

#else

static void kwg_released_by_two(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_KWAITGROUP_DEBUG");
}

#endif

static struct kunit_case kwg_member_misuse_list[] = {
	KUNIT_CASE_PARAM(kwg_member_misuse_reported,
			 kwg_member_misuse_gen_params),
	KUNIT_CASE(kwg_released_by_two),
	{}
};

struct kunit_suite kwg_member_misuse_suite = {
	.name = "kwaitgroup_member_misuse",
	.init = kwg_console_watch,
	.exit = kwg_console_unwatch,
	.test_cases = kwg_member_misuse_list,
};
