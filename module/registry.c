// SPDX-License-Identifier: GPL-2.0
/*
 * The registry: groups that want to be seen in debugfs.
 *
 * Entries are numbered, and listed by number from an XArray: a reader that
 * comes back for the next page finds its place whatever came and went, so a
 * group that is there the whole time is listed exactly once. Entries are also
 * hashed by the group's address, for unregistering and for reports.
 *
 * A reader follows an entry's pointer to its group. That is safe because it
 * holds the semaphore from start() to stop(), and unregistering, after which
 * the group may be freed, takes it for writing. add, done and wait know
 * nothing of the registry.
 */
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/hashtable.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/xarray.h>

#include "internal.h"

static DECLARE_RWSEM(kwg_registry_sem);
static DEFINE_XARRAY_ALLOC1(kwg_entries);	/* by number */
static DEFINE_HASHTABLE(kwg_addresses, 10);	/* written under the sem, RCU */
static u32 kwg_next_id;
static unsigned long kwg_nr_entries;		/* under the sem */

static struct kwg_entry *kwg_find(const struct kwaitgroup *wg)
{
	struct kwg_entry *entry;

	hash_for_each_possible_rcu(kwg_addresses, entry, by_address,
				   (unsigned long)wg,
				   lockdep_is_held(&kwg_registry_sem))
		if (entry->wg == wg)
			return entry;
	return NULL;
}

/**
 * kwg_registry_name - the name of a group, for a report
 * @wg: the group, as an address
 * @buf: gets the name, or "?" if the group is not registered
 * @size: of @buf
 *
 * Context: Any.
 */
void kwg_registry_name(const struct kwaitgroup *wg, char *buf, size_t size)
{
	struct kwg_entry *entry;

	rcu_read_lock();
	entry = kwg_find(wg);
	strscpy(buf, entry ? entry->name : "?", size);
	rcu_read_unlock();
}

unsigned long kwg_registry_size(void)
{
	return READ_ONCE(kwg_nr_entries);
}

/* ';' separates the frames of a folded stack, which starts with the name. */
static int kwg_check_name(const char *name, int len)
{
	if (len >= KWAITGROUP_NAME_LEN)
		return -ENAMETOOLONG;
	if (!len)
		return -EINVAL;
	for (; *name; name++)
		if (!isascii(*name) || !isgraph(*name) || *name == ';')
			return -EINVAL;
	return 0;
}

static int kwg_insert(struct kwg_entry *entry)
{
	int err;

	lockdep_assert_held_write(&kwg_registry_sem);

	if (kwg_find(entry->wg))
		return -EEXIST;
	err = xa_alloc_cyclic(&kwg_entries, &entry->id, entry, xa_limit_32b,
			      &kwg_next_id, GFP_KERNEL);
	if (err < 0)
		return err;
	hash_add_rcu(kwg_addresses, &entry->by_address,
		     (unsigned long)entry->wg);
	WRITE_ONCE(kwg_nr_entries, kwg_nr_entries + 1);
	return 0;
}

static void kwg_remove(struct kwg_entry *entry)
{
	lockdep_assert_held_write(&kwg_registry_sem);

	xa_erase(&kwg_entries, entry->id);
	hash_del_rcu(&entry->by_address);
	WRITE_ONCE(kwg_nr_entries, kwg_nr_entries - 1);
	kfree_rcu(entry, rcu);
}

/* The function behind kwaitgroup_register(), which see. */
int __kwaitgroup_register(struct kwaitgroup *wg, struct module *owner,
			  const char *fmt, ...)
{
	struct kwg_entry *entry;
	va_list args;
	int err, len;

	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return -ENOMEM;
	entry->wg = wg;
	entry->owner = owner;
	entry->ip = _RET_IP_;
	snprintf(entry->caller, sizeof(entry->caller), "%pS", (void *)entry->ip);
	entry->registered_ns = ktime_get_boottime_ns();

	va_start(args, fmt);
	len = vsnprintf(entry->name, sizeof(entry->name), fmt, args);
	va_end(args);
	err = kwg_check_name(entry->name, len);
	if (!err) {
		down_write(&kwg_registry_sem);
		err = kwg_insert(entry);
		up_write(&kwg_registry_sem);
	}
	if (err)
		kfree(entry);
	return err;
}
EXPORT_SYMBOL_GPL(__kwaitgroup_register);

/* Copies instead of a pointer: nothing is locked when it has returned. */
static bool kwg_find_leak(const struct module *owner, struct kwg_entry *leak)
{
	struct kwg_entry *entry;
	unsigned long id;
	bool found = false;

	down_read(&kwg_registry_sem);
	xa_for_each(&kwg_entries, id, entry) {
		if (entry->owner == owner) {
			*leak = *entry;
			found = true;
			break;
		}
	}
	up_read(&kwg_registry_sem);
	return found;
}

static bool kwg_drop(const struct kwaitgroup *wg)
{
	struct kwg_entry *entry;

	down_write(&kwg_registry_sem);
	entry = kwg_find(wg);
	if (entry)
		kwg_remove(entry);
	up_write(&kwg_registry_sem);
	return entry;
}

/**
 * kwaitgroup_unregister - take a group off the list
 * @wg: the group
 *
 * After it the group's memory may be freed. Doing so with members or waiters
 * left, or for a group that is not registered, is reported.
 *
 * Context: Process context. May sleep, for as long as a reader of debugfs
 * needs for one page.
 */
void kwaitgroup_unregister(struct kwaitgroup *wg)
{
	s64 state = atomic64_read(&wg->state);

	/* Before it is dropped, while it has a name to report. */
	if (!kwg_settled(state) || (state & KWAITGROUP_TICKET_MASK))
		kwg_misuse(wg, KWG_MISUSE_UNREGISTER, kwg_state_count(state),
			   _RET_IP_);
	if (!kwg_drop(wg))
		kwg_misuse(wg, KWG_MISUSE_UNKNOWN, kwg_state_count(state),
			   _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_unregister);

/*
 * A module is going away, its exit function has run: what it registered and
 * did not unregister points into memory that is about to be freed. Reported
 * without the semaphore, as misuse=bug does not come back.
 */
static void kwg_drop_leaks(const struct module *owner)
{
	struct kwg_entry leak;

	while (!kwg_mutant(leak_stays_listed) && kwg_find_leak(owner, &leak)) {
		kwg_misuse_by(leak.wg, KWG_MISUSE_LEAK, 0, leak.ip,
			      leak.caller);
		kwg_drop(leak.wg);
	}
}

static int kwg_module_event(struct notifier_block *nb, unsigned long event,
			    void *module)
{
	if (event == MODULE_STATE_GOING)
		kwg_drop_leaks(module);
	return NOTIFY_DONE;
}

static struct notifier_block kwg_module_nb = {
	.notifier_call = kwg_module_event,
};

int kwg_registry_init(void)
{
	return register_module_notifier(&kwg_module_nb);
}

/* Modules with groups use this one, so none is left to have an entry. */
void kwg_registry_exit(void)
{
	unregister_module_notifier(&kwg_module_nb);
	rcu_barrier();
	xa_destroy(&kwg_entries);
}

/* debugfs: groups. The position is the entry's number; 0 is the header. */

static void *kwg_groups_from(unsigned long id, loff_t *pos)
{
	struct kwg_entry *entry;

	entry = xa_find(&kwg_entries, &id, ULONG_MAX, XA_PRESENT);
	if (entry)
		*pos = id;
	return entry;
}

static void *kwg_groups_start(struct seq_file *m, loff_t *pos)
{
	if (!kwg_mutant(reader_unlocked))
		down_read(&kwg_registry_sem);
	return *pos ? kwg_groups_from(*pos, pos) : SEQ_START_TOKEN;
}

static void *kwg_groups_next(struct seq_file *m, void *v, loff_t *pos)
{
	return kwg_groups_from(++*pos, pos);
}

static void kwg_groups_stop(struct seq_file *m, void *v)
{
	if (!kwg_mutant(reader_unlocked))
		up_read(&kwg_registry_sem);
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
	s64 state;
	u64 age;

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%10s %-31s %11s %-7s %-5s %9s %s\n", "ID",
			   "NAME", "COUNT", "WAITERS", "FLAGS", "AGE",
			   "REGISTERED-BY");
		return 0;
	}
	state = atomic64_read(&entry->wg->state);
	age = ktime_get_boottime_ns() - entry->registered_ns;
	seq_printf(m, "%10u %-31s %11d %-7s %-5s %8llus %s\n", entry->id,
		   entry->name, kwg_state_count(state),
		   state & KWAITGROUP_TICKET_MASK ? "yes" : "no",
		   kwg_flags(state, flags), div_u64(age, NSEC_PER_SEC),
		   entry->caller);
	return 0;
}

const struct seq_operations kwg_groups_sops = {
	.start = kwg_groups_start,
	.next = kwg_groups_next,
	.stop = kwg_groups_stop,
	.show = kwg_groups_show,
};
