// SPDX-License-Identifier: GPL-2.0
/* What refcount_completion.cocci finds, and what it does not. */
#include <linux/kref.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include "fixture.h"

struct device_users {
	refcount_t refs;
	struct kref kref;
	struct completion gone;
};

static void bad_put(struct device_users *users)
{
	if (refcount_dec_and_test(&users->refs)) /* expect: refcount_completion */
		complete(&users->gone);
}

static void bad_rest(struct device_users *users)
{
	if (!refcount_dec_and_test(&users->refs)) /* expect: refcount_completion */
		return;
	pr_debug("the last one\n");
	complete_all(&users->gone);
}

static void users_release(struct kref *kref)
{
	struct device_users *users = container_of(kref, struct device_users, kref);

	complete(&users->gone);
}

static void bad_kref(struct device_users *users)
{
	kref_put(&users->kref, users_release); /* expect: refcount_completion */
}

static void users_free(struct kref *kref)
{
	kfree(container_of(kref, struct device_users, kref));
}

static void good_kref(struct device_users *users)
{
	kref_put(&users->kref, users_free);
}

static void good_reference(struct device_users *users)
{
	if (refcount_dec_and_test(&users->refs))
		kfree(users);
}

static void good_each(struct device_users *users)
{
	refcount_dec(&users->refs);
	complete(&users->gone);
}
