// SPDX-License-Identifier: GPL-2.0
/*
 * Groups of user space: their life, their number per user, and how drivers
 * get hold of one.
 *
 * A group is counted for the user who made it until it is freed, which may be
 * after its last descriptor was closed: member descriptors and drivers hold
 * references of their own.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "group.h"

static unsigned int kwg_max_user_groups = 16384;
module_param_named(max_user_groups, kwg_max_user_groups, uint, 0644);
MODULE_PARM_DESC(max_user_groups, "How many groups a user may have (default 16384)");

/*
 * How many groups a user has: numbers by uid, without those who have none.
 * Under its own lock, without allocating: whoever closes a group takes it, too.
 */
static DEFINE_XARRAY(kwg_users);

static unsigned long kwg_user_key(kuid_t uid)
{
	return from_kuid(&init_user_ns, uid);
}

/* Needs no memory if the user has a place. */
static int kwg_user_store(unsigned long key, unsigned long groups)
{
	return xa_err(__xa_store(&kwg_users, key, xa_mk_value(groups),
				 GFP_NOWAIT | __GFP_NOWARN));
}

static int kwg_charge_reserved(unsigned long key)
{
	void *entry = xa_load(&kwg_users, key);
	unsigned long groups = entry ? xa_to_value(entry) : 0;

	if (groups < READ_ONCE(kwg_max_user_groups))
		return kwg_user_store(key, groups + 1);
	if (!groups)
		__xa_erase(&kwg_users, key);
	return -EDQUOT;
}

static int kwg_charge_user(kuid_t uid)
{
	unsigned long key = kwg_user_key(uid);
	int err;

	do {
		err = xa_reserve(&kwg_users, key, GFP_KERNEL_ACCOUNT);
		if (err)
			return err;
		xa_lock(&kwg_users);
		err = kwg_charge_reserved(key);
		xa_unlock(&kwg_users);
		/* The user's last group went away, and the place with it. */
	} while (err == -ENOMEM);
	return err;
}

static void kwg_uncharge_user(kuid_t uid)
{
	unsigned long key = kwg_user_key(uid);
	unsigned long groups;

	xa_lock(&kwg_users);
	groups = xa_to_value(xa_load(&kwg_users, key));
	if (groups > 1)
		kwg_user_store(key, groups - 1);
	else
		__xa_erase(&kwg_users, key);
	xa_unlock(&kwg_users);
}

/*
 * The name is as user space gave it, or "pid-" and the number that the process
 * knows as its own. Who made it is for the administrator, by the global number.
 */
static int kwg_group_register(struct kwg_group *g, const char *name)
{
	char comm[TASK_COMM_LEN];
	char caller[KWG_CALLER_LEN];

	if (*name)
		strscpy(g->name, name, sizeof(g->name));
	else
		snprintf(g->name, sizeof(g->name), "pid-%d",
			 task_tgid_vnr(current));
	kwg_copy_comm(comm, current->comm);
	snprintf(caller, sizeof(caller), "%s[%d]", comm, task_tgid_nr(current));
	return kwg_registry_add(&g->wg, g->name, caller, &g->id);
}

static struct kwg_group *kwg_group_alloc(void)
{
	struct kwg_group *g = kzalloc(sizeof(*g), GFP_KERNEL_ACCOUNT);

	if (!g)
		return NULL;
	kwaitgroup_init(&g->wg);
	atomic64_set(&g->wg.state, KWAITGROUP_USER);
	kref_init(&g->kref);
	init_waitqueue_head(&g->poll);
	INIT_WORK(&g->poll_work, kwg_group_wake_pollers);
	kwg_async_init(&g->poller, &g->wg, kwg_group_notify);
	kwg_standin_init(&g->standin, &g->wg);
	g->uid = current_uid();
	return g;
}

/**
 * kwg_group_new - make a group, count it for the caller's user, register it
 * @name: its name, may be empty
 *
 * Return: the group, with one reference; or ERR_PTR: -EDQUOT, -ENOMEM,
 * -EINVAL for a name that the registry does not take
 */
struct kwg_group *kwg_group_new(const char *name)
{
	struct kwg_group *g = kwg_group_alloc();
	int err = -ENOMEM;

	if (!g)
		return ERR_PTR(err);
	err = kwg_charge_user(g->uid);
	if (err)
		goto err_free;
	err = kwg_group_register(g, name);
	if (err)
		goto err_uncharge;
	return g;

err_uncharge:
	kwg_uncharge_user(g->uid);
err_free:
	kfree(g);
	return ERR_PTR(err);
}

static void kwg_group_free(struct kref *kref)
{
	struct kwg_group *g = container_of(kref, struct kwg_group, kref);
	s64 state = atomic64_read(&g->wg.state);

	/* Members of a driver that gave up its reference before they finished. */
	if (!kwg_settled(state))
		kwg_misuse_by(&g->wg, KWG_MISUSE_FD_LEAK,
			      kwg_state_count(state), 0, "?");
	if (state & KWAITGROUP_NAMED)
		kwg_members_forget(&g->wg);
	kwg_registry_drop(&g->wg);
	kwg_uncharge_user(g->uid);
	kfree(g);
}

void kwg_group_put(struct kwg_group *g)
{
	kref_put(&g->kref, kwg_group_free);
}

/**
 * kwaitgroup_fdget - get the group behind a descriptor
 * @fd: a descriptor of the calling process, from /dev/kwaitgroup
 *
 * The group stays until kwaitgroup_put(), also if user space closes it before.
 * User space may add to it, close it, poll and wait for it at any time, so
 *
 *  - add with kwaitgroup_try_add_many(): kwaitgroup_add() and
 *    kwaitgroup_try_add() report what user space may do,
 *  - wait killably or interruptibly: user space decides how long it takes, and
 *	that is no stall unless kwaitgroup_set_stall_secs() says so,
 *  - a reference is held until the last done, by each member or for all,
 *  - kwaitgroup_reinit() and kwaitgroup_unregister() are not for this group.
 *
 * Context: Process context. May sleep.
 * Return: the group, or ERR_PTR(-EBADF): @fd is not open, or not a group
 */
struct kwaitgroup *kwaitgroup_fdget(int fd)
{
	struct kwg_group *g;
	struct file *file;

	file = fget(fd);
	if (!file)
		return ERR_PTR(-EBADF);
	g = kwg_group_of_file(file);
	if (g)
		kref_get(&g->kref);
	fput(file);
	return g ? &g->wg : ERR_PTR(-EBADF);
}
EXPORT_SYMBOL_GPL(kwaitgroup_fdget);

/**
 * kwaitgroup_put - give back what kwaitgroup_fdget() gave
 * @wg: the group; must not be used any more
 *
 * Context: Process context. May sleep.
 */
void kwaitgroup_put(struct kwaitgroup *wg)
{
	might_sleep();
	kwg_group_put(container_of(wg, struct kwg_group, wg));
}
EXPORT_SYMBOL_GPL(kwaitgroup_put);
