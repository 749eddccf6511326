// SPDX-License-Identifier: GPL-2.0
/*
 * Modules that go away and leave something behind: registered groups, which are
 * in memory that is about to be freed, and members that can never leave.
 */
#include <linux/module.h>
#include <linux/notifier.h>

#include "registry.h"

/*
 * Its exit function has run. Reported without the registry's lock, as
 * misuse=bug does not come back.
 */
static void kwg_drop_groups(const struct module *owner)
{
	struct kwg_entry leak;

	while (!kwg_mutant(leak_stays_listed) &&
	       kwg_registry_leak(owner, &leak)) {
		kwg_misuse_by(leak.wg, KWG_MISUSE_LEAK, 0, leak.ip,
			      leak.caller);
		kwg_registry_drop(leak.wg);
	}
}

static int kwg_module_event(struct notifier_block *nb, unsigned long event,
			    void *module)
{
	if (event == MODULE_STATE_GOING) {
		kwg_members_drop(module);
		kwg_drop_groups(module);
	}
	return NOTIFY_DONE;
}

static struct notifier_block kwg_module_nb = {
	.notifier_call = kwg_module_event,
};

int kwg_leak_init(void)
{
	return register_module_notifier(&kwg_module_nb);
}

void kwg_leak_exit(void)
{
	unregister_module_notifier(&kwg_module_nb);
}
