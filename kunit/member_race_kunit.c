// SPDX-License-Identifier: GPL-2.0
/* A group is free on return for members that are known by name as well. */
#include <linux/module.h>
#include <linux/string.h>

#include "kwg_kunit.h"

static int member_rounds = IS_ENABLED(CONFIG_KASAN) ||
			   IS_ENABLED(CONFIG_KCSAN) ? 1000 : 10000;
module_param(member_rounds, int, 0444);
MODULE_PARM_DESC(member_rounds, "Rounds of free-on-return with named members");

/*
 * Free on return: members join a group in a frame that the owner overwrites as
 * soon as its wait has returned, and hands to the next round.
 */
#define KWG_CREW	3

struct kwg_member_crew {
	struct kwg_gate gate;
	struct kwaitgroup *wg;
	bool stop;
};

static int kwg_crew_main(void *arg)
{
	struct kwg_member_crew *crew = arg;
	int round = 0, failed = 0;

	for (;;) {
		struct kwaitgroup_member m = {};

		kwg_gate_pass(&crew->gate, ++round);
		if (crew->stop)
			return failed;
		if (kwaitgroup_adopt(crew->wg, &m)) {
			failed++;
			kwaitgroup_done(crew->wg);
		} else {
			kwaitgroup_leave(&m);
		}
	}
}

static noinline void kwg_crew_round(struct kunit *test,
				    struct kwg_member_crew *crew, int round)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	kwaitgroup_add(&wg, KWG_CREW);
	crew->wg = &wg;
	kwg_gate_open(&crew->gate, round);
	KUNIT_EXPECT_EQ(test, kwaitgroup_wait(&wg), 0);
	memset(&wg, 0xff, sizeof(wg));
	/* Whoever still writes to it is found out here, or by KASAN. */
	OPTIMIZER_HIDE_VAR(crew);
	KUNIT_EXPECT_FALSE(test, memchr_inv(&wg, 0xff, sizeof(wg)));
}

static void kwg_members_free_on_return(struct kunit *test)
{
	struct kwg_member_crew crew = {};
	struct kwg_thread t[KWG_CREW];
	int i, round;

	kwg_gate_init(&crew.gate);
	for (i = 0; i < KWG_CREW; i++)
		kwg_start(test, &t[i], kwg_crew_main, &crew);
	for (round = 1; round <= member_rounds; round++)
		kwg_crew_round(test, &crew, round);
	crew.stop = true;
	kwg_gate_open(&crew.gate, round);
	for (i = 0; i < KWG_CREW; i++)
		KUNIT_EXPECT_EQ(test, kwg_join(&t[i]), 0);
}

static struct kunit_case kwg_member_race_cases[] = {
	KUNIT_CASE_SLOW(kwg_members_free_on_return),
	{}
};

struct kunit_suite kwg_member_race_suite = {
	.name = "kwaitgroup_member_race",
	.test_cases = kwg_member_race_cases,
};
