// SPDX-License-Identifier: GPL-2.0
/*
 * A command, and a member of the group while it runs.
 *
 * The member is ours and not the command's: we know how the command ends, and
 * who inherits from it does not keep the member alive. So that nobody is told
 * of a member's end while its command goes on, the two end together: a signal
 * for us is one for the command, and we end as it has ended. For SIGKILL, which
 * we never see, the kernel does that.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kwgctl.h"
#include "libkwaitgroup.h"

int execute(char **argv)
{
	int err;

	execvp(argv[0], argv);
	err = errno;
	fprintf(stderr, "kwgctl: %s: %s\n", argv[0], strerror(err));
	return err == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT;
}

/* What the command is to find as we have found it. */
static sigset_t inherited_mask;
static void (*inherited_sigchld)(int);

/* What is for the command, and the news of its end. */
static sigset_t watched;

/* Blocked, they wait for us; none can come too early or end us alone. */
static void block_signals(void)
{
	static const int signals[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2,
		SIGCHLD, 0
	};
	int i;

	sigemptyset(&watched);
	for (i = 0; signals[i]; i++)
		sigaddset(&watched, signals[i]);
	sigprocmask(SIG_BLOCK, &watched, &inherited_mask);
	/* Ignored, as it may have been inherited, it would take the status away. */
	inherited_sigchld = signal(SIGCHLD, SIG_DFL);
}

static void run_command(pid_t parent, char **argv)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Killed before that? */
	if (getppid() != parent)
		raise(SIGKILL);
	signal(SIGCHLD, inherited_sigchld);
	sigprocmask(SIG_SETMASK, &inherited_mask, NULL);
	_exit(execute(argv));
}

/* What a key of the terminal sends, the command has got as we have. */
static bool is_of_a_key(const siginfo_t *info)
{
	return info->si_code == SI_KERNEL &&
	       (info->si_signo == SIGINT || info->si_signo == SIGQUIT);
}

/* Returns how the command has ended, as waitpid() says it, or -errno. */
static int watch(pid_t pid)
{
	siginfo_t info;
	int status;
	pid_t ended;

	for (;;) {
		if (sigwaitinfo(&watched, &info) < 0)
			continue;
		if (info.si_signo != SIGCHLD) {
			if (!is_of_a_key(&info))
				kill(pid, info.si_signo);
			continue;
		}
		ended = waitpid(pid, &status, WNOHANG);
		if (ended)
			return ended < 0 ? -errno : status;
	}
}

/* Ends by the signal that has ended the command; the core is the command's. */
static int end_by(int sig)
{
	sigset_t set;

	prctl(PR_SET_DUMPABLE, 0);
	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 128 + sig;
}

static int run_as_member(int member, char **argv)
{
	pid_t pid, parent = getpid();
	int status;

	block_signals();
	pid = fork();
	if (pid < 0)
		return complain("run", -errno);
	if (!pid)
		run_command(parent, argv);
	status = watch(pid);
	if (status < 0)
		return complain("run", status);
	if (!status || opt.any_status) {
		int err = kwg_done(member, 1);

		if (err)
			return complain("run", err);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : end_by(WTERMSIG(status));
}

/* Joins before it returns, so that a wait after it knows of the member. */
int do_run(char **argv)
{
	int member;
	pid_t pid;

	if (!*argv)
		return usage("run: no command", "");
	member = kwg_join(opt.fd, KWAITGROUP_FD_CLOEXEC);
	if (member < 0)
		return complain("run", member);
	if (!opt.background)
		return run_as_member(member, argv);
	pid = fork();
	if (pid < 0)
		return complain("run", -errno);
	return pid ? 0 : run_as_member(member, argv);
}
