// SPDX-License-Identifier: GPL-2.0
/* What the programs of the harness share. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user.h"

/* For what only fails when the machine is broken: no test can go on. */
static void die(const char *what)
{
	fprintf(stderr, "# %s: %s\n", what, strerror(errno));
	abort();
}

int raw_ioctl(int fd, unsigned long request, const void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

char *guarded_page(void)
{
	long page = sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED || mprotect(map + page, page, PROT_NONE))
		die("mmap");
	return map;
}

int open_device(void)
{
	int fd = open(KWAITGROUP_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("open " KWAITGROUP_DEVICE);
	return fd;
}

static struct kwaitgroup_info info_of(int group)
{
	struct kwaitgroup_info info;

	errno = -kwg_info(group, &info);
	if (errno)
		die("KWAITGROUP_IOC_INFO");
	return info;
}

unsigned int count_of(int group)
{
	return info_of(group).count;
}

unsigned int state_of(int group)
{
	return info_of(group).state;
}

void until_waited_for(int group)
{
	while (!(state_of(group) & KWAITGROUP_STATE_WAITERS))
		sched_yield();
}

/* The letter of a task's state; 0 if there is no task any more. */
static char task_state(pid_t tid)
{
	char path[64], line[512], *p;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	len = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (len <= 0)
		return 0;
	line[len] = '\0';
	/* The name before it may have anything in it. */
	p = strrchr(line, ')');
	return p ? p[2] : 0;
}

void until_asleep(pid_t tid)
{
	char state;

	while ((state = task_state(tid)) && !strchr("SZX", state))
		sched_yield();
}

static void *waiter_main(void *data)
{
	struct waiter *w = data;

	/* Between this and the wait there is nothing to sleep in. */
	atomic_store(&w->tid, syscall(SYS_gettid));
	w->result = kwg_wait_until(w->fd, w->deadline);
	w->ended_ns = kwg_now();
	atomic_store(&w->ended, true);
	return NULL;
}

void waiter_start(struct waiter *w, int fd, uint64_t deadline)
{
	memset(w, 0, sizeof(*w));
	w->fd = fd;
	w->deadline = deadline;
	errno = pthread_create(&w->thread, NULL, waiter_main, w);
	if (errno)
		die("pthread_create");
	while (!atomic_load(&w->tid))
		sched_yield();
	until_asleep(atomic_load(&w->tid));
}

bool waiter_has_ended(struct waiter *w)
{
	return atomic_load(&w->ended);
}

int waiter_join(struct waiter *w)
{
	errno = pthread_join(w->thread, NULL);
	if (errno)
		die("pthread_join");
	return w->result;
}

int child_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

long stat_of(const char *key)
{
	FILE *file = fopen(DEBUGFS "stats", "re");
	char name[64];
	long value, found = -1;

	if (!file)
		return -1;
	while (fscanf(file, "%63s %ld", name, &value) == 2)
		if (!strcmp(name, key))
			found = value;
	fclose(file);
	return found;
}

bool pass_zero(int group)
{
	return !kwg_done(group, 1) && !kwg_add(group, 1);
}

void until_slept(long waits)
{
	while (stat_of("waits_slept") < waits)
		sched_yield();
}

int lines_with(const char *path, const char *text)
{
	FILE *file = fopen(path, "re");
	char line[512];
	int lines = 0;

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		lines += !!strstr(line, text);
	fclose(file);
	return lines;
}

int listed(const char *name, unsigned int count)
{
	char columns[64];

	snprintf(columns, sizeof(columns), " %-31s %11u ", name, count);
	return lines_with(DEBUGFS "groups", columns);
}

int param_set(const char *name, const char *value)
{
	char path[128];
	int fd, err = 0;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}
