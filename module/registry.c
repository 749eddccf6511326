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

/* What it is called, in a trace or a list; @wg as an address. */
void kwg_label(const struct kwaitgroup *wg, struct kwg_label *label)
{
	const struct kwg_entry *entry;

	rcu_read_lock();
	entry = kwg_find(wg);
	label->id = entry ? entry->id : 0;
	label->cookie = entry ? atomic64_read(&entry->cookie) : 0;
	strscpy_pad(label->name, entry ? entry->name : "?",
		    sizeof(label->name));
	rcu_read_unlock();
}

/* Under rcu_read_lock(); NULL if it is not registered. */
struct kwg_entry *kwg_registry_find(const struct kwaitgroup *wg)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "finds a group without RCU");

	return kwg_find(wg);
}

/* Calls @fn for each entry until it returns an error, and returns that. */
int kwg_registry_each(int (*fn)(struct kwg_entry *entry))
{
	struct kwg_entry *entry;
	unsigned long id;
	int err = 0;

	down_write(&kwg_registry_sem);
	xa_for_each(&kwg_entries, id, entry) {
		err = fn(entry);
		if (err)
			break;
	}
	up_write(&kwg_registry_sem);
	return err;
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

static void kwg_free_entry(struct rcu_head *rcu)
{
	struct kwg_entry *entry = container_of(rcu, struct kwg_entry, rcu);

	kwg_tally_free(entry);
	kfree(entry);
}

static int kwg_insert(struct kwg_entry *entry)
{
	int err;

	lockdep_assert_held_write(&kwg_registry_sem);

	if (kwg_find(entry->wg))
		return -EEXIST;
	err = kwg_tally_new(entry);
	if (err)
		return err;
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
	call_rcu(&entry->rcu, kwg_free_entry);
}

static struct kwg_entry *kwg_new_entry(struct kwaitgroup *wg)
{
	struct kwg_entry *entry;

	/* A process that makes groups pays for the entries, too. */
	entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	if (entry) {
		entry->wg = wg;
		entry->registered_ns = ktime_get_boottime_ns();
		entry->stall_secs = KWG_STALL_DEFAULT;
	}
	return entry;
}

/*
 * Takes the entry over, also when it fails. @len: what the name needs; @id:
 * gets the number, as the entry may be dropped when this returns.
 */
static int kwg_enlist(struct kwg_entry *entry, int len, u32 *id)
{
	int err = kwg_check_name(entry->name, len);

	if (!err) {
		down_write(&kwg_registry_sem);
		err = kwg_insert(entry);
		*id = entry->id;
		up_write(&kwg_registry_sem);
	}
	if (err)
		kwg_free_entry(&entry->rcu);
	return err;
}

/**
 * kwg_registry_add - show a group of user space in debugfs
 * @wg: the group
 * @name: its name, checked as kwaitgroup_register() does
 * @caller: what to show as who registered it
 * @id: gets its number
 *
 * Taken off by kwg_registry_drop(), before its memory is freed.
 *
 * Return: 0, -EINVAL, -ENAMETOOLONG, -ENOMEM
 */
int kwg_registry_add(struct kwaitgroup *wg, const char *name,
		     const char *caller, u32 *id)
{
	struct kwg_entry *entry = kwg_new_entry(wg);

	if (!entry)
		return -ENOMEM;
	strscpy(entry->name, name, sizeof(entry->name));
	strscpy(entry->caller, caller, sizeof(entry->caller));
	/* User space decides how long it takes, and must not fill the log. */
	entry->stall_secs = 0;
	return kwg_enlist(entry, strlen(name), id);
}

/* The function behind kwaitgroup_register(), which see. */
int __kwaitgroup_register(struct kwaitgroup *wg, struct module *owner,
			  const char *fmt, ...)
{
	struct kwg_entry *entry;
	va_list args;
	int len;
	u32 id;

	entry = kwg_new_entry(wg);
	if (!entry)
		return -ENOMEM;
	entry->owner = owner;
	entry->ip = _RET_IP_;
	snprintf(entry->caller, sizeof(entry->caller), "%pS", (void *)entry->ip);

	va_start(args, fmt);
	len = vsnprintf(entry->name, sizeof(entry->name), fmt, args);
	va_end(args);
	return kwg_enlist(entry, len, &id);
}
EXPORT_SYMBOL_GPL(__kwaitgroup_register);

/* Returns false if it was not registered. */
bool kwg_registry_drop(const struct kwaitgroup *wg)
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
	if (!kwg_registry_drop(wg))
		kwg_misuse(wg, KWG_MISUSE_UNKNOWN, kwg_state_count(state),
			   _RET_IP_);
}
EXPORT_SYMBOL_GPL(kwaitgroup_unregister);

/**
 * kwaitgroup_set_cookie - what the traces of a registered group carry
 * @wg: the group
 * @cookie: anything, for example the number of a request
 *
 * Context: Process context. May sleep.
 * Return:
 * * 0		- success
 * * -ENOENT	- the group is not registered
 */
int kwaitgroup_set_cookie(struct kwaitgroup *wg, u64 cookie)
{
	struct kwg_entry *entry;

	down_write(&kwg_registry_sem);
	entry = kwg_find(wg);
	if (entry)
		atomic64_set(&entry->cookie, cookie);
	up_write(&kwg_registry_sem);
	return entry ? 0 : -ENOENT;
}
EXPORT_SYMBOL_GPL(kwaitgroup_set_cookie);

/**
 * kwaitgroup_set_stall_secs - after how long a wait for a group has stalled
 * @wg: the group, registered
 * @secs: in seconds; 0 is never. Overrides the module parameter stall_secs.
 *
 * Context: Process context. May sleep.
 * Return:
 * * 0		- success
 * * -EINVAL	- @secs is above INT_MAX
 * * -ENOENT	- the group is not registered
 */
int kwaitgroup_set_stall_secs(struct kwaitgroup *wg, unsigned int secs)
{
	struct kwg_entry *entry;

	if (secs > INT_MAX)
		return -EINVAL;
	down_write(&kwg_registry_sem);
	entry = kwg_find(wg);
	if (entry)
		WRITE_ONCE(entry->stall_secs, secs);
	up_write(&kwg_registry_sem);
	return entry ? 0 : -ENOENT;
}
EXPORT_SYMBOL_GPL(kwaitgroup_set_stall_secs);

/**
 * kwg_registry_leak - a group that a module has registered
 * @owner: the module
 * @leak: gets a copy of the entry, as nothing is locked any more
 *
 * Return: false if there is none
 */
bool kwg_registry_leak(const struct module *owner, struct kwg_entry *leak)
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

/* Modules with groups use this one, so none is left to have an entry. */
void kwg_registry_exit(void)
{
	rcu_barrier();
	xa_destroy(&kwg_entries);
}

/*
 * debugfs: lists of groups. The position is the entry's number; 0 is the header.
 */

static void *kwg_registry_from(loff_t *pos)
{
	struct kwg_entry *entry;
	unsigned long id = *pos;

	/* Behind the last number that there can be, on 32 bits. */
	if (id != *pos)
		return NULL;
	entry = xa_find(&kwg_entries, &id, ULONG_MAX, XA_PRESENT);
	if (entry)
		*pos = id;
	return entry;
}

void *kwg_registry_start(struct seq_file *m, loff_t *pos)
{
	if (!kwg_mutant(reader_unlocked))
		down_read(&kwg_registry_sem);
	kwg_window(KWG_WINDOW_LIST);
	return *pos ? kwg_registry_from(pos) : SEQ_START_TOKEN;
}

void *kwg_registry_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return kwg_registry_from(pos);
}

void kwg_registry_stop(struct seq_file *m, void *v)
{
	if (!kwg_mutant(reader_unlocked))
		up_read(&kwg_registry_sem);
}
