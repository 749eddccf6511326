// SPDX-License-Identifier: GPL-2.0
/*
 * What misuse does, as chosen by the parameter of that name: its values, and
 * that misuse=bug ends the culprit and nobody else. Runs after the kinds of
 * misuse.
 */
#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "kwg_console.h"
#include "kwg_lists.h"

#define KWG_PARAMETER	"/sys/module/kwaitgroup/parameters/misuse"

/* Values of misuse= and what writing them returns. */
static const struct kwg_mode_case {
	const char *desc, *text, *reads;
	ssize_t result;
} kwg_mode_cases[] = {
	{ "bug", "bug\n", "bug\n", 4 },
	{ "warn", "warn", "warn\n", 4 },
	{ "unknown", "panic\n", "warn\n", -EINVAL },
	{ "prefix", "bu\n", "warn\n", -EINVAL },
	{ "longer", "bugs\n", "warn\n", -EINVAL },
	{ "empty", "\n", "warn\n", -EINVAL },
};

static void kwg_mode_desc(const struct kwg_mode_case *c, char *desc)
{
	strscpy(desc, c->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kwg_mode, kwg_mode_cases, kwg_mode_desc);

static void kwg_mode_checked(struct kunit *test)
{
	const struct kwg_mode_case *c = test->param_value;
	char *reads;

	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_PARAMETER, c->text),
			c->result);
	reads = kwg_read_file(test, KWG_PARAMETER);
	KUNIT_EXPECT_STREQ(test, reads, c->reads);
	kvfree(reads);
}

static int kwg_bug_main(void *arg)
{
	kwaitgroup_done(arg);
	return 0;
}

/*
 * misuse=bug: the culprit dies, the rest of the kernel goes on, and the group
 * is as it was, and broken. The group is static, as the thread never returns.
 */
static DEFINE_KWAITGROUP(kwg_bug_group);

static void kwg_bug_kills_culprit(struct kunit *test)
{
	struct task_struct *task;

	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_PARAMETER, "bug"), 3);
	task = kthread_create(kwg_bug_main, &kwg_bug_group, "kwg_culprit");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	get_task_struct(task);
	wake_up_process(task);
	KUNIT_EXPECT_TRUE(test, kwg_until(READ_ONCE(task->exit_state)));
	put_task_struct(task);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_PARAMETER, "warn"), 4);

	KUNIT_EXPECT_EQ(test, kwg_log.bugs, 1);
	KUNIT_EXPECT_EQ(test, kwg_log.reports, 1);
	KUNIT_EXPECT_TRUE(test, strstr(kwg_log.line, "kwg_bug_main"));
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&kwg_bug_group), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&kwg_bug_group), -EBADFD);
	KUNIT_EXPECT_EQ(test, kwaitgroup_reinit(&kwg_bug_group), 0);
}

/*
 * Registered, and left so: unloading this module must report it and take it
 * off the list. The boot's script looks.
 */
static DEFINE_KWAITGROUP(kwg_left_behind);

static void kwg_leave_group_behind(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kwaitgroup_register(&kwg_left_behind,
						  "left-behind"), 0);
}

/* Two addresses of a page, in one block: while one is used, nobody gets the other. */
struct kwg_mapped_twice {
	struct page *page;
	void *kept, *gone;
};

static void kwg_map_twice(struct kunit *test, struct kwg_mapped_twice *m)
{
	m->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, m->page);
	m->kept = vm_map_ram(&m->page, 1, NUMA_NO_NODE);
	m->gone = vm_map_ram(&m->page, 1, NUMA_NO_NODE);
	KUNIT_ASSERT_NOT_NULL(test, m->kept);
	KUNIT_ASSERT_NOT_NULL(test, m->gone);
}

/*
 * Freed without being unregistered, and the memory is not there any more: the
 * list survives it and says so. Reported when this module is unloaded.
 */
static void kwg_gone_is_listed(struct kunit *test)
{
	struct kwg_mapped_twice m;
	struct kwaitgroup *wg;
	char *row;

	kwg_map_twice(test, &m);
	wg = m.gone;
	kwaitgroup_init(wg);
	kwaitgroup_add(wg, 3);
	KUNIT_EXPECT_EQ(test, kwaitgroup_register(wg, "gone"), 0);
	vm_unmap_ram(m.gone, 1);
	/* And from the TLB. */
	vm_unmap_aliases();
	row = kwg_file_line(test, KWG_DEBUGFS "groups", " gone ");
	KWG_EXPECT_COLUMN(test, row, GROUP_COUNT, "0");
	KWG_EXPECT_COLUMN(test, row, GROUP_WAITERS, "no");
	KWG_EXPECT_COLUMN(test, row, GROUP_FLAGS, "G");
	kfree(row);
	vm_unmap_ram(m.kept, 1);
	__free_page(m.page);
}

static struct kunit_case kwg_mode_case_list[] = {
	KUNIT_CASE_PARAM(kwg_mode_checked, kwg_mode_gen_params),
	KUNIT_CASE(kwg_bug_kills_culprit),
	KUNIT_CASE(kwg_leave_group_behind),
	KUNIT_CASE(kwg_gone_is_listed),
	{}
};

struct kunit_suite kwg_mode_suite = {
	.name = "kwaitgroup_mode",
	.init = kwg_console_watch,
	.exit = kwg_console_unwatch,
	.test_cases = kwg_mode_case_list,
};
