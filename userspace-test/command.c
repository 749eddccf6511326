// SPDX-License-Identifier: GPL-2.0
/*
 * kwgctl as the parent of a command, and as somebody who waits: what a shell
 * cannot look at. The rest of it is tested by a shell, in lab/suites/user.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "user.h"

/* Where a command finds the end of a pipe to say something. */
#define SAYS	9

/* A command of a shell, run by kwgctl as a member of a group. */
struct run {
	int group;
	int said;		/* the other end of the pipe */
	int says;
	const char *terminal;	/* NULL: none of its own */
	pid_t kwgctl;
};

static bool prepare(struct run *run)
{
	int ends[2], sig;

	/* A job in the background has been told to ignore some. */
	for (sig = 1; sig < 32; sig++)
		signal(sig, SIG_DFL);
	*run = (struct run){ .group = kwg_create("command", 0) };
	if (run->group < 0 || pipe2(ends, O_CLOEXEC))
		return false;
	run->said = ends[0];
	run->says = ends[1];
	return true;
}

static void clean_up(struct run *run)
{
	close(run->said);
	close(run->group);
}

/*
 * A command that is no shell: busybox's ignores SIGQUIT, until it has become
 * what it executes.
 */
static __attribute__((constructor)) void be_the_command(void)
{
	if (!getenv("KWG_COMMAND"))
		return;
	if (write(SAYS, "r", 1) != 1)
		_exit(97);
	for (;;)
		pause();
}

/* @command: NULL is the one above. */
static void start(struct run *run, bool keep_going, const char *command)
{
	char fd[16], self[PATH_MAX] = "";

	run->kwgctl = fork();
	if (!run->kwgctl) {
		/* The first that the leader of a session opens is its own. */
		if (run->terminal &&
		    (setsid() < 0 || open(run->terminal, O_RDWR) < 0))
			_exit(98);
		snprintf(fd, sizeof(fd), "%d", run->group);
		dup2(run->says, SAYS);
		if (!command) {
			if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
				_exit(96);
			setenv("KWG_COMMAND", "1", 1);
			execlp("kwgctl", "kwgctl", "run", "-f", fd,
			       keep_going ? "-k" : "--", self, NULL);
		}
		execlp("kwgctl", "kwgctl", "run", "-f", fd,
		       keep_going ? "-k" : "--", "sh", "-c", command, NULL);
		_exit(99);
	}
	close(run->says);
}

/* The next letter that a command says; 0: nobody is there any more who could. */
static int hears(const struct run *run)
{
	struct pollfd p = { .fd = run->said, .events = POLLIN };
	unsigned char c;
	int n;

	if (poll(&p, 1, PATIENCE_NS / NSEC_PER_MSEC) != 1)
		return -ETIMEDOUT;
	n = read(run->said, &c, 1);
	return n > 0 ? c : n;
}

/* As waitpid() says it: by which signal, or with which status. */
static int end_of(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

#define ENDED_BY(sig)	(sig)
#define ENDED_WITH(n)	((n) << 8)

FIXTURE(run)
{
	struct run run;
};

FIXTURE_VARIANT(run)
{
	int sig;
};

FIXTURE_VARIANT_ADD(run, hup) {
	.sig = SIGHUP,
};

FIXTURE_VARIANT_ADD(run, int) {
	.sig = SIGINT,
};

FIXTURE_VARIANT_ADD(run, quit) {
	.sig = SIGQUIT,
};

FIXTURE_VARIANT_ADD(run, term) {
	.sig = SIGTERM,
};

FIXTURE_VARIANT_ADD(run, alrm) {
	.sig = SIGALRM,
};

FIXTURE_VARIANT_ADD(run, usr1) {
	.sig = SIGUSR1,
};

FIXTURE_VARIANT_ADD(run, usr2) {
	.sig = SIGUSR2,
};

FIXTURE_SETUP(run)
{
	ASSERT_TRUE(prepare(&self->run));
}

FIXTURE_TEARDOWN(run)
{
	clean_up(&self->run);
}

TEST_F(run, a_signal_ends_the_command)
{
	start(&self->run, false, NULL);
	ASSERT_EQ('r', hears(&self->run));
	EXPECT_EQ(1, count_of(self->run.group));
	ASSERT_EQ(0, kill(self->run.kwgctl, variant->sig));
	/* Nobody has the other end of the pipe: nothing runs on. */
	EXPECT_EQ(0, hears(&self->run));
	EXPECT_EQ(ENDED_BY(variant->sig), end_of(self->run.kwgctl));
	EXPECT_EQ(-EOWNERDEAD, kwg_wait(self->run.group));
	EXPECT_EQ(0, count_of(self->run.group));
}

TEST_F(run, a_signal_ends_a_member_in_order)
{
	start(&self->run, true, NULL);
	ASSERT_EQ('r', hears(&self->run));
	ASSERT_EQ(0, kill(self->run.kwgctl, variant->sig));
	EXPECT_EQ(0, hears(&self->run));
	EXPECT_EQ(ENDED_BY(variant->sig), end_of(self->run.kwgctl));
	EXPECT_EQ(0, kwg_wait(self->run.group));
}

/* The command decides what a signal means. */
static void command_of_a_trap(char *text, size_t size, int sig, int status)
{
	snprintf(text, size, "sleep 1000 9>&- & trap 'kill $!; exit %d' %d; echo -n r >&9; wait",
		 status, sig);
}

TEST_F(run, a_signal_is_handled_by_the_command)
{
	char text[128];

	command_of_a_trap(text, sizeof(text), variant->sig, 5);
	start(&self->run, false, text);
	ASSERT_EQ('r', hears(&self->run));
	ASSERT_EQ(0, kill(self->run.kwgctl, variant->sig));
	EXPECT_EQ(0, hears(&self->run));
	EXPECT_EQ(ENDED_WITH(5), end_of(self->run.kwgctl));
	EXPECT_EQ(-EOWNERDEAD, kwg_wait(self->run.group));
}

TEST_F(run, a_signal_makes_the_command_finish)
{
	char text[128];

	command_of_a_trap(text, sizeof(text), variant->sig, 0);
	start(&self->run, false, text);
	ASSERT_EQ('r', hears(&self->run));
	ASSERT_EQ(0, kill(self->run.kwgctl, variant->sig));
	EXPECT_EQ(0, hears(&self->run));
	EXPECT_EQ(ENDED_WITH(0), end_of(self->run.kwgctl));
	EXPECT_EQ(0, kwg_wait(self->run.group));
}

static bool signals_of(const struct run *run, unsigned long long *blocked,
		       unsigned long long *ignored)
{
	char text[128] = {};

	return read(run->said, text, sizeof(text) - 1) > 0 &&
	       sscanf(text, "SigBlk: %llx SigIgn: %llx", blocked, ignored) == 2;
}

TEST_F(run, the_command_inherits_what_is_blocked_or_ignored)
{
	unsigned long long blocked, ignored;
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_SETMASK, &set, &old);
	signal(variant->sig, SIG_IGN);
	start(&self->run, false, "grep -E '^Sig(Blk|Ign)' /proc/self/status >&9");
	signal(variant->sig, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	EXPECT_EQ(ENDED_WITH(0), end_of(self->run.kwgctl));
	ASSERT_TRUE(signals_of(&self->run, &blocked, &ignored));
	EXPECT_EQ(1ULL << (SIGWINCH - 1), blocked);
	EXPECT_NE(0, ignored & 1ULL << (variant->sig - 1));
}

/* Nobody is there to pass it on, or to say how the command has ended. */
TEST(what_kills_kwgctl_kills_the_command)
{
	struct run run;
	int keep_going;

	for (keep_going = 0; keep_going < 2; keep_going++) {
		ASSERT_TRUE(prepare(&run));
		start(&run, keep_going, "echo -n r >&9; exec sleep 1000");
		ASSERT_EQ('r', hears(&run));
		ASSERT_EQ(0, kill(run.kwgctl, SIGKILL));
		EXPECT_EQ(0, hears(&run));
		EXPECT_EQ(ENDED_BY(SIGKILL), end_of(run.kwgctl));
		EXPECT_EQ(-EOWNERDEAD, kwg_wait(run.group));
		EXPECT_EQ(0, count_of(run.group));
		clean_up(&run);
	}
}

/* Returns the end of a new terminal where the keys are, and names the other. */
static int new_terminal(char *path, size_t size)
{
	int number, keys, unlock = 0;

	mkdir("/dev/pts", 0755);
	mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=0666");
	keys = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (keys < 0 || ioctl(keys, TIOCSPTLCK, &unlock) ||
	    ioctl(keys, TIOCGPTN, &number))
		return -1;
	snprintf(path, size, "/dev/pts/%d", number);
	return keys;
}

/* Both get what a key sends, and the command does so once. */
TEST(a_key_reaches_the_command_once)
{
	struct run run;
	char path[32];
	int keys;

	ASSERT_TRUE(prepare(&run));
	keys = new_terminal(path, sizeof(path));
	if (keys < 0)
		SKIP(return, "no terminals");
	run.terminal = path;
	start(&run, true,
	      "n=0; sleep 1000 9>&- & trap 'n=$((n+1)); echo -n i >&9' INT; "
	      "trap 'kill $!; exit $n' TERM; echo -n r >&9; while :; do wait; done");
	ASSERT_EQ('r', hears(&run));
	ASSERT_EQ(1, write(keys, "\003", 1));
	ASSERT_EQ('i', hears(&run));
	ASSERT_EQ(0, kill(run.kwgctl, SIGTERM));
	EXPECT_EQ(ENDED_WITH(1), end_of(run.kwgctl));
	EXPECT_EQ(0, kwg_wait(run.group));
	close(keys);
	clean_up(&run);
}

static pid_t fork_kwgctl(int group, const char *command, const char *option,
			 const char *arg)
{
	char fd[16];
	pid_t pid = fork();

	if (pid)
		return pid;
	snprintf(fd, sizeof(fd), "%d", group);
	execlp("kwgctl", "kwgctl", command, "-f", fd, option, arg, NULL);
	_exit(99);
}

/* Whoever shares it may have made it so: kwgctl waits all the same. */
TEST(kwgctl_waits_on_what_does_not_wait)
{
	int fd = kwg_create("kwgctl", KWAITGROUP_FD_NONBLOCK);
	pid_t pid;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, kwg_add(fd, 1));
	EXPECT_EQ(124, child_status(fork_kwgctl(fd, "wait", "-t", "0")));
	EXPECT_EQ(124, child_status(fork_kwgctl(fd, "wait", "-t", "0.05")));
	pid = fork_kwgctl(fd, "wait", "-t", "100");
	until_asleep(pid);
	EXPECT_EQ(0, kwg_done(fd, 1));
	EXPECT_EQ(0, child_status(pid));
	close(fd);
}

/* It inherits whether children that have ended are ignored. */
TEST(kwgctl_knows_how_its_child_ended)
{
	int fd = kwg_create("kwgctl", 0);
	pid_t pid;

	ASSERT_LE(0, fd);
	signal(SIGCHLD, SIG_IGN);
	pid = fork_kwgctl(fd, "run", "--", "true");
	signal(SIGCHLD, SIG_DFL);
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(0, kwg_wait(fd));
	close(fd);
}

TEST_HARNESS_MAIN
