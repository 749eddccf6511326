// SPDX-License-Identifier: GPL-2.0
/*
 * accounting=1: members by call site, their peak and generations, to the last
 * one; turned on while groups are in use, and off again.
 */
#include "kwg_lists.h"

#define KWG_ACCOUNTING	"/sys/module/kwaitgroup/parameters/accounting"
#define KWG_ADDERS	4
#define KWG_ADDS	250

enum { SITES_ID, SITES_NAME, SITES_ADDED, SITES_FINISHED };
enum { TOTALS_ID, TOTALS_NAME, TOTALS_ADDED, TOTALS_FINISHED, TOTALS_PEAK,
	TOTALS_GENERATIONS };

static int kwg_accounting_init(struct kunit *test)
{
	kwg_need_files(test);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_ACCOUNTING, "1"), 1);
	return 0;
}

static void kwg_accounting_exit(struct kunit *test)
{
#ifdef MODULE
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_ACCOUNTING, "0"), 1);
#endif
}

/* Call sites that are told apart by the function they are in. */

static noinline void kwg_adds_three(struct kwaitgroup *wg)
{
	kwaitgroup_add(wg, 3);
}

static noinline void kwg_finishes_one(struct kwaitgroup *wg)
{
	kwaitgroup_done(wg);
}

static noinline void kwg_finishes_two(struct kwaitgroup *wg)
{
	kwaitgroup_add(wg, -2);
}

/* What a site has added and finished; a site that never did has no line. */
static void kwg_expect_site(struct kunit *test, const char *listed,
			    const char *function, long added, long finished)
{
	char *row = kwg_find_line(listed, function);

	KUNIT_EXPECT_TRUE(test, row);
	KUNIT_EXPECT_EQ(test, kwg_number(row, SITES_ADDED), added);
	KUNIT_EXPECT_EQ(test, kwg_number(row, SITES_FINISHED), finished);
	kfree(row);
}

static void kwg_expect_totals(struct kunit *test, const char *name, long added,
			      long peak, long generations)
{
	char *row = kwg_file_line(test, KWG_DEBUGFS "totals", name);

	KUNIT_EXPECT_TRUE(test, row);
	KUNIT_EXPECT_EQ(test, kwg_number(row, TOTALS_ADDED), added);
	KUNIT_EXPECT_EQ(test, kwg_number(row, TOTALS_FINISHED), added);
	KUNIT_EXPECT_EQ(test, kwg_number(row, TOTALS_PEAK), peak);
	KUNIT_EXPECT_EQ(test, kwg_number(row, TOTALS_GENERATIONS),
			generations);
	kfree(row);
}

static void kwg_sites_are_exact(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	char *listed;
	int i;

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "sites"), 0);
	for (i = 0; i < 5; i++) {
		kwg_adds_three(&wg);
		kwg_finishes_one(&wg);
		kwg_finishes_two(&wg);
	}
	listed = kwg_read_file(test, KWG_DEBUGFS "sites");
	kwg_expect_site(test, listed, "kwg_adds_three+0x", 15, 0);
	kwg_expect_site(test, listed, "kwg_finishes_one+0x", 0, 5);
	kwg_expect_site(test, listed, "kwg_finishes_two+0x", 0, 10);
	kvfree(listed);
	kwg_expect_totals(test, " sites ", 15, 3, 5);
	kwaitgroup_unregister(&wg);
}

/* What was counted before it was off would not add up with what comes after. */
static void kwg_counts_anew(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "anew"), 0);
	kwg_adds_three(&wg);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_ACCOUNTING, "maybe"),
			(ssize_t)-EINVAL);
	/* On and off once, however often it is said. */
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_ACCOUNTING, "1"), 1);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_ACCOUNTING, "0"), 1);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_ACCOUNTING, "0"), 1);
	kwaitgroup_add(&wg, -3);
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_ACCOUNTING, "1"), 1);
	kwg_adds_three(&wg);
	kwg_finishes_one(&wg);
	kwg_finishes_two(&wg);
	kwg_expect_totals(test, " anew ", 3, 3, 1);
	kwaitgroup_unregister(&wg);
}

static noinline int kwg_named_main(void *wg)
{
	struct kwaitgroup_member m = {};
	int err = kwaitgroup_join(wg, &m);

	if (!err)
		kwaitgroup_leave(&m);
	return err;
}

/* Members with a name are added and finished by their calls. */
static void kwg_sites_of_members(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	char *listed;

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "named"), 0);
	KUNIT_EXPECT_EQ(test, kwg_named_main(&wg), 0);
	listed = kwg_read_file(test, KWG_DEBUGFS "sites");
	KUNIT_EXPECT_EQ(test, kwg_occurs(listed, " named "), 2);
	KUNIT_EXPECT_EQ(test, kwg_occurs(listed, "kwg_named_main+0x"), 2);
	kwg_expect_site(test, listed, " named ", 1, 0);
	kvfree(listed);
	kwg_expect_totals(test, " named ", 1, 1, 1);
	kwaitgroup_unregister(&wg);
}

static int kwg_adder_main(void *wg)
{
	int i;

	for (i = 0; i < KWG_ADDS; i++) {
		kwg_adds_three(wg);
		kwg_finishes_two(wg);
		kwg_finishes_one(wg);
	}
	return 0;
}

/* Nothing is lost when several count at the same time. */
static void kwg_sites_from_many_threads(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread t[KWG_ADDERS];
	char *listed;
	int i;

	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "crowd"), 0);
	for (i = 0; i < KWG_ADDERS; i++)
		kwg_start(test, &t[i], kwg_adder_main, &wg);
	for (i = 0; i < KWG_ADDERS; i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&t[i]), 0);
	listed = kwg_read_file(test, KWG_DEBUGFS "sites");
	kwg_expect_site(test, listed, "kwg_adds_three+0x",
			3 * KWG_ADDERS * KWG_ADDS, 0);
	kwg_expect_site(test, listed, "kwg_finishes_one+0x", 0,
			KWG_ADDERS * KWG_ADDS);
	kwg_expect_site(test, listed, "kwg_finishes_two+0x", 0,
			2 * KWG_ADDERS * KWG_ADDS);
	kvfree(listed);
	kwaitgroup_unregister(&wg);
}

/* So many call sites of a group are told apart; the others have one line. */
#define KWG_SITES_APART	15
#define KWG_SITES_ALL	20

static void kwg_sites_are_limited(struct kunit *test)
{
	unsigned long site = (unsigned long)kwg_sites_are_exact;
	DECLARE_KWAITGROUP_ONSTACK(wg);
	char *listed, *row;
	int i;

	/* Known, it is taken for a call to there. */
	OPTIMIZER_HIDE_VAR(site);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "scattered"), 0);
	for (i = 0; i < KWG_SITES_ALL; i++)
		__kwaitgroup_add(&wg, 1, site + i);
	__kwaitgroup_add(&wg, -KWG_SITES_ALL, site);
	listed = kwg_read_file(test, KWG_DEBUGFS "sites");
	KUNIT_EXPECT_EQ(test, kwg_occurs(listed, " scattered "),
			KWG_SITES_APART + 1);
	row = kwg_find_line(listed, " 0 -\n");
	KUNIT_EXPECT_TRUE(test, row && strstr(row, " scattered "));
	KUNIT_EXPECT_EQ(test, kwg_number(row, SITES_ADDED),
			(long)(KWG_SITES_ALL - KWG_SITES_APART));
	kfree(row);
	kvfree(listed);
	kwg_expect_totals(test, " scattered ", KWG_SITES_ALL, KWG_SITES_ALL, 1);
	kwaitgroup_unregister(&wg);
}

/* Off: headers only, and what is added is not counted. */
static void kwg_accounting_is_off(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	char *listed;

	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_ACCOUNTING, "0"), 1);
	KUNIT_ASSERT_EQ(test, kwaitgroup_register(&wg, "unseen"), 0);
	kwg_adds_three(&wg);
	listed = kwg_read_file(test, KWG_DEBUGFS "sites");
	KUNIT_EXPECT_EQ(test, kwg_occurs(listed, "\n"), 1);
	kvfree(listed);
	listed = kwg_read_file(test, KWG_DEBUGFS "totals");
	KUNIT_EXPECT_EQ(test, kwg_occurs(listed, "\n"), 1);
	kvfree(listed);

	/* Turned on with members in it: what came before is not known. */
	KUNIT_EXPECT_EQ(test, kwg_write_file(test, KWG_ACCOUNTING, "1"), 1);
	kwg_finishes_two(&wg);
	kwg_finishes_one(&wg);
	listed = kwg_read_file(test, KWG_DEBUGFS "sites");
	kwg_expect_site(test, listed, "kwg_finishes_two+0x", 0, 2);
	KUNIT_EXPECT_FALSE(test, strstr(listed, "kwg_adds_three+0x"));
	kvfree(listed);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	kwaitgroup_unregister(&wg);
}

static struct kunit_case kwg_accounting_cases[] = {
	KUNIT_CASE(kwg_sites_are_exact),
	KUNIT_CASE(kwg_counts_anew),
	KUNIT_CASE(kwg_sites_of_members),
	KUNIT_CASE(kwg_sites_from_many_threads),
	KUNIT_CASE(kwg_sites_are_limited),
	KUNIT_CASE(kwg_accounting_is_off),
	{}
};

struct kunit_suite kwg_accounting_suite = {
	.name = "kwaitgroup_accounting",
	.init = kwg_accounting_init,
	.exit = kwg_accounting_exit,
	.test_cases = kwg_accounting_cases,
};
