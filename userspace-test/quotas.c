// SPDX-License-Identifier: GPL-2.0
/* How many groups there can be, who pays for them, and many of everything. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "user.h"

#define MANY		10000
#define QUOTA		5
#define CHILDREN	200

FIXTURE(quota)
{
	int device;
	long groups;
};

FIXTURE_SETUP(quota)
{
	self->device = open_device();
	self->groups = stat_of("groups_registered");
	ASSERT_LE(0, self->groups);
}

FIXTURE_TEARDOWN(quota)
{
	EXPECT_EQ(0, param_set("max_user_groups", "16384"));
	EXPECT_EQ(self->groups, stat_of("groups_registered"));
	close(self->device);
}

static bool allow_descriptors(rlim_t n)
{
	struct rlimit limit = { .rlim_cur = n, .rlim_max = n };

	return !setrlimit(RLIMIT_NOFILE, &limit);
}

TEST_F_TIMEOUT(quota, ten_thousand_groups, 120)
{
	static int fds[MANY];
	int i;

	ASSERT_TRUE(allow_descriptors(MANY + 100));
	for (i = 0; i < MANY; i++) {
		fds[i] = kwg_create_at(self->device, "one-of-many", 0);
		ASSERT_LE(0, fds[i]);
		ASSERT_EQ(0, kwg_add(fds[i], 1));
	}
	EXPECT_EQ(self->groups + MANY, stat_of("groups_registered"));
	EXPECT_EQ(MANY, lines_with(DEBUGFS "groups", " one-of-many "));
	for (i = 0; i < MANY; i++) {
		ASSERT_EQ(0, kwg_done(fds[i], 1));
		ASSERT_EQ(0, kwg_wait(fds[i]));
		close(fds[i]);
	}
	EXPECT_EQ(self->groups, stat_of("groups_registered"));
}

TEST_F_TIMEOUT(quota, ten_thousand_members, 120)
{
	static int fds[MANY];
	int i, group = kwg_create_at(self->device, "members", 0);

	ASSERT_LE(0, group);
	ASSERT_TRUE(allow_descriptors(MANY + 100));
	for (i = 0; i < MANY; i++) {
		fds[i] = kwg_join(group, 0);
		ASSERT_LE(0, fds[i]);
	}
	EXPECT_EQ(MANY, count_of(group));
	for (i = 0; i < MANY; i++) {
		ASSERT_EQ(0, kwg_done(fds[i], 1));
		close(fds[i]);
	}
	EXPECT_EQ(0, kwg_wait(group));
	close(group);
}

/*
 * As a user who has no groups yet: makes some until it is refused. The real
 * user is who pays; the effective one stays root.
 */
static int groups_of_user(int device, uid_t uid, int *fds, int max)
{
	int i;

	if (setresuid(uid, -1, -1))
		return -1;
	for (i = 0; i < max; i++) {
		fds[i] = kwg_create_at(device, "quota", 0);
		if (fds[i] < 0)
			return fds[i] == -EDQUOT ? i : -1;
	}
	return i;
}

TEST_F(quota, of_a_user)
{
	int fds[QUOTA + 1];

	ASSERT_EQ(0, param_set("max_user_groups", "5"));
	ASSERT_EQ(QUOTA, groups_of_user(self->device, 1001, fds, QUOTA + 1));
	EXPECT_EQ(-EDQUOT, kwg_create_at(self->device, "quota", 0));
	EXPECT_EQ(self->groups + QUOTA, stat_of("groups_registered"));
	close(fds[0]);
	fds[0] = kwg_create_at(self->device, "quota", 0);
	EXPECT_LE(0, fds[0]);
	EXPECT_EQ(-EDQUOT, kwg_create_at(self->device, "quota", 0));
	while (fds[0] >= 0) {
		close(fds[0]);
		memmove(fds, fds + 1, sizeof(fds) - sizeof(fds[0]));
		fds[QUOTA] = -1;
	}
}

TEST_F(quota, of_one_user_and_not_of_another)
{
	int fds[QUOTA + 1];
	pid_t pid;

	ASSERT_EQ(0, param_set("max_user_groups", "5"));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int n = groups_of_user(self->device, 1002, fds, QUOTA + 1);
		pid_t other = fork();

		if (!other)
			_exit(kwg_create_at(self->device, "quota", 0) != -EDQUOT);
		_exit(n == QUOTA && !child_status(other) ? 0 : 1);
	}
	EXPECT_EQ(0, child_status(pid));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(groups_of_user(self->device, 1003, fds, QUOTA) != QUOTA);
	EXPECT_EQ(0, child_status(pid));
}

/* Who made it pays for it until it is gone: not at the close, if there are members. */
TEST_F(quota, as_long_as_there_are_members)
{
	int fds[2], member;

	ASSERT_EQ(0, param_set("max_user_groups", "1"));
	ASSERT_EQ(1, groups_of_user(self->device, 1004, fds, 2));
	member = kwg_join(fds[0], 0);
	ASSERT_LE(0, member);
	close(fds[0]);
	EXPECT_EQ(-EDQUOT, kwg_create_at(self->device, "quota", 0));
	EXPECT_EQ(0, kwg_done(member, 1));
	close(member);
	fds[0] = kwg_create_at(self->device, "quota", 0);
	EXPECT_LE(0, fds[0]);
	close(fds[0]);
}

/* A refusal for another reason does not count. */
TEST_F(quota, not_for_what_failed)
{
	int i, fds[2];

	ASSERT_EQ(0, param_set("max_user_groups", "1"));
	for (i = 0; i < 10; i++)
		EXPECT_EQ(-EINVAL, kwg_create_at(self->device, "a b", 0));
	ASSERT_TRUE(allow_descriptors(self->device + 1));
	for (i = 0; i < 10; i++)
		EXPECT_EQ(-EMFILE, kwg_create_at(self->device, "quota", 0));
	ASSERT_TRUE(allow_descriptors(64));
	EXPECT_EQ(1, groups_of_user(self->device, 1005, fds, 2));
	close(fds[0]);
}

TEST_F(quota, no_more_descriptors)
{
	int group = kwg_create_at(self->device, "quota", 0);

	ASSERT_LE(0, group);
	ASSERT_TRUE(allow_descriptors(group + 1));
	EXPECT_EQ(-EMFILE, kwg_create_at(self->device, "quota", 0));
	EXPECT_EQ(-EMFILE, kwg_join(group, 0));
	EXPECT_EQ(0, count_of(group));
	ASSERT_TRUE(allow_descriptors(64));
	close(group);
}

/* Each child is a member from its parent's add to its own done. */
TEST_F_TIMEOUT(quota, a_storm_of_children, 120)
{
	int i, group = kwg_create_at(self->device, "storm", 0);
	pid_t pids[CHILDREN];

	ASSERT_LE(0, group);
	for (i = 0; i < CHILDREN; i++) {
		ASSERT_EQ(0, kwg_add(group, 1));
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i])
			_exit(-kwg_done(group, 1));
	}
	EXPECT_EQ(0, kwg_wait(group));
	for (i = 0; i < CHILDREN; i++)
		EXPECT_EQ(0, child_status(pids[i]));
	EXPECT_EQ(0, count_of(group));
	close(group);
}

/* Half of the children die with their member. */
TEST_F_TIMEOUT(quota, a_storm_of_deaths, 120)
{
	int i, group = kwg_create_at(self->device, "deaths", 0);
	long died = stat_of("misuse_member_died");
	pid_t pids[CHILDREN];

	ASSERT_LE(0, group);
	for (i = 0; i < CHILDREN; i++) {
		int member = kwg_join(group, 0);

		ASSERT_LE(0, member);
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i])
			_exit(i % 2 ? 0 : -kwg_done(member, 1));
		close(member);
	}
	for (i = 0; i < CHILDREN; i++)
		EXPECT_EQ(0, child_status(pids[i]));
	EXPECT_EQ(-EOWNERDEAD, kwg_wait(group));
	EXPECT_EQ(0, count_of(group));
	EXPECT_EQ(died + CHILDREN / 2, stat_of("misuse_member_died"));
	close(group);
}

TEST_HARNESS_MAIN
