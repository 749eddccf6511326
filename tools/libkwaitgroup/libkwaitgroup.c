// SPDX-License-Identifier: GPL-2.0 OR MIT
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "libkwaitgroup.h"

#define NSEC_PER_SEC	1000000000ULL

static int request(int fd, unsigned long number, void *arg)
{
	int saved = errno;
	int ret = ioctl(fd, number, arg);

	if (ret < 0)
		ret = -errno;
	errno = saved;
	return ret;
}

int kwg_create_at(int device, const char *name, unsigned int flags)
{
	struct kwaitgroup_create arg = { .size = sizeof(arg), .flags = flags };
	size_t len = name ? strlen(name) : 0;

	/* A name that does not fit fails as one without its zero. */
	if (len > sizeof(arg.name))
		len = sizeof(arg.name);
	if (len)
		memcpy(arg.name, name, len);
	return request(device, KWAITGROUP_IOC_CREATE, &arg);
}

int kwg_create(const char *name, unsigned int flags)
{
	int saved = errno;
	int device = open(KWAITGROUP_DEVICE, O_RDWR | O_CLOEXEC);
	int ret = -errno;

	if (device >= 0) {
		ret = kwg_create_at(device, name, flags);
		close(device);
	}
	errno = saved;
	return ret;
}

int kwg_add(int group, unsigned int n)
{
	struct kwaitgroup_count arg = { .size = sizeof(arg), .count = n };

	return request(group, KWAITGROUP_IOC_ADD, &arg);
}

int kwg_done(int fd, unsigned int n)
{
	struct kwaitgroup_count arg = { .size = sizeof(arg), .count = n };

	return request(fd, KWAITGROUP_IOC_DONE, &arg);
}

int kwg_join(int group, unsigned int flags)
{
	struct kwaitgroup_flags arg = { .size = sizeof(arg), .flags = flags };

	return request(group, KWAITGROUP_IOC_JOIN, &arg);
}

int kwg_wait_from(int group, uint64_t deadline_ns, uint64_t *position)
{
	struct kwaitgroup_wait arg = {
		.size = sizeof(arg),
		.deadline_ns = deadline_ns,
		.position = *position,
	};
	int ret = request(group, KWAITGROUP_IOC_WAIT, &arg);

	*position = arg.position;
	return ret;
}

int kwg_wait_until(int group, uint64_t deadline_ns)
{
	uint64_t position = 0;

	return kwg_wait_from(group, deadline_ns, &position);
}

int kwg_wait(int group)
{
	return kwg_wait_until(group, KWAITGROUP_WAIT_FOREVER);
}

int kwg_wait_for(int group, uint64_t timeout_ns)
{
	uint64_t now = kwg_now();

	if (timeout_ns >= KWAITGROUP_WAIT_FOREVER - now)
		return kwg_wait(group);
	return kwg_wait_until(group, now + timeout_ns);
}

int kwg_shut(int group)
{
	struct kwaitgroup_flags arg = { .size = sizeof(arg) };

	return request(group, KWAITGROUP_IOC_CLOSE, &arg);
}

int kwg_info(int group, struct kwaitgroup_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return request(group, KWAITGROUP_IOC_INFO, info);
}

uint64_t kwg_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}
