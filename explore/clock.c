// SPDX-License-Identifier: GPL-2.0
/*
 * What happens before what, and races.
 *
 * Two accesses to the same memory, one of them a write, must be in an order that
 * the kernel promises: by a lock, or by a release and the acquire that reads it.
 * If they are not, and one of them is plain, that is a data race, also in an
 * execution in which nothing went wrong: what KCSAN and ThreadSanitizer look for,
 * by vector clocks as the latter. Explored are sequentially consistent executions,
 * but a release that is missing in the source is missing in the clocks.
 *
 * If both are marked, READ_ONCE() and the like, it is where tasks talk: the address
 * becomes visible. There, and only there, the explorer has a choice before each
 * access. Everything else is ordered by what is visible, so to choose there would
 * lead to nothing new. An exploration begins with nothing visible, and anew with
 * each address that becomes so.
 */
#include <string.h>

#include "explorer.h"

#define CELLS		32768	/* 2^15 */
#define MAX_VISIBLE	256
#define MAX_FOREIGN	512

static struct cell cells[CELLS];
static uintptr_t visible[MAX_VISIBLE];
static unsigned int nr_visible;

/* Places on a stack where another task was. */
static struct {
	unsigned int run, nr;
	uintptr_t place[MAX_FOREIGN];
} foreign[EX_SLOTS];

void ex_join(struct clock *to, const struct clock *from)
{
	int i;

	for (i = 0; i < EX_SLOTS; i++)
		if (to->at[i] < from->at[i])
			to->at[i] = from->at[i];
}

static struct cell *cell_at(uintptr_t key)
{
	unsigned int i = key * 0x9e3779b97f4a7c15ULL >> 49;

	while (cells[i].run == ex_run_nr && cells[i].key != key)
		i = (i + 1) % CELLS;
	return &cells[i];
}

/* The cell of an address, or NULL if nothing is known of it. */
struct cell *ex_cell_known(uintptr_t p)
{
	struct cell *cell = cell_at(p >> 2);

	return cell->run == ex_run_nr ? cell : NULL;
}

struct cell *ex_cell(uintptr_t p)
{
	struct cell *cell = cell_at(p >> 2);

	if (cell->run != ex_run_nr) {
		cell->key = p >> 2;
		cell->run = ex_run_nr;
		cell->synced = false;
		cell->writers = 0;
		cell->readers = 0;
	}
	return cell;
}

static void cell_sync(struct cell *cell)
{
	if (cell->synced)
		return;
	cell->synced = true;
	memset(&cell->release, 0, sizeof(cell->release));
	memset(&cell->trace_write, 0, sizeof(cell->trace_write));
	memset(&cell->trace_read, 0, sizeof(cell->trace_read));
}

bool ex_visible(uintptr_t p)
{
	unsigned int i;

	for (i = 0; i < nr_visible; i++)
		if (visible[i] == p >> 2)
			return true;
	return false;
}

void ex_make_visible(uintptr_t p)
{
	if (ex_replaying || ex_visible(p))
		return;
	if (nr_visible == MAX_VISIBLE)
		ex_fail("more than %d shared objects", MAX_VISIBLE);
	visible[nr_visible++] = p >> 2;
	ex_outcome(RESTART);
}

static void conflict(uintptr_t p, bool marked, const void *pc,
		     const void *other_pc)
{
	if (marked)
		ex_make_visible(p);
	else
		ex_report_race(p, pc, other_pc);
}

/* Whether those who were there are before the running task's access. */
static void check_those(uint32_t those, const uint16_t *at, uint32_t those_marked,
			uintptr_t p, bool marked, const void *pc,
			const uint32_t *their_pc)
{
	const struct task *t = ex_running;

	for (; those; those &= those - 1) {
		int i = __builtin_ctz(those);

		if (at[i] > t->sync.at[i])
			conflict(p, marked && (those_marked & 1u << i), pc,
				 (const void *)(uintptr_t)their_pc[i]);
	}
}

static uint32_t with_bit(uint32_t bits, uint32_t bit, bool set)
{
	return set ? bits | bit : bits & ~bit;
}

static void note_write(struct cell *cell, bool marked, const void *pc)
{
	const struct task *t = ex_running;
	uint32_t me = 1u << t->slot;

	/* All before it are before it: who comes later need not look at them. */
	if (!marked) {
		cell->writers = 0;
		cell->readers = 0;
	}
	cell->writers |= me;
	cell->write_marked = with_bit(cell->write_marked, me, marked);
	cell->write_at[t->slot] = t->sync.at[t->slot];
	cell->write_pc[t->slot] = (uintptr_t)pc;
}

static void check_cell(uintptr_t p, bool write, bool marked, const void *pc)
{
	const struct task *t = ex_running;
	uint32_t me = 1u << t->slot;
	struct cell *cell = ex_cell(p);

	check_those(cell->writers, cell->write_at, cell->write_marked, p,
		    marked, pc, cell->write_pc);
	if (write) {
		check_those(cell->readers, cell->read_at, cell->read_marked, p,
			    marked, pc, cell->read_pc);
		note_write(cell, marked, pc);
		return;
	}
	cell->readers |= me;
	cell->read_marked = with_bit(cell->read_marked, me, marked);
	cell->read_at[t->slot] = t->sync.at[t->slot];
	cell->read_pc[t->slot] = (uintptr_t)pc;
}

/* Somebody is on the stack of another task, which must not leave meanwhile. */
static void check_foreign(uintptr_t p, const void *pc)
{
	int owner = ex_stack_owner(p);
	unsigned int i;

	if (owner < 0 || owner == ex_running->slot)
		return;
	if (foreign[owner].run != ex_run_nr) {
		foreign[owner].run = ex_run_nr;
		foreign[owner].nr = 0;
	}
	for (i = 0; i < foreign[owner].nr; i++)
		if (foreign[owner].place[i] == p >> 2)
			return;
	if (i == MAX_FOREIGN)
		ex_fail("more than %d places of a stack are shared", i);
	foreign[owner].place[foreign[owner].nr++] = p >> 2;
}

/* An access by the running task. */
void ex_check(uintptr_t p, unsigned int size, bool write, bool marked,
	      const void *pc)
{
	uintptr_t at, end = marked ? p + 1 : p + size;

	for (at = p & ~3ul; at < end; at += 4) {
		check_cell(at, write, marked, pc);
		check_foreign(at, pc);
	}
}

/* As if the running task wrote to all of it: its frames there are gone. */
void ex_left_frame(uintptr_t from, uintptr_t to)
{
	const struct task *t = ex_running;
	unsigned int i;

	if (foreign[t->slot].run != ex_run_nr)
		return;
	for (i = 0; i < foreign[t->slot].nr; i++) {
		uintptr_t p = foreign[t->slot].place[i] << 2;

		if (p >= from && p < to)
			check_cell(p, true, false, __builtin_return_address(0));
	}
}

static bool acquires(int order)
{
	return order == __ATOMIC_ACQUIRE || order == __ATOMIC_SEQ_CST;
}

static bool releases(int order)
{
	return order == __ATOMIC_RELEASE || order == __ATOMIC_SEQ_CST;
}

/*
 * What a marked access orders. A read-modify-write continues the release sequence
 * that it is in, a store ends it.
 */
void ex_order(struct cell *cell, int order, bool read, bool write)
{
	struct task *t = ex_running;
	const struct clock *given = releases(order) ? &t->sync : &t->released;

	cell_sync(cell);
	if (order == __ATOMIC_SEQ_CST)
		ex_order_fence(order);
	if (read)
		ex_join(acquires(order) ? &t->sync : &t->to_acquire,
			&cell->release);
	if (write && read)
		ex_join(&cell->release, given);
	else if (write)
		cell->release = *given;
	if (order == __ATOMIC_SEQ_CST)
		ex_order_fence(order);
	t->sync.at[t->slot]++;
}

void ex_order_fence(int order)
{
	struct task *t = ex_running;

	if (acquires(order))
		ex_join(&t->sync, &t->to_acquire);
	if (releases(order))
		t->released = t->sync;
	t->sync.at[t->slot]++;
}

static void trace_object(struct task *t, uintptr_t p, bool write)
{
	struct cell *cell = ex_cell(p);

	cell_sync(cell);
	if (write) {
		cell->trace_write = t->trace;
		memset(&cell->trace_read, 0, sizeof(cell->trace_read));
	} else {
		ex_join(&cell->trace_read, &t->trace);
	}
}

static void trace_join(struct clock *to, uintptr_t p, bool write)
{
	const struct cell *cell = ex_cell_known(p);

	if (!cell || !cell->synced)
		return;
	ex_join(to, &cell->trace_write);
	if (write)
		ex_join(to, &cell->trace_read);
}

/* After which steps the next one of a task comes, whatever the schedule. */
void ex_trace_of(const struct task *t, struct clock *trace)
{
	const struct op *op = &t->op;
	int owner = ex_stack_owner(op->p), i;

	*trace = t->trace;
	if (op->p)
		trace_join(trace, op->p, op->write);
	if (owner >= 0 && owner != t->slot)
		trace_join(trace, (uintptr_t)ex_tasks[owner].stack, false);
	/* A grace period is after everything, and everything else is later. */
	for (i = 0; i < EX_SLOTS && op->kind == OP_GRACE; i++)
		ex_join(trace, &ex_tasks[i].trace);
	trace->at[t->slot]++;
}

/* The step is made. */
void ex_trace_step(struct task *t)
{
	const struct op *op = &t->op;
	int owner = ex_stack_owner(op->p);
	struct clock trace;

	ex_trace_of(t, &trace);
	t->trace = trace;
	if (op->p)
		trace_object(t, op->p, op->write);
	if (owner >= 0 && owner != t->slot)
		trace_object(t, (uintptr_t)ex_tasks[owner].stack, false);
}

/* For the next scenario. */
void ex_clocks_reset(void)
{
	nr_visible = 0;
}
