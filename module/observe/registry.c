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
 * the group may be freed, takes it for writing. A group whose owner has freed
 * it without that is read in a way that survives it: who oopses with the
 * semaphore never gives it back. add, done and wait know nothing of the
 * registry.
 *
 * Groups are unregistered where memory is reclaimed and a device is given up
 * that others wait for. So nobody allocates with the semaphore: what an entry
 * needs is there before it is inserted, its number with a place in the XArray,
 * too.
 */
#include <linux/bug.h>
#include <linux/hashtable.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "registry.h"

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

/**
 * kwg_registry_visit - call a function with one entry
 * @id: the entry's number, or the one before it; gets its number
 * @fn: is called under the registry's lock, so that the entry stays
 * @arg: for @fn
 *
 * Return: false if there is none from @id on
 */
bool kwg_registry_visit(unsigned long *id,
			void (*fn)(struct kwg_entry *entry, void *arg),
			void *arg)
{
	struct kwg_entry *entry;

	down_write(&kwg_registry_sem);
	entry = xa_find(&kwg_entries, id, ULONG_MAX, XA_PRESENT);
	if (entry)
		fn(entry, arg);
	up_write(&kwg_registry_sem);
	return entry;
}

unsigned long kwg_registry_size(void)
{
	return READ_ONCE(kwg_nr_entries);
}

static void kwg_free_entry(struct rcu_head *rcu)
{
	struct kwg_entry *entry = container_of(rcu, struct kwg_entry, rcu);

	kwg_tally_free(entry);
	kfree(entry);
}

static int kwg_insert(struct kwg_entry *entry)
{
	lockdep_assert_held_write(&kwg_registry_sem);

	if (kwg_mutant(register_allocates))
		might_alloc(GFP_KERNEL);
	if (kwg_find(entry->wg))
		return -EEXIST;
	if (kwg_tally_missing(entry))
		return -EAGAIN;
	/* In the place that is reserved for it: this needs no memory. */
	WARN_ON_ONCE(xa_is_err(xa_store(&kwg_entries, entry->id, entry,
					GFP_NOWAIT)));
	hash_add_rcu(kwg_addresses, &entry->by_address,
		     (unsigned long)entry->wg);
	WRITE_ONCE(kwg_nr_entries, kwg_nr_entries + 1);
	return 0;
}

/* Whatever takes memory, and then what takes the lock. */
static int kwg_insert_reserved(struct kwg_entry *entry)
{
	int err;

	do {
		err = kwg_tally_prepare(entry);
		if (err)
			break;
		down_write(&kwg_registry_sem);
		err = kwg_insert(entry);
		up_write(&kwg_registry_sem);
		/* Accounting was turned on meanwhile. */
	} while (err == -EAGAIN);
	return err;
}

/**
 * kwg_registry_insert - list a group
 * @entry: what is to be known of it; is taken over, also when this fails
 * @id: gets its number, as the entry may be dropped when this returns
 *
 * Return: 0, -EEXIST or -ENOMEM
 */
int kwg_registry_insert(struct kwg_entry *entry, u32 *id)
{
	int err;

	/* A number without an entry: readers do not find it. */
	err = xa_alloc_cyclic(&kwg_entries, &entry->id, NULL, xa_limit_32b,
			      &kwg_next_id, GFP_KERNEL);
	if (err < 0)
		goto err_free;
	*id = entry->id;
	err = kwg_insert_reserved(entry);
	if (err)
		goto err_release;
	return 0;

err_release:
	xa_erase(&kwg_entries, entry->id);
err_free:
	kwg_free_entry(&entry->rcu);
	return err;
}

static void kwg_remove(struct kwg_entry *entry)
{
	lockdep_assert_held_write(&kwg_registry_sem);

	xa_erase(&kwg_entries, entry->id);
	hash_del_rcu(&entry->by_address);
	WRITE_ONCE(kwg_nr_entries, kwg_nr_entries - 1);
	call_rcu(&entry->rcu, kwg_free_entry);
}

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
