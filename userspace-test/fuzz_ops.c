// SPDX-License-Identifier: GPL-2.0
/* What the fuzzer may do, and what must hold afterwards whatever it was. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz.h"
#include "user.h"

/* The errors of every request, and those of memory that is made to fail. */
static const int always[] = { EBADF, ENOTTY, EFAULT, EINVAL, E2BIG, ENOMEM, 0 };

static const struct {
	unsigned long number;
	unsigned int size;
	bool is_fd;
	int errors[5];		/* of its own; ends with 0 */
} requests[] = {
	{ KWAITGROUP_IOC_CREATE, sizeof(struct kwaitgroup_create), true,
	  { EDQUOT, EMFILE, ENFILE } },
	{ KWAITGROUP_IOC_ADD, sizeof(struct kwaitgroup_count), false,
	  { EOVERFLOW, ESHUTDOWN } },
	{ KWAITGROUP_IOC_DONE, sizeof(struct kwaitgroup_count), false,
	  { ERANGE } },
	{ KWAITGROUP_IOC_WAIT, sizeof(struct kwaitgroup_wait), false,
	  { ETIMEDOUT, EAGAIN, EINTR, EOWNERDEAD } },
	{ KWAITGROUP_IOC_INFO, sizeof(struct kwaitgroup_info), false, {} },
	{ KWAITGROUP_IOC_CLOSE, sizeof(struct kwaitgroup_flags), false, {} },
	{ KWAITGROUP_IOC_JOIN, sizeof(struct kwaitgroup_flags), true,
	  { EOVERFLOW, ESHUTDOWN, EMFILE, ENFILE } },
	/* None that there is. */
	{ 0x5907, 8, false, {} },
};

#define NR_REQUESTS	ARRAY_SIZE(requests)

bool fuzz_fail(struct fuzzer *f, const char *what, long detail)
{
	f->failed = what;
	f->detail = detail;
	return false;
}

/* A new descriptor goes into a slot, and closes what was there. */
static void keep(struct fuzzer *f, int fd)
{
	dup2(fd, fuzz_slot(f));
	close(fd);
}

static uint32_t random_size(struct fuzzer *f, uint32_t size)
{
	const uint32_t odd[] = { 0, 1, 4, size - 1, size + 1, size + 8, 4095,
				 4096, 4097, 0x10000, 0xffffffff };

	if (!fuzz_one_in(f, 8))
		return size;
	return odd[fuzz_random(f) % ARRAY_SIZE(odd)];
}

static uint32_t random_word(struct fuzzer *f)
{
	const uint32_t words[] = { 0, 1, 1, 1, 2, 3, 0x3fffffff, 0x40000000,
				   0x40000001, 0x7fffffff, 0x80000000,
				   0xffffffff };

	if (fuzz_one_in(f, 16))
		return fuzz_random(f);
	if (fuzz_one_in(f, 2))
		return 1 + fuzz_random(f) % 4;
	return words[fuzz_random(f) % ARRAY_SIZE(words)];
}

/* A name, mostly one that is taken; a long one may have no end. */
static void random_name(struct fuzzer *f, char *name)
{
	uint32_t i, len = fuzz_random(f) % (KWAITGROUP_NAME_MAX + 1);

	for (i = 0; i < len; i++)
		name[i] = fuzz_one_in(f, 64) ? fuzz_random(f) :
					       '!' + fuzz_random(f) % 26;
}

/*
 * The rest of a structure: mostly what can succeed. A wait never has a deadline
 * that is far away, or the fuzzer would wait for itself; op_fork() has those.
 */
static void fill(struct fuzzer *f, char *arg, unsigned long number, uint32_t size)
{
	uint32_t words[2] = { random_size(f, size), random_word(f) };
	uint64_t deadline;

	memset(arg, 0, size);
	if (!fuzz_one_in(f, 8) && number != KWAITGROUP_IOC_ADD &&
	    number != KWAITGROUP_IOC_DONE)
		words[1] = 0;
	memcpy(arg, words, sizeof(words));
	if (number == KWAITGROUP_IOC_WAIT) {
		deadline = 0;
		if (fuzz_one_in(f, 4))
			deadline = kwg_now() + fuzz_random(f) % 50000;
		memcpy(arg + 8, &deadline, sizeof(deadline));
		/* Where no wait stands, or another one. */
		if (fuzz_one_in(f, 4))
			arg[16 + fuzz_random(f) % 8] = fuzz_random(f);
	} else if (number == KWAITGROUP_IOC_CREATE && fuzz_one_in(f, 2)) {
		random_name(f, arg + offsetof(struct kwaitgroup_create, name));
	} else if (fuzz_one_in(f, 8)) {
		arg[fuzz_random(f) % size] = fuzz_random(f);
	}
}

/* Valid, on the verge, over it, in everybody's memory, or nowhere. */
static char *random_place(struct fuzzer *f, unsigned long number, uint32_t size)
{
	char *end = f->page + 4096;

	switch (fuzz_random(f) % 16) {
	case 0:
		return NULL;
	case 1:
		return end;
	case 2:
		return end - 1 - fuzz_random(f) % size;
	case 3 ... 5:
		/* Another thread may turn the deadline into never. */
		return number == KWAITGROUP_IOC_WAIT ? end - size : f->shared;
	case 6:
		return f->page + fuzz_random(f) % 64;
	default:
		return end - size;
	}
}

static bool is_one_of(int err, const int *errors)
{
	for (; *errors; errors++)
		if (err == *errors)
			return true;
	return false;
}

/*
 * Mostly what keeps groups busy: a group that is closed is so for good. A new
 * descriptor takes a sanitizer's kernel as long as twenty other requests.
 */
static unsigned int random_request(struct fuzzer *f)
{
	static const unsigned char often[] = {
		0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 6
	};

	if (fuzz_one_in(f, 16))
		return fuzz_random(f) % NR_REQUESTS;
	return often[fuzz_random(f) % ARRAY_SIZE(often)];
}

static bool op_request(struct fuzzer *f)
{
	unsigned int i = random_request(f);
	uint32_t size = requests[i].size;
	char *place = random_place(f, requests[i].number, size);
	char *end = f->page + 4096;
	char arg[64];
	int ret;

	fill(f, arg, requests[i].number, size);
	if (place >= f->page && place < end)
		memcpy(place, arg, place + size > end ? (size_t)(end - place) : size);
	else if (place == f->shared)
		memcpy(place, arg, size);
	/* Only the device makes groups: mostly ask it, in the first slot. */
	if (!i && !fuzz_one_in(f, 8))
		ret = raw_ioctl(FUZZ_FIRST - 1, requests[i].number, place);
	else
		ret = raw_ioctl(fuzz_slot(f), requests[i].number, place);

	if (ret < 0 && !is_one_of(-ret, always) &&
	    !is_one_of(-ret, requests[i].errors))
		return fuzz_fail(f, "a request with an error that is not its own",
			    (long)i << 16 | -ret);
	if (ret > 0 && !requests[i].is_fd)
		return fuzz_fail(f, "a request that returns a number", i);
	f->succeeded += ret >= 0;
	if (ret >= 0 && requests[i].is_fd)
		keep(f, ret);
	return true;
}

static bool op_info(struct fuzzer *f)
{
	struct kwaitgroup_info info;
	int err = kwg_info(fuzz_slot(f), &info);
	unsigned int i;

	if (err)
		return err == -EBADF || err == -ENOTTY ||
		       fuzz_fail(f, "INFO failed", err);
	if (info.count > KWAITGROUP_MEMBERS_MAX)
		return fuzz_fail(f, "a count that is too large", info.count);
	/* Nobody here is a driver that could misuse it. */
	if (info.state & ~(KWAITGROUP_STATE_CLOSED | KWAITGROUP_STATE_WAITERS |
			   KWAITGROUP_STATE_OWNERDEAD))
		return fuzz_fail(f, "a state that cannot be", info.state);
	if (info.reserved || info.size != sizeof(info) || !info.id)
		return fuzz_fail(f, "INFO's reserved, size or id", info.size);
	for (i = 0; i < sizeof(info.name) && info.name[i]; i++)
		if (info.name[i] <= ' ' || info.name[i] >= 0x7f)
			return fuzz_fail(f, "a character in a name", info.name[i]);
	return (i && i < sizeof(info.name)) || fuzz_fail(f, "a name's length", i);
}

static bool op_close(struct fuzzer *f)
{
	close(fuzz_slot(f));
	return true;
}

static bool op_dup(struct fuzzer *f)
{
	dup2(fuzz_slot(f), fuzz_slot(f));
	return true;
}

static bool op_nonblock(struct fuzzer *f)
{
	fcntl(fuzz_slot(f), F_SETFL, fuzz_one_in(f, 2) ? O_NONBLOCK : 0);
	return true;
}

static bool op_poll(struct fuzzer *f)
{
	struct pollfd p[4];
	int i;

	for (i = 0; i < 4; i++) {
		p[i].fd = fuzz_slot(f);
		p[i].events = POLLIN;
	}
	/* The timeout is a tick at least: rarely. */
	if (poll(p, 4, fuzz_one_in(f, 64)) < 0)
		return errno == ENOMEM || fuzz_fail(f, "poll", errno);
	for (i = 0; i < 4; i++)
		if (p[i].revents & ~(POLLIN | POLLERR | POLLNVAL))
			return fuzz_fail(f, "an event that nobody sends", p[i].revents);
	return true;
}

static bool op_epoll(struct fuzzer *f)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (fuzz_one_in(f, 2))
		event.events |= EPOLLET;
	switch (fuzz_random(f) % 4) {
	case 0:
		epoll_ctl(f->epoll, EPOLL_CTL_ADD, fuzz_slot(f), &event);
		break;
	case 1:
		epoll_ctl(f->epoll, EPOLL_CTL_DEL, fuzz_slot(f), &event);
		break;
	default:
		if (epoll_wait(f->epoll, &event, 1, 0) > 0 &&
		    event.events & ~(EPOLLIN | EPOLLERR))
			return fuzz_fail(f, "an event of epoll", event.events);
	}
	return true;
}

static bool op_new_epoll(struct fuzzer *f)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll >= 0) {
		close(f->epoll);
		f->epoll = epoll;
	}
	return true;
}

/* Of a descriptor of any kind, or of none: what is in it, op_info() looks at. */
static bool op_fdinfo(struct fuzzer *f)
{
	char path[48], text[512];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fuzz_slot(f));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (read(fd, text, sizeof(text)) < 0 && errno != ENOMEM &&
		    errno != ENOENT)
			return fuzz_fail(f, "fdinfo", errno);
		close(fd);
	}
	return true;
}

/* The lists, while what they list comes and goes. */
static bool op_list(struct fuzzer *f)
{
	static const char * const lists[] = { "groups", "waiters", "waits", "misuse" };
	char path[64], text[2048];
	int fd;

	snprintf(path, sizeof(path), DEBUGFS "%s",
		 lists[fuzz_random(f) % ARRAY_SIZE(lists)]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOMEM || errno == ENFILE || fuzz_fail(f, "a list", errno);
	if (read(fd, text, sizeof(text)) < 0 && errno != ENOMEM)
		return fuzz_fail(f, "a list's text", errno);
	close(fd);
	return true;
}

/* Into a socket, where it may be the last copy, and out of it. */
static bool op_pass(struct fuzzer *f)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int fd = fuzz_slot(f);

	if (fuzz_one_in(f, 2)) {
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
		sendmsg(f->socket, &msg, MSG_DONTWAIT);
		return true;
	}
	if (recvmsg(f->peer, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return true;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(fd))) {
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
		keep(f, fd);
	}
	return true;
}

bool fuzz_op(struct fuzzer *f)
{
	switch (fuzz_random(f) % 64) {
	case 0:
		return op_close(f);
	case 1 ... 2:
		return op_dup(f);
	case 3:
		return op_nonblock(f);
	case 4 ... 6:
		return op_poll(f);
	case 7 ... 10:
		return op_epoll(f);
	case 11:
		return !fuzz_one_in(f, 8) || op_new_epoll(f);
	case 12 ... 15:
		return op_info(f);
	case 16:
		return !fuzz_one_in(f, 64) || fuzz_fork_op(f);
	case 17:
		return op_fdinfo(f);
	case 18:
		return !fuzz_one_in(f, 4) || op_list(f);
	case 19:
		return op_pass(f);
	case 20 ... 25:
		return fuzz_model_op(f);
	default:
		return op_request(f);
	}
}
