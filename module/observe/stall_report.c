// SPDX-License-Identifier: GPL-2.0
/*
 * What is told of waits that take too long: the group, who waits, and who holds
 * it, tasks with their stacks.
 *
 * However many waits have stalled, the log has to remain readable. Of one look
 * of the watch so many are told in full, and the others are a number. And who
 * holds a group is told when it has changed, not in every period again.
 */
#include <linux/hash.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/printk.h>
#include <linux/sched/debug.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "registry.h"
#include "stall.h"

static atomic_long_t kwg_stalls;
static atomic_long_t kwg_warnings;

static void kwg_put_holder(const struct kwg_record *rec)
{
	if (rec->task)
		put_task_struct(rec->task);
}

/* In the order of age; the youngest drops out. */
static void kwg_add_holder(struct kwg_holders *holders,
			   const struct kwg_record *rec)
{
	int i = holders->nr;

	holders->members++;
	holders->print += hash_64((unsigned long)rec->member, 64) ^
			  hash_64((unsigned long)rec->task + rec->joined, 64);
	while (i && rec->joined < holders->oldest[i - 1].joined)
		i--;
	if (i == KWG_STALL_MEMBERS)
		return;
	if (holders->nr == KWG_STALL_MEMBERS)
		kwg_put_holder(&holders->oldest[--holders->nr]);
	memmove(&holders->oldest[i + 1], &holders->oldest[i],
		(holders->nr - i) * sizeof(*rec));
	holders->oldest[i] = *rec;
	if (rec->task)
		get_task_struct(rec->task);
	holders->nr++;
}

/* Those that are no tasks. */
static void kwg_find_holds(struct kwg_stall *stall)
{
	struct kwg_hold_place place = { .wg = stall->wg };
	struct kwg_record copies[4];
	unsigned int i, nr;

	do {
		nr = kwg_holds_copy(&place, copies, ARRAY_SIZE(copies));
		for (i = 0; i < nr; i++)
			kwg_add_holder(&stall->holders, &copies[i]);
		cond_resched();
	} while (nr == ARRAY_SIZE(copies));
}

static void kwg_find_holders(struct kwg_stall *stall)
{
	struct kwg_cursor cursor = { .wg = stall->wg };
	struct kwg_record copies[4];
	unsigned int i, nr;

	do {
		nr = kwg_records_copy(&cursor, copies, ARRAY_SIZE(copies));
		for (i = 0; i < nr; i++) {
			kwg_add_holder(&stall->holders, &copies[i]);
			put_task_struct(copies[i].task);
		}
		cond_resched();
	} while (nr == ARRAY_SIZE(copies));
	if (!kwg_mutant(holders_untold))
		kwg_find_holds(stall);
}

/*
 * What was told last, by group. Two groups may have the same place, and then
 * each is told of again. Without a lock: the watch runs once.
 */
#define KWG_TOLD_BITS	6

static struct kwg_told {
	const struct kwaitgroup *wg;
	u64 since_ns;		/* which wait it was */
	u64 print;
	int count;
} kwg_told[1 << KWG_TOLD_BITS];

static bool kwg_is_news(const struct kwg_stall *stall)
{
	struct kwg_told *told = &kwg_told[hash_ptr(stall->wg, KWG_TOLD_BITS)];
	struct kwg_told now = {
		.wg = stall->wg, .since_ns = stall->since_ns,
		.print = stall->holders.print, .count = stall->count,
	};

	if (told->wg == now.wg && told->since_ns == now.since_ns &&
	    told->print == now.print && told->count == now.count &&
	    !kwg_mutant(holders_told_again))
		return false;
	*told = now;
	return true;
}

static void kwg_print_task(const struct kwg_record *rec)
{
	struct task_struct *task = rec->task;
	char comm[TASK_COMM_LEN];

	kwg_copy_comm(comm, task->comm);
	pr_err("kwaitgroup: stall: held by %s[%d] state %c for %llu s, joined in %pS\n",
	       comm, task_pid_nr(task), task_state_to_char(task),
	       div_u64(kwg_joined_for(rec->joined), HZ), (void *)rec->ip);
	sched_show_task(task);
}

static void kwg_print_holder(const struct kwg_record *rec)
{
	if (rec->task)
		kwg_print_task(rec);
	else
		pr_err("kwaitgroup: stall: held by a holder, cookie 0x%llx, for %llu s, taken in %pS\n",
		       rec->cookie, div_u64(kwg_joined_for(rec->joined), HZ),
		       (void *)rec->ip);
}

static void kwg_print_holders(const struct kwg_stall *stall)
{
	const struct kwg_holders *holders = &stall->holders;
	int i;

	for (i = 0; i < holders->nr; i++)
		kwg_print_holder(&holders->oldest[i]);
	if (holders->members > holders->nr)
		pr_err("kwaitgroup: stall: and %d members that joined later\n",
		       holders->members - holders->nr);
	if (stall->count > holders->members)
		pr_err("kwaitgroup: stall: and %d members that have not joined by name\n",
		       stall->count - holders->members);
	kwg_tally_print(stall->wg);
}

static void kwg_print_stall(const struct kwg_stall *stall, const char *name,
			    const char *comm, u64 secs)
{
	pr_err("kwaitgroup: stall: group %s: %s[%d] waits for %llu s in %pS, count %d, %d waiters\n",
	       name, comm, task_pid_nr(stall->task), secs, (void *)stall->ip,
	       stall->count, stall->waiters);
	if (kwg_is_news(stall))
		kwg_print_holders(stall);
	else
		pr_err("kwaitgroup: stall: held by the same %d members as when it was told before\n",
		       stall->count);
	/* Last: who sees the number can read the report. */
	atomic_long_inc(&kwg_stalls);
}

static void kwg_print_warning(const struct kwg_stall *stall, const char *name,
			      const char *comm, u64 secs)
{
	atomic_long_inc(&kwg_warnings);
	pr_warn("kwaitgroup: slow: group %s: %s[%d] waits for %llu s in %pS, 99 of 100 waits took less than %llu us\n",
		name, comm, task_pid_nr(stall->task), secs, (void *)stall->ip,
		stall->p99_us);
}

static void kwg_report(const struct kwg_stall *stall)
{
	u64 secs = div_u64(stall->ns, NSEC_PER_SEC);
	char name[KWAITGROUP_NAME_LEN];
	char comm[TASK_COMM_LEN];

	kwg_registry_name(stall->wg, name, sizeof(name));
	kwg_copy_comm(comm, stall->task->comm);
	if (stall->p99_us)
		kwg_print_warning(stall, name, comm, secs);
	else
		kwg_print_stall(stall, name, comm, secs);
}

static void kwg_report_more(const struct kwg_pass *pass)
{
	if (pass->more_warnings)
		pr_warn("kwaitgroup: slow: and %u more waits\n",
			pass->more_warnings);
	if (pass->more_stalls)
		pr_err("kwaitgroup: stall: and %u more waits have stalled\n",
		       pass->more_stalls);
	atomic_long_add(pass->more_warnings, &kwg_warnings);
	atomic_long_add(pass->more_stalls, &kwg_stalls);
}

static void kwg_put_stall(struct kwg_stall *stall)
{
	int i;

	for (i = 0; i < stall->holders.nr; i++)
		kwg_put_holder(&stall->holders.oldest[i]);
	put_task_struct(stall->task);
}

/* Tells what was found, and gives the tasks back. */
void kwg_stall_report(struct kwg_pass *pass)
{
	unsigned int i;

	if (!pass->nr)
		return;
	for (i = 0; i < pass->nr; i++) {
		if (!pass->stalls[i].p99_us)
			kwg_find_holders(&pass->stalls[i]);
		kwg_report(&pass->stalls[i]);
		kwg_put_stall(&pass->stalls[i]);
		cond_resched();
	}
	kwg_report_more(pass);
}

void kwg_stall_show_stats(struct seq_file *m)
{
	seq_printf(m, "stalls %ld\n", atomic_long_read(&kwg_stalls));
	seq_printf(m, "early_warnings %ld\n", atomic_long_read(&kwg_warnings));
}
