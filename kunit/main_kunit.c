// SPDX-License-Identifier: GPL-2.0
/* The suites that a right kwaitgroup passes without a line in the log. */
#include <linux/module.h>

#include "kwg_kunit.h"

/* Those of core/, and of the rooms that are there. */
#if defined(CONFIG_KWAITGROUP_OBSERVE)
kunit_test_suites(&kwg_semantics_suite, &kwg_waits_suite,
		  &kwg_context_suite, &kwg_registry_suite, &kwg_member_suite,
		  &kwg_lists_suite, &kwg_history_suite, &kwg_accounting_suite,
		  &kwg_windows_suite, &kwg_ticket_suite, &kwg_lockdep_suite,
		  &kwg_race_suite, &kwg_member_race_suite, &kwg_slot_suite,
		  &kwg_run_suite, &kwg_kept_suite, &kwg_batch_suite,
		  &kwg_batch_work_suite, &kwg_notify_suite,
		  &kwg_holder_suite, &kwg_holder_window_suite, &kwg_sweep_suite,
		  &kwg_percpu_suite);
#elif defined(CONFIG_KWAITGROUP_MEMBERS)
kunit_test_suites(&kwg_semantics_suite, &kwg_waits_suite,
		  &kwg_context_suite, &kwg_windows_suite, &kwg_ticket_suite,
		  &kwg_race_suite, &kwg_member_race_suite, &kwg_run_suite,
		  &kwg_kept_suite, &kwg_batch_suite, &kwg_batch_work_suite,
		  &kwg_notify_suite);
#else
kunit_test_suites(&kwg_semantics_suite, &kwg_waits_suite,
		  &kwg_context_suite, &kwg_windows_suite, &kwg_ticket_suite,
		  &kwg_race_suite, &kwg_notify_suite);
#endif

MODULE_DESCRIPTION("KUnit suites of kwaitgroup");
MODULE_LICENSE("GPL");
