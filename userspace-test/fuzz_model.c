// SPDX-License-Identifier: GPL-2.0
/*
 * Of a group that a thread of the fuzzer has to itself, all is known: what each
 * request must return, and what is left of it. Meanwhile the other threads do
 * what they like with theirs, allocations fail, and children are forked.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"
#include "user.h"

/* While a child has copies of all descriptors, closing one is not the last close. */
static pthread_rwlock_t forks = PTHREAD_RWLOCK_INITIALIZER;

static bool expect(struct fuzzer *f, const char *what, int wanted, int got)
{
	f->succeeded += got >= 0;
	return wanted == got || fuzz_fail(f, what, (long)wanted << 16 | (got & 0xffff));
}

static uint32_t count_in(const struct fuzz_model *m)
{
	uint32_t i, count = m->plain;

	for (i = 0; i < FUZZ_MEMBERS; i++)
		count += m->running[i];
	return count;
}

static uint32_t random_count(struct fuzzer *f)
{
	return fuzz_one_in(f, 16) ? KWAITGROUP_MEMBERS_MAX :
				    1 + fuzz_random(f) % 4;
}

/* What ADD and JOIN return. */
static int entrance(const struct fuzz_model *m, uint32_t n)
{
	if (m->closed)
		return -ESHUTDOWN;
	return (uint64_t)count_in(m) + n > KWAITGROUP_MEMBERS_MAX ? -EOVERFLOW : 0;
}

static bool model_add(struct fuzzer *f, struct fuzz_model *m)
{
	uint32_t n = random_count(f);
	int wanted = entrance(m, n);

	if (!wanted)
		m->plain += n;
	return expect(f, "model: ADD", wanted, kwg_add(m->group, n));
}

static bool model_done(struct fuzzer *f, struct fuzz_model *m)
{
	uint32_t n = random_count(f);
	int wanted = n > m->plain ? -ERANGE : 0;

	if (!wanted)
		m->plain -= n;
	return expect(f, "model: DONE", wanted, kwg_done(m->group, n));
}

static bool model_join(struct fuzzer *f, struct fuzz_model *m, int i)
{
	int wanted = entrance(m, 1), fd = kwg_join(m->group, KWAITGROUP_FD_CLOEXEC);

	/* A member whose memory is made to fail has not joined. */
	if (fd == -ENOMEM || fd == -ENFILE)
		return true;
	if (fd < 0 || wanted)
		return expect(f, "model: JOIN", wanted, fd);
	m->members[i] = fd;
	m->running[i] = true;
	f->succeeded++;
	return true;
}

/* The last close of a member that has not finished is its death. */
static void model_leave(struct fuzz_model *m, int i)
{
	close(m->members[i]);
	m->died |= m->running[i];
	m->running[i] = false;
	m->members[i] = 0;
}

static bool model_member(struct fuzzer *f, struct fuzz_model *m)
{
	int wanted, i = fuzz_random(f) % FUZZ_MEMBERS;

	if (!m->members[i])
		return model_join(f, m, i);
	/* Mostly finish it: once it has died the group is broken for good. */
	if (fuzz_one_in(f, 4) && (!m->running[i] || fuzz_one_in(f, 4))) {
		model_leave(m, i);
		return true;
	}
	wanted = m->running[i] ? 0 : -ERANGE;
	m->running[i] = false;
	return expect(f, "model: DONE of a member", wanted,
		      kwg_done(m->members[i], 1));
}

static bool model_wait(struct fuzzer *f, struct fuzz_model *m)
{
	int wanted = m->died ? -EOWNERDEAD : count_in(m) ? -ETIMEDOUT : 0;

	return expect(f, "model: WAIT", wanted, kwg_wait_until(m->group, 0));
}

static bool model_info(struct fuzzer *f, struct fuzz_model *m)
{
	unsigned int wanted = (m->closed ? KWAITGROUP_STATE_CLOSED : 0) |
			      (m->died ? KWAITGROUP_STATE_OWNERDEAD : 0);
	struct kwaitgroup_info info;
	int err = kwg_info(m->group, &info);

	if (err)
		return fuzz_fail(f, "model: INFO", err);
	if (info.count != count_in(m))
		return fuzz_fail(f, "model: a count", info.count);
	return info.state == wanted || fuzz_fail(f, "model: a state", info.state);
}

static bool model_shut(struct fuzzer *f, struct fuzz_model *m)
{
	m->closed = true;
	return expect(f, "model: CLOSE", 0, kwg_shut(m->group));
}

static bool model_begin(struct fuzzer *f, struct fuzz_model *m)
{
	int fd = kwg_create_at(FUZZ_FIRST - 1, "model", KWAITGROUP_FD_CLOEXEC);

	if (fd >= 0)
		m->group = fd;
	return fd >= 0 || fd == -ENOMEM || fd == -ENFILE || fd == -EDQUOT ||
	       /* What is in the device's slot is the other threads' to close. */
	       fd == -EBADF || fd == -ENOTTY || fuzz_fail(f, "model: CREATE", fd);
}

/* In no order: the group may go before its members. */
void fuzz_model_end(struct fuzzer *f)
{
	struct fuzz_model *m = &f->model;
	int i, first = fuzz_random(f) % (FUZZ_MEMBERS + 1);

	for (i = 0; i < FUZZ_MEMBERS; i++) {
		if (i == first && m->group)
			close(m->group);
		if (m->members[i])
			model_leave(m, i);
	}
	if (first == FUZZ_MEMBERS && m->group)
		close(m->group);
	memset(m, 0, sizeof(*m));
}

static bool model_op(struct fuzzer *f)
{
	struct fuzz_model *m = &f->model;

	if (!m->group)
		return model_begin(f, m);
	switch (fuzz_random(f) % 16) {
	case 0 ... 3:
		return model_add(f, m);
	case 4 ... 7:
		return model_done(f, m);
	case 8 ... 11:
		return model_member(f, m);
	case 12:
		return model_wait(f, m);
	case 13:
		return !fuzz_one_in(f, 16) || model_shut(f, m);
	case 14:
		if (fuzz_one_in(f, 16))
			fuzz_model_end(f);
		return true;
	default:
		return model_info(f, m);
	}
}

bool fuzz_model_op(struct fuzzer *f)
{
	bool ok;

	pthread_rwlock_rdlock(&forks);
	ok = model_op(f);
	pthread_rwlock_unlock(&forks);
	return ok;
}

/*
 * A child with copies of all descriptors waits for a deadline that is far away,
 * in the past, or not a time at all, and is killed.
 */
bool fuzz_fork_op(struct fuzzer *f)
{
	static const uint64_t deadlines[] = {
		KWAITGROUP_WAIT_FOREVER, KWAITGROUP_WAIT_FOREVER - 1, 1ULL << 62,
		(1ULL << 63) - 1, 1ULL << 63, 1,
	};
	uint64_t deadline = deadlines[fuzz_random(f) % ARRAY_SIZE(deadlines)];
	int status, slot = fuzz_slot(f), later = fuzz_one_in(f, 2);
	bool ok;
	pid_t pid;

	pthread_rwlock_wrlock(&forks);
	pid = fork();
	if (!pid) {
		kwg_wait_until(slot, deadline);
		_exit(0);
	}
	ok = pid > 0 || errno == ENOMEM || errno == EAGAIN ||
	     fuzz_fail(f, "fork", errno);
	if (pid > 0) {
		if (later)
			kwg_done(fuzz_slot(f), 1);
		kill(pid, SIGKILL);
		ok = waitpid(pid, &status, 0) == pid ||
		     fuzz_fail(f, "waitpid", errno);
	}
	pthread_rwlock_unlock(&forks);
	return ok;
}
