// SPDX-License-Identifier: GPL-2.0
/*
 * The steps: what a task does that others can see, one at a time. Before each it
 * says what it is about to do, and goes on when it is its turn.
 */
#include "explorer.h"

static bool may_race;

/* These are not about an object that others may never look at. */
static bool always_visible(enum op_kind kind)
{
	return kind == OP_SLEEP || kind == OP_AWAIT || kind == OP_GRACE ||
	       kind == OP_GRACE_END;
}

static bool is_visible(const struct task *t)
{
	int owner = ex_stack_owner(t->op.p);

	if (ex_replaying || always_visible(t->op.kind) || ex_visible(t->op.p))
		return true;
	if (owner >= 0 && owner != t->slot)
		return ex_visible((uintptr_t)ex_tasks[owner].stack);
	return t->op.kind == OP_SYNC && !ex_enabled(t);
}

/* Returns when it is the running task's turn. */
void ex_step_op(struct op op)
{
	struct task *t = ex_running;

	t->op = op;
	if (is_visible(t)) {
		ex_reschedule();
		ex_record(t);
	}
	ex_report_step(t);
}

void ex_step(enum op_kind kind, const volatile void *p, bool write,
	     const struct ex_site *site)
{
	ex_step_op((struct op) {
		.kind = kind, .p = (uintptr_t)p, .write = write, .site = site,
	});
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 32) * 0xd6e8feb86659fd93ULL;
	x = (x ^ x >> 32) * 0xd6e8feb86659fd93ULL;
	return x ^ x >> 32;
}

/* A step is what it is by who makes it and what was before. */
uint64_t ex_hash_of(const struct task *t)
{
	uint64_t hash = t->slot + 1, word = 0;
	struct clock trace;
	int i;

	ex_trace_of(t, &trace);
	for (i = 0; i < EX_SLOTS; i++) {
		word = word << 16 | trace.at[i];
		if (i % 4 == 3)
			hash = mix(hash + word);
	}
	return hash;
}

void ex_record(struct task *t)
{
	ex_recorded(ex_hash_of(t));
	ex_trace_step(t);
}

/* The place of @p on the stack of another task is one of its objects, too. */
void ex_access(const volatile void *p, bool write, const void *pc)
{
	uintptr_t at = (uintptr_t)p;
	int owner = ex_stack_owner(at);

	if (owner >= 0 && owner != ex_running->slot)
		ex_check((uintptr_t)ex_tasks[owner].stack, 4, false, true, pc);
	ex_check(at, 4, write, true, pc);
}

unsigned long long ex_get(const volatile void *p, unsigned int size)
{
	switch (size) {
	case 1:
		return *(const volatile uint8_t *)p;
	case 4:
		return *(const volatile uint32_t *)p;
	}
	return *(const volatile uint64_t *)p;
}

static void put(volatile void *p, unsigned int size, unsigned long long value)
{
	switch (size) {
	case 1:
		*(volatile uint8_t *)p = value;
		return;
	case 4:
		*(volatile uint32_t *)p = value;
		return;
	}
	*(volatile uint64_t *)p = value;
}

unsigned long long ex_load(const volatile void *p, unsigned int size, int order,
			   const struct ex_site *site)
{
	unsigned long long value;

	if (!ex_running)
		return ex_get(p, size);
	ex_step(OP_ACCESS, p, false, site);
	ex_access(p, false, __builtin_return_address(0));
	ex_asan((uintptr_t)p, size, false);
	value = ex_get(p, size);
	ex_watch_access(p, value, false);
	ex_order(ex_cell((uintptr_t)p), order, true, false);
	ex_trace(site, value);
	return value;
}

void ex_store(volatile void *p, unsigned int size, unsigned long long value,
	      int order, const struct ex_site *site)
{
	if (!ex_running) {
		put(p, size, value);
		return;
	}
	ex_step(OP_ACCESS, p, true, site);
	ex_access(p, true, __builtin_return_address(0));
	ex_asan((uintptr_t)p, size, true);
	put(p, size, value);
	ex_watch_access(p, value, true);
	ex_order(ex_cell((uintptr_t)p), order, false, true);
	ex_trace(site, value);
}

static unsigned long long changed(unsigned long long old, enum ex_rmw op,
				  unsigned long long arg)
{
	switch (op) {
	case EX_ADD:
		return old + arg;
	case EX_AND:
		return old & arg;
	case EX_OR:
		return old | arg;
	case EX_SET:
		break;
	}
	return arg;
}

unsigned long long ex_rmw(volatile void *p, unsigned int size, enum ex_rmw op,
			  unsigned long long arg, int order,
			  const struct ex_site *site)
{
	unsigned long long old, value;

	if (ex_running) {
		ex_step(OP_ACCESS, p, true, site);
		ex_access(p, true, __builtin_return_address(0));
		ex_asan((uintptr_t)p, size, true);
	}
	old = ex_get(p, size);
	value = changed(old, op, arg);
	put(p, size, value);
	if (ex_running) {
		ex_watch_access(p, value, true);
		ex_order(ex_cell((uintptr_t)p), order, true, true);
		ex_trace(site, value);
	}
	return old;
}

/* One that fails is a relaxed load. It counts as a write for whom it excludes. */
bool ex_cmpxchg(volatile void *p, unsigned int size, unsigned long long *old,
		unsigned long long value, int order, const struct ex_site *site)
{
	unsigned long long mask = size == 8 ? ~0ull : (1ull << 8 * size) - 1;
	unsigned long long was;
	bool done;

	if (ex_running) {
		ex_step(OP_ACCESS, p, true, site);
		ex_asan((uintptr_t)p, size, true);
	}
	was = ex_get(p, size);
	done = was == (*old & mask);
	if (ex_running)
		ex_access(p, done, __builtin_return_address(0));
	if (done)
		put(p, size, value);
	else
		*old = was;
	if (ex_running) {
		ex_watch_access(p, done ? value : was, done);
		ex_order(ex_cell((uintptr_t)p), done ? order : __ATOMIC_RELAXED,
			 true, done);
		ex_trace(site, done ? value : was);
	}
	return done;
}

void ex_fence(int order, const struct ex_site *site)
{
	if (ex_running)
		ex_order_fence(order);
}

void ex_may_race(bool may)
{
	may_race = may;
}

/* A plain access, of which the compiler tells. */
void ex_plain(uintptr_t p, unsigned int size, bool write, const void *pc)
{
	if (ex_running && !may_race)
		ex_check(p, size, write, false, pc);
}
