// SPDX-License-Identifier: GPL-2.0
/*
 * Groups and members as file descriptors: copies, children, other programs,
 * other processes, and what /proc and debugfs say about them.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "user.h"

FIXTURE(group)
{
	int fd;
};

FIXTURE_SETUP(group)
{
	self->fd = kwg_create("descriptors", 0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, kwg_add(self->fd, 1));
}

FIXTURE_TEARDOWN(group)
{
	close(self->fd);
}

TEST_F(group, a_copy_is_the_group)
{
	int copy = dup(self->fd);

	ASSERT_LE(0, copy);
	EXPECT_EQ(1, count_of(copy));
	EXPECT_EQ(0, kwg_done(copy, 1));
	EXPECT_EQ(0, kwg_wait(self->fd));
	close(self->fd);
	EXPECT_EQ(0, kwg_wait(copy));
	close(copy);
	self->fd = -1;
}

TEST_F(group, a_child_finishes)
{
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(-kwg_done(self->fd, 1));
	EXPECT_EQ(0, kwg_wait(self->fd));
	EXPECT_EQ(0, child_status(pid));
}

TEST_F(group, a_parent_finishes)
{
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(-kwg_wait(self->fd));
	until_waited_for(self->fd);
	EXPECT_EQ(0, kwg_done(self->fd, 1));
	EXPECT_EQ(0, child_status(pid));
}

TEST(close_on_exec)
{
	int group = kwg_create("cloexec", KWAITGROUP_FD_CLOEXEC);
	int inherited = kwg_create("inherited", 0);

	ASSERT_LE(0, group);
	ASSERT_LE(0, inherited);
	EXPECT_EQ(FD_CLOEXEC, fcntl(group, F_GETFD));
	EXPECT_EQ(0, fcntl(inherited, F_GETFD));
	EXPECT_EQ(FD_CLOEXEC,
		  fcntl(kwg_join(group, KWAITGROUP_FD_CLOEXEC), F_GETFD));
	EXPECT_EQ(0, fcntl(kwg_join(group, 0), F_GETFD));
}

/* Runs "kwgctl done -f fd" in place of a child. */
static int status_of_kwgctl_done(int fd)
{
	char number[16];
	pid_t pid = fork();

	if (!pid) {
		snprintf(number, sizeof(number), "%d", fd);
		close(STDERR_FILENO);
		execl("/user/kwgctl", "kwgctl", "done", "-f", number, NULL);
		_exit(99);
	}
	return child_status(pid);
}

TEST_F(group, over_exec)
{
	struct waiter w;

	waiter_start(&w, self->fd, KWAITGROUP_WAIT_FOREVER);
	EXPECT_EQ(0, status_of_kwgctl_done(self->fd));
	EXPECT_EQ(0, waiter_join(&w));
}

TEST_F(group, not_over_exec)
{
	ASSERT_EQ(0, fcntl(self->fd, F_SETFD, FD_CLOEXEC));
	EXPECT_EQ(1, status_of_kwgctl_done(self->fd));
	EXPECT_EQ(1, count_of(self->fd));
}

TEST_F(group, a_member_over_exec)
{
	int member = kwg_join(self->fd, 0);

	ASSERT_LE(0, member);
	EXPECT_EQ(0, status_of_kwgctl_done(member));
	EXPECT_EQ(-ERANGE, kwg_done(member, 1));
	close(member);
	EXPECT_EQ(1, count_of(self->fd));
}

/* exec in the only process that holds a member is its death. */
TEST_F(group, a_member_lost_at_exec)
{
	int member = kwg_join(self->fd, KWAITGROUP_FD_CLOEXEC);
	char number[16];
	pid_t pid;

	ASSERT_LE(0, member);
	snprintf(number, sizeof(number), "%d", self->fd);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(STDERR_FILENO);
		execl("/user/kwgctl", "kwgctl", "wait", "-f", number, NULL);
		_exit(99);
	}
	close(member);
	/* As if it waited for itself, if it had the member still. */
	EXPECT_EQ(3, child_status(pid));
	EXPECT_EQ(-EOWNERDEAD, kwg_wait(self->fd));
}

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static int send_fd(int socket, int fd)
{
	char c = 'f';
	struct iovec iov = { .iov_base = &c, .iov_len = 1 };
	union control control = {};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(socket, &msg, 0) == 1 ? 0 : -errno;
}

static int receive_fd(int socket)
{
	char c;
	struct iovec iov = { .iov_base = &c, .iov_len = 1 };
	union control control = {};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(socket, &msg, 0) != 1)
		return -errno;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

/* A process that never had the group gets a member of it, and finishes. */
TEST_F(group, a_member_over_a_socket)
{
	int ends[2], member;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(self->fd);
		_exit(-kwg_done(receive_fd(ends[1]), 1));
	}
	ASSERT_EQ(0, kwg_done(self->fd, 1));
	member = kwg_join(self->fd, KWAITGROUP_FD_CLOEXEC);
	ASSERT_LE(0, member);
	ASSERT_EQ(0, send_fd(ends[0], member));
	close(member);
	EXPECT_EQ(0, kwg_wait(self->fd));
	EXPECT_EQ(0, child_status(pid));
}

/* A message that nobody will ever receive held the last copy. */
TEST_F(group, a_member_lost_in_a_socket)
{
	int ends[2], member = kwg_join(self->fd, 0);

	ASSERT_LE(0, member);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	ASSERT_EQ(0, send_fd(ends[0], member));
	close(member);
	EXPECT_EQ(-ETIMEDOUT, kwg_wait_until(self->fd, 0));
	close(ends[0]);
	close(ends[1]);
	EXPECT_EQ(-EOWNERDEAD, kwg_wait(self->fd));
}

TEST_F(group, over_a_socket_to_somebody_without_rights)
{
	int ends[2];
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(self->fd);
		if (setuid(1000) || kwg_create(NULL, 0) != -EACCES)
			_exit(99);
		_exit(-kwg_done(receive_fd(ends[1]), 1));
	}
	ASSERT_EQ(0, send_fd(ends[0], self->fd));
	EXPECT_EQ(0, kwg_wait(self->fd));
	EXPECT_EQ(0, child_status(pid));
}

TEST(the_device_is_for_root)
{
	struct stat st;

	ASSERT_EQ(0, stat(KWAITGROUP_DEVICE, &st));
	EXPECT_EQ(S_IFCHR | 0600, st.st_mode);
	EXPECT_EQ(0, st.st_uid);
}

TEST_F(group, fdinfo)
{
	char path[64], line[64];
	struct kwaitgroup_info info;

	ASSERT_EQ(0, kwg_info(self->fd, &info));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->fd);
	EXPECT_EQ(1, lines_with(path, "kwaitgroup-name:\tdescriptors\n"));
	EXPECT_EQ(1, lines_with(path, "kwaitgroup-count:\t1\n"));
	EXPECT_EQ(1, lines_with(path, "kwaitgroup-state:\t0x0\n"));
	snprintf(line, sizeof(line), "kwaitgroup-id:\t%llu\n",
		 (unsigned long long)info.id);
	EXPECT_EQ(1, lines_with(path, line));
	ASSERT_EQ(0, kwg_shut(self->fd));
	EXPECT_EQ(1, lines_with(path, "kwaitgroup-state:\t0x1\n"));
}

TEST_F(group, fdinfo_of_a_member)
{
	int member = kwg_join(self->fd, KWAITGROUP_FD_CLOEXEC);
	char path[64];

	ASSERT_LE(0, member);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", member);
	EXPECT_EQ(1, lines_with(path, "kwaitgroup-name:\tdescriptors\n"));
	EXPECT_EQ(1, lines_with(path, "kwaitgroup-id:\t"));
	EXPECT_EQ(1, lines_with(path, "kwaitgroup-member:\trunning\n"));
	ASSERT_EQ(0, kwg_done(member, 1));
	EXPECT_EQ(1, lines_with(path, "kwaitgroup-member:\tfinished\n"));
}

/* The columns before the age, and who made it. */
TEST(a_line_in_debugfs)
{
	char line[128], by[32];
	struct kwaitgroup_info info;
	int fd = kwg_create("in-debugfs", 0);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, kwg_add(fd, 42));
	ASSERT_EQ(0, kwg_shut(fd));
	ASSERT_EQ(0, kwg_info(fd, &info));
	snprintf(line, sizeof(line), "%10llu %-31s %11d %-7s %-5s",
		 (unsigned long long)info.id, "in-debugfs", 42, "no", "C");
	EXPECT_EQ(1, lines_with(DEBUGFS "groups", line));
	snprintf(by, sizeof(by), "descriptors[%d]\n", getpid());
	EXPECT_LE(1, lines_with(DEBUGFS "groups", by));
	ASSERT_EQ(0, kwg_done(fd, 42));
	close(fd);
	EXPECT_EQ(0, lines_with(DEBUGFS "groups", " in-debugfs "));
}

/* A process chooses its name, but not what the table looks like. */
TEST(a_name_of_a_process_is_one_word)
{
	char by[48];
	int fd;

	ASSERT_EQ(0, prctl(PR_SET_NAME, "a b\n\033\377"));
	fd = kwg_create("odd-maker", 0);
	ASSERT_LE(0, fd);
	snprintf(by, sizeof(by), "s a_b___[%d]\n", getpid());
	EXPECT_EQ(1, lines_with(DEBUGFS "groups", by));
	close(fd);
}

/* A column that is missing would make one row of the table another. */
TEST(a_process_without_a_name_has_a_column)
{
	struct waiter w;
	char by[64];
	int fd;

	ASSERT_EQ(0, prctl(PR_SET_NAME, ""));
	fd = kwg_create("nameless", 0);
	ASSERT_LE(0, fd);
	snprintf(by, sizeof(by), "s _[%d]\n", getpid());
	EXPECT_EQ(1, lines_with(DEBUGFS "groups", by));
	ASSERT_EQ(0, kwg_add(fd, 1));
	waiter_start(&w, fd, KWAITGROUP_WAIT_FOREVER);
	snprintf(by, sizeof(by), " nameless %30d %-15s ", w.tid, "_");
	EXPECT_EQ(1, lines_with(DEBUGFS "waiters", by));
	EXPECT_EQ(0, kwg_done(fd, 1));
	EXPECT_EQ(0, waiter_join(&w));
	close(fd);
}

TEST_HARNESS_MAIN
