// SPDX-License-Identifier: GPL-2.0
/* debugfs: groups and waits, a line for each registered group. */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include "../percpu/percpu.h"
#include "registry.h"

/* In FLAGS: its memory is not there any more, so nothing is known of it. */
#define KWG_GONE	"G"

/*
 * Who frees a group without unregistering it leaves a pointer to nowhere, if
 * the memory was that of a stack say. On 32 bits this may read the halves of
 * the word at different times: a count, and flags.
 */
static bool kwg_peek_state(const struct kwaitgroup *wg, s64 *state)
{
	if (kwg_mutant(gone_is_followed)) {
		*state = atomic64_read(&wg->state);
		return true;
	}
	if (!copy_from_kernel_nofault(state, &wg->state, sizeof(*state)))
		return true;
	/* A read that faulted may have left anything there. */
	*state = 0;
	return false;
}

/* Flags as lslocks(8) would: one letter each, '-' for none. */
static const char *kwg_flags(s64 state, char buf[4])
{
	char *p = buf;

	if (state & KWAITGROUP_CLOSED)
		*p++ = 'C';
	if (state & KWAITGROUP_OWNERDEAD)
		*p++ = 'D';
	if (state & KWAITGROUP_BADFD)
		*p++ = 'B';
	if (p == buf)
		*p++ = '-';
	*p = '\0';
	return buf;
}

static int kwg_groups_show(struct seq_file *m, void *v)
{
	struct kwg_entry *entry = v;
	char flags[4];
	long count;
	bool gone;
	s64 state;
	u64 age;

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%10s %-31s %11s %-7s %-5s %9s %s\n", "ID",
			   "NAME", "COUNT", "WAITERS", "FLAGS", "AGE",
			   "REGISTERED-BY");
		return 0;
	}
	gone = !kwg_peek_state(entry->wg, &state);
	count = kwg_state_count(state);
	if (!gone && READ_ONCE(entry->is_percpu))
		gone = !kwg_percpu_peek(entry->wg, &count);
	age = ktime_get_boottime_ns() - entry->registered_ns;
	seq_printf(m, "%10u %-31s %11ld %-7s %-5s %8llus %s\n", entry->id,
		   entry->name, count,
		   state & KWAITGROUP_TICKET_MASK ? "yes" : "no",
		   gone ? KWG_GONE : kwg_flags(state, flags),
		   div_u64(age, NSEC_PER_SEC), entry->caller);
	return 0;
}

const struct seq_operations kwg_groups_sops = {
	.start = kwg_registry_start,
	.next = kwg_registry_next,
	.stop = kwg_registry_stop,
	.show = kwg_groups_show,
};

static int kwg_waits_show(struct seq_file *m, void *v)
{
	const struct kwg_entry *entry = v;

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%10s %-31s %10s %10s %14s %12s %s\n", "ID",
			   "NAME", "WAITS", "ABORTED", "TOTAL-US", "MAX-US",
			   "HISTOGRAM");
		return 0;
	}
	seq_printf(m, "%10u %-31s ", entry->id, entry->name);
	kwg_history_show(m, &entry->history);
	return 0;
}

const struct seq_operations kwg_waits_sops = {
	.start = kwg_registry_start,
	.next = kwg_registry_next,
	.stop = kwg_registry_stop,
	.show = kwg_waits_show,
};
