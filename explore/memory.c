// SPDX-License-Identifier: GPL-2.0
/*
 * Memory: what the kernel allocates, at the same place in each execution, and
 * every plain access, of which the compiler tells AddressSanitizer and thereby us.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <sanitizer/asan_interface.h>

#include "explorer.h"

#define ARENAS		0x210000000000ul
#define ARENA_SIZE	(256ul << 10)
#define MAX_BLOCKS	64
#define REDZONE		64

/* Each task has its own, so that it matters to nobody who is first. */
static struct arena {
	size_t used;
	unsigned int nr;
	struct block {
		uintptr_t p;
		size_t size;
		bool freed;
	} blocks[MAX_BLOCKS];
} arenas[EX_SLOTS + 1];

static uintptr_t arena_base(int i)
{
	return ARENAS + i * ARENA_SIZE;
}

static void arenas_map(void)
{
	size_t size = (EX_SLOTS + 1) * ARENA_SIZE;
	void *p = mmap((void *)ARENAS, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p != (void *)ARENAS) {
		perror("memory");
		exit(2);
	}
	__asan_poison_memory_region(p, size);
}

static void clear(uintptr_t p, size_t size)
{
	volatile uint64_t *word = (void *)p;

	for (; size; size -= 8)
		*word++ = 0;
}

void ex_memory_reset(void)
{
	static bool mapped;
	int i;

	if (!mapped)
		arenas_map();
	mapped = true;
	for (i = 0; i <= EX_SLOTS; i++) {
		if (!arenas[i].used)
			continue;
		__asan_poison_memory_region((void *)arena_base(i),
					    arenas[i].used);
		arenas[i].used = 0;
		arenas[i].nr = 0;
	}
}

static struct arena *my_arena(void)
{
	return &arenas[ex_running ? ex_running->slot : EX_SLOTS];
}

void *ex_alloc(size_t size)
{
	struct arena *a = my_arena();
	struct block *b = &a->blocks[a->nr++];

	size = (size + 7) & ~7ul;
	if (a->nr > MAX_BLOCKS || a->used + size + REDZONE > ARENA_SIZE)
		ex_fail("no memory for %zu bytes", size);
	*b = (struct block) {
		.p = arena_base(a - arenas) + a->used + REDZONE, .size = size,
	};
	a->used = (a->used + size + 2 * REDZONE - 1) & ~(REDZONE - 1ul);
	__asan_unpoison_memory_region((void *)b->p, size);
	clear(b->p, size);
	return (void *)b->p;
}

static struct block *block_of(const void *p)
{
	uintptr_t i = ((uintptr_t)p - ARENAS) / ARENA_SIZE, j;

	for (j = 0; i <= EX_SLOTS && j < arenas[i].nr; j++)
		if (arenas[i].blocks[j].p == (uintptr_t)p)
			return &arenas[i].blocks[j];
	ex_fail("%p is not allocated", p);
}

/*
 * As a plain write to all of it: who was there must have been before, by an order
 * that the kernel promises. Who comes later finds it poisoned.
 */
void ex_free(const void *p)
{
	struct block *b = block_of(p);

	if (b->freed)
		ex_fail("freed twice");
	if (ex_running)
		ex_check(b->p, b->size, true, false,
			 __builtin_return_address(0));
	b->freed = true;
	__asan_poison_memory_region(p, b->size);
}

void ex_free_later(const void *p)
{
	struct block *b = block_of(p);

	ex_grace_period(EX_SITE("kfree_rcu()"));
	if (b->freed)
		ex_fail("freed twice");
	b->freed = true;
	__asan_poison_memory_region(p, b->size);
}

void *ex_alloc_at(void *p)
{
	struct block *b = block_of(p);

	if (!b->freed)
		ex_fail("not freed");
	b->freed = false;
	__asan_unpoison_memory_region(p, b->size);
	clear(b->p, b->size);
	return p;
}

/* What the compiler calls for each plain access; linked with --wrap. */

#define WRAP(kind, size, write)						\
	void __real___asan_##kind##size(uintptr_t p);			\
	void __wrap___asan_##kind##size(uintptr_t p);			\
	void __wrap___asan_##kind##size(uintptr_t p)			\
	{								\
		ex_plain(p, size, write, __builtin_return_address(0));	\
		__real___asan_##kind##size(p);				\
	}

WRAP(load, 1, false)
WRAP(load, 2, false)
WRAP(load, 4, false)
WRAP(load, 8, false)
WRAP(load, 16, false)
WRAP(store, 1, true)
WRAP(store, 2, true)
WRAP(store, 4, true)
WRAP(store, 8, true)
WRAP(store, 16, true)

void __real___asan_loadN(uintptr_t p, size_t size);
void __wrap___asan_loadN(uintptr_t p, size_t size);
void __real___asan_storeN(uintptr_t p, size_t size);
void __wrap___asan_storeN(uintptr_t p, size_t size);

void __wrap___asan_loadN(uintptr_t p, size_t size)
{
	ex_plain(p, size, false, __builtin_return_address(0));
	__real___asan_loadN(p, size);
}

void __wrap___asan_storeN(uintptr_t p, size_t size)
{
	ex_plain(p, size, true, __builtin_return_address(0));
	__real___asan_storeN(p, size);
}

/* The same for an access that is marked, before it is made. */
void ex_asan(uintptr_t p, unsigned int size, bool write)
{
	if (write)
		__real___asan_storeN(p, size);
	else
		__real___asan_loadN(p, size);
}
