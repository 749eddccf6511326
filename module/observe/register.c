// SPDX-License-Identifier: GPL-2.0
/* What drivers and /dev/kwaitgroup call to have a group in the registry. */
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "registry.h"

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
 * gets the number.
 */
static int kwg_enlist(struct kwg_entry *entry, int len, u32 *id)
{
	int err = kwg_check_name(entry->name, len);

	if (err) {
		kfree(entry);
		return err;
	}
	return kwg_registry_insert(entry, id);
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

static bool kwg_in_use(s64 state)
{
	if (kwg_mutant(broken_unregisters) && (state & KWAITGROUP_BROKEN))
		return false;
	return kwg_state_count(state) > 0 || (state & KWAITGROUP_TICKET_MASK);
}

/* Of a group with this state, on behalf of @ip. */
void kwg_unregister(struct kwaitgroup *wg, s64 state, unsigned long ip)
{
	/* Before it is dropped, while it has a name to report. */
	if (kwg_in_use(state))
		kwg_misuse(wg, KWG_MISUSE_UNREGISTER, kwg_state_count(state), ip);
	if (!kwg_registry_drop(wg))
		kwg_misuse(wg, KWG_MISUSE_UNKNOWN, kwg_state_count(state), ip);
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
	kwg_unregister(wg, atomic64_read(&wg->state), _RET_IP_);
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

	rcu_read_lock();
	entry = kwg_registry_find(wg);
	if (entry)
		atomic64_set(&entry->cookie, cookie);
	rcu_read_unlock();
	return entry ? 0 : -ENOENT;
}
EXPORT_SYMBOL_GPL(kwaitgroup_set_cookie);

/**
 * kwaitgroup_set_stall_secs - after how long a wait for a group has stalled
 * @wg: the group, registered
 * @secs: in seconds; 0 is never. Overrides the module parameter stall_secs.
 *
 * By the module parameter only waits that no signal ends can stall, as any
 * other may be one that user space has asked for. This is for all of the
 * group's, but not for those of idle threads and of user space itself.
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
	rcu_read_lock();
	entry = kwg_registry_find(wg);
	if (entry)
		WRITE_ONCE(entry->stall_secs, secs);
	rcu_read_unlock();
	/* Who waits already may be late by that. */
	kwg_watch_now();
	return entry ? 0 : -ENOENT;
}
EXPORT_SYMBOL_GPL(kwaitgroup_set_stall_secs);

