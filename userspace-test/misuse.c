// SPDX-License-Identifier: GPL-2.0
/*
 * Misuse by a driver, which user space can see and never cause: one WARN, or a
 * BUG that ends the culprit and nothing else. Each report is counted in the
 * guest's log. In a boot of its own, as everywhere else a WARN is a failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "kwaitgroup_test.h"
#include "user.h"

FIXTURE(misuse)
{
	int door;
	int group;
	int log;
};

FIXTURE_VARIANT(misuse)
{
	const char *mode;	/* of the module */
	unsigned int what;
	const char *stat;
	unsigned int members;
	bool closed;
	unsigned int died;
	int result;		/* of a wait afterwards */
};

FIXTURE_VARIANT_ADD(misuse, negative_warn) {
	.mode = "warn",
	.what = KWAITGROUP_TEST_NEGATIVE,
	.stat = "misuse_negative",
	.result = -EBADFD,
};

FIXTURE_VARIANT_ADD(misuse, overflow_warn) {
	.mode = "warn",
	.what = KWAITGROUP_TEST_OVERFLOW,
	.stat = "misuse_overflow",
	.result = -EBADFD,
};

/* Refused, undone by the done, and no reason to distrust the count. */
FIXTURE_VARIANT_ADD(misuse, closed_warn) {
	.mode = "warn",
	.what = KWAITGROUP_TEST_CLOSED,
	.stat = "misuse_closed",
	.closed = true,
};

FIXTURE_VARIANT_ADD(misuse, reinit_warn) {
	.mode = "warn",
	.what = KWAITGROUP_TEST_REINIT,
	.stat = "misuse_reinit",
	.members = 1,
	.result = -ETIMEDOUT,
};

FIXTURE_VARIANT_ADD(misuse, negative_bug) {
	.mode = "bug",
	.what = KWAITGROUP_TEST_NEGATIVE,
	.stat = "misuse_negative",
	.died = 1,
	.result = -EBADFD,
};

FIXTURE_VARIANT_ADD(misuse, overflow_bug) {
	.mode = "bug",
	.what = KWAITGROUP_TEST_OVERFLOW,
	.stat = "misuse_overflow",
	.died = 1,
	.result = -EBADFD,
};

FIXTURE_SETUP(misuse)
{
	ASSERT_EQ(0, param_set("misuse", variant->mode));
	self->door = open(KWAITGROUP_TEST_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->door);
	self->group = kwg_create("misused", KWAITGROUP_FD_CLOEXEC);
	ASSERT_LE(0, self->group);
	self->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, self->log);
	ASSERT_NE(-1, lseek(self->log, 0, SEEK_END));
	if (variant->members)
		ASSERT_EQ(0, kwg_add(self->group, variant->members));
	if (variant->closed)
		ASSERT_EQ(0, kwg_shut(self->group));
}

FIXTURE_TEARDOWN(misuse)
{
	EXPECT_EQ(0, param_set("misuse", "warn"));
	if (variant->members)
		kwg_done(self->group, variant->members);
	close(self->log);
	close(self->group);
	close(self->door);
}

/* What a report is known by in the log since the test began. */
struct reports {
	int warnings;
	int bugs;
	int names;		/* of our group */
};

static struct reports read_reports(int log)
{
	struct reports found = {};
	char record[8192];
	ssize_t len;

	while ((len = read(log, record, sizeof(record) - 1)) > 0) {
		record[len] = '\0';
		/* A BUG may make the kernel warn of something else. */
		found.warnings += strstr(record, "WARNING: ") &&
				  strstr(record, "kwg_misuse");
		found.bugs += !!strstr(record, "kernel BUG at ");
		found.names += !!strstr(record, " group misused,");
	}
	return found;
}

static int commit(int door, int group, unsigned int what, unsigned int *died)
{
	struct kwaitgroup_test_misuse arg = {
		.size = sizeof(arg),
		.fd = group,
		.what = what,
	};
	int err = raw_ioctl(door, KWAITGROUP_TEST_IOC_MISUSE, &arg);

	*died = arg.died;
	return err;
}

TEST_F(misuse, is_reported_once_and_survived)
{
	bool bug = !strcmp(variant->mode, "bug");
	long before = stat_of(variant->stat);
	struct reports reports;
	unsigned int died = 99;

	ASSERT_LE(0, before);
	ASSERT_EQ(0, commit(self->door, self->group, variant->what, &died));
	EXPECT_EQ(variant->died, died);
	EXPECT_EQ(before + 1, stat_of(variant->stat));
	EXPECT_EQ(variant->members, count_of(self->group));
	EXPECT_EQ(variant->result, kwg_wait_until(self->group, 0));
	reports = read_reports(self->log);
	EXPECT_EQ(bug ? 0 : 1, reports.warnings);
	EXPECT_EQ(bug ? 1 : 0, reports.bugs);
	EXPECT_EQ(1, reports.names);
}

/* Not in a state that the misuse needs: nothing is done, nothing reported. */
TEST_F(misuse, is_not_committed_in_another_state)
{
	int other = kwg_create("other", 0);
	long before = stat_of(variant->stat);
	unsigned int died, what = variant->what;
	struct reports reports;

	ASSERT_LE(0, other);
	/* An overflow is misuse in every state: one that is not known instead. */
	if (what == KWAITGROUP_TEST_OVERFLOW)
		what = KWAITGROUP_TEST_MISUSES;
	ASSERT_EQ(0, kwg_add(other, 1));
	if (what == KWAITGROUP_TEST_REINIT)
		ASSERT_EQ(0, kwg_done(other, 1));
	EXPECT_EQ(-EINVAL, commit(self->door, other, what, &died));
	EXPECT_EQ(-EBADF, commit(self->door, self->door, variant->what,
				 &died));
	EXPECT_EQ(before, stat_of(variant->stat));
	EXPECT_EQ(0, state_of(other));
	reports = read_reports(self->log);
	EXPECT_EQ(0, reports.warnings + reports.bugs);
	if (what != KWAITGROUP_TEST_REINIT)
		EXPECT_EQ(0, kwg_done(other, 1));
	close(other);
}

/* All that user space gets of it, asleep or not. */
TEST(a_broken_group)
{
	struct pollfd p = { .events = POLLIN };
	int door = open(KWAITGROUP_TEST_DEVICE, O_RDWR | O_CLOEXEC);
	int group = kwg_create("broken", 0);
	unsigned int died;
	struct waiter w;

	ASSERT_LE(0, door);
	ASSERT_LE(0, group);
	ASSERT_EQ(0, param_set("misuse", "warn"));
	ASSERT_EQ(0, kwg_add(group, 1));
	waiter_start(&w, group, KWAITGROUP_WAIT_FOREVER);
	ASSERT_EQ(0, commit(door, group, KWAITGROUP_TEST_OVERFLOW, &died));
	EXPECT_EQ(-EBADFD, waiter_join(&w));
	EXPECT_EQ(KWAITGROUP_STATE_BADFD, state_of(group));
	EXPECT_EQ(-EBADFD, kwg_wait(group));
	p.fd = group;
	EXPECT_EQ(1, poll(&p, 1, 0));
	EXPECT_NE(0, p.revents & POLLERR);
	EXPECT_EQ(0, kwg_done(group, 1));
	EXPECT_EQ(-EBADFD, kwg_wait(group));
	close(group);
	close(door);
}

/* A driver finishes what user space has added: that cannot be finished twice. */
TEST(a_stolen_member)
{
	int door = open(KWAITGROUP_TEST_DEVICE, O_RDWR | O_CLOEXEC);
	int group = kwg_create("stolen", 0);
	unsigned int died;

	ASSERT_LE(0, door);
	ASSERT_LE(0, group);
	EXPECT_EQ(-EINVAL, commit(door, group, KWAITGROUP_TEST_STEAL, &died));
	ASSERT_EQ(0, kwg_add(group, 1));
	ASSERT_EQ(0, commit(door, group, KWAITGROUP_TEST_STEAL, &died));
	EXPECT_EQ(0, count_of(group));
	EXPECT_EQ(-EBADFD, kwg_done(group, 1));
	EXPECT_EQ(-EBADFD, kwg_done(group, 1));
	EXPECT_EQ(0, state_of(group));
	EXPECT_EQ(0, kwg_wait(group));
	close(group);
	close(door);
}

/*
 * The same with a member of a descriptor: its own done fails, and has not
 * finished it. It can do so when the count is there again, or dies.
 */
TEST(a_stolen_member_of_a_descriptor)
{
	int door = open(KWAITGROUP_TEST_DEVICE, O_RDWR | O_CLOEXEC);
	int group = kwg_create("stolen-join", 0), member = kwg_join(group, 0);
	long deaths = stat_of("misuse_member_died");
	unsigned int died;
	char path[64];

	ASSERT_LE(0, door);
	ASSERT_LE(0, member);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", member);
	ASSERT_EQ(0, commit(door, group, KWAITGROUP_TEST_STEAL, &died));
	EXPECT_EQ(-EBADFD, kwg_done(member, 1));
	EXPECT_EQ(-EBADFD, kwg_done(member, 1));
	EXPECT_EQ(1, lines_with(path, "kwaitgroup-member:\trunning\n"));
	close(member);
	EXPECT_EQ(deaths + 1, stat_of("misuse_member_died"));
	EXPECT_EQ(KWAITGROUP_STATE_OWNERDEAD, state_of(group));
	EXPECT_EQ(0, count_of(group));
	close(group);
	close(door);
}

TEST(a_stolen_member_that_is_given_back)
{
	int door = open(KWAITGROUP_TEST_DEVICE, O_RDWR | O_CLOEXEC);
	int group = kwg_create("stolen-back", 0), member = kwg_join(group, 0);
	unsigned int died;

	ASSERT_LE(0, door);
	ASSERT_LE(0, member);
	ASSERT_EQ(0, commit(door, group, KWAITGROUP_TEST_STEAL, &died));
	EXPECT_EQ(-EBADFD, kwg_done(member, 1));
	ASSERT_EQ(0, kwg_add(group, 1));
	EXPECT_EQ(0, kwg_done(member, 1));
	EXPECT_EQ(-ERANGE, kwg_done(member, 1));
	close(member);
	EXPECT_EQ(0, state_of(group));
	EXPECT_EQ(-EBADFD, kwg_done(group, 1));
	close(group);
	close(door);
}

/* Of those whom the last close buries, some had been finished by a driver. */
TEST(a_stolen_member_at_the_last_close)
{
	int door = open(KWAITGROUP_TEST_DEVICE, O_RDWR | O_CLOEXEC);
	int group = kwg_create("stolen-close", 0), member = kwg_join(group, 0);
	unsigned int died;

	ASSERT_LE(0, door);
	ASSERT_LE(0, member);
	ASSERT_EQ(0, kwg_done(member, 1));
	ASSERT_EQ(0, kwg_add(group, 3));
	ASSERT_EQ(0, commit(door, group, KWAITGROUP_TEST_STEAL, &died));
	close(group);
	/* Its name is taken off the list when the member is closed. */
	EXPECT_EQ(1, listed("stolen-close", 0));
	close(member);
	EXPECT_EQ(0, listed("stolen-close", 0));
	close(door);
}

TEST_HARNESS_MAIN
