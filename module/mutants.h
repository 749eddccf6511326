/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Seeded bugs. A test suite is believed when it fails for each of them:
 * "make check-mutants" builds the module with all of them, KWAITGROUP_MUTANTS=y,
 * loads it with one after the other, mutant=name, and runs the suites until one
 * notices. Which one is asked first stands in brackets at the end of a row: one
 * of KUnit's, [kwaitgroup_rest], or of the lab's, [user], [debug:quick]; or, if an
 * interleaving shows it, a scenario, which needs no boot: [explore:last_done].
 *
 * A real build has none: kwg_mutant() is the constant 0 there.
 *
 * name			what it breaks
 * abort_clears_ticket	one who gives up takes an older one's ticket [explore:signal_newer]
 * abort_stays_queued	a waiter that gives up leaves its entry behind [explore:signal_newer]
 * any_leave_clears	one who leaves clears another one's ticket [explore:signal_newer]
 * batch_ends_wake	who is left when a batch is full is not woken [explore:batch]
 * break_passes_early	a break with members left wakes nobody [explore:early_is_told]
 * break_wakes_nobody	those who sleep are not told that the group broke [explore:last_dies]
 * break_wakes_rest	a break wakes those who wait for the rest [explore:one_of_two_dies]
 * broken_unregisters	a broken group is unregistered with members [kwaitgroup_limits]
 * cancel_starts_jobs	a job of a cancelled batch is begun [kwaitgroup_batch_work]
 * chunk_stays_full	a place given back in a full chunk is lost [explore:chunk_full]
 * chunks_stay		the memory of holders is kept for ever [kwaitgroup_holder]
 * closed_unreported	an add to a closed group goes unnoticed [explore:add_closed]
 * count_off_by_one	one member left counts as none [explore:last_done]
 * death_ends_no_job	a batch is not told that a job has died [kwaitgroup_batch_death]
 * death_ignored	a task that dies as a member is reported, and waited for [kwaitgroup_death]
 * death_keeps_member	a task that has died stays in the count [kwaitgroup_death]
 * death_keeps_room	a job that has died keeps its room [kwaitgroup_batch_death]
 * error_carries_on	the first error does not cancel the batch [kwaitgroup_batch]
 * exit_buries_some	a task's exit forgets what it left to the worker [kwaitgroup_many_deaths]
 * failed_run_stays	a thread that could not be created stays counted [kwaitgroup_run]
 * gone_is_followed	debugfs follows a group whose memory is gone [kwaitgroup_mode]
 * half_dead_counted	a death half done makes another one a mistake [kwaitgroup_death_race]
 * history_off_by_two	a wait is counted as one of twice its length [kwaitgroup_history]
 * hold_ignores_held	a holder that holds a group takes another one [kwaitgroup_member_misuse]
 * hold_pairs_wrongly	a reader takes half of one holder for another's [explore:holders_listed]
 * holder_leak_unseen	a module goes away and its holders stay listed [death]
 * holder_outlives_zero	a plain done finishes a holder [explore:holder_stale]
 * holders_told_again	who holds a group is told in every period [kwaitgroup_stall]
 * holders_untold	a stall does not tell of holders [kwaitgroup_stall]
 * join_ignores_exit	a task joins for one that is exiting [kwaitgroup_member]
 * join_ignores_joined	a member that is joined joins once more [kwaitgroup_member_misuse]
 * kept_drops_job	a job is lost that comes when a kept thread's time is up [kwaitgroup_kept]
 * kept_keeps_name	a kept thread has the name of an older job [kwaitgroup_kept]
 * leak_stays_listed	a module goes away and its groups stay registered [misuse]
 * leave_ends_wake	a wake-up that was to go on with who leaves ends [explore:batch_leave]
 * leave_keeps_ticket	the last who leaves lets the ticket stay [explore:reinit]
 * leave_misses_event	one who leaves amid a wake-up does not hear of it [explore:batch_event]
 * leave_unlocked	a woken waiter returns while the waker is in its entry [explore:last_done]
 * leave_unreported	leaving what is not joined goes unnoticed [kwaitgroup_member_misuse]
 * limits_unwatched	a limit that changes is not for who waits already [kwaitgroup_many_stalls]
 * many_counted_first	many members are added and undone, as one is [explore:add_many_full]
 * misuse_not_marked	an unmatched done does not break the group [explore:done_twice]
 * misuse_not_undone	an unmatched done stays counted [explore:done_twice]
 * nmi_forgets_wake	the wake-up of an NMI is dropped [explore:nmi_done]
 * no_release		what a member wrote before a negative add is not ordered [explore:add_many]
 * no_ticket_grace	tickets wrap while a waker is late [explore:ticket_grace]
 * notifier_is_early	a break calls a notifier while members are left [explore:notify_rest]
 * notifier_looks_late	a notifier is looked at when it may be freed [explore:notify_frees]
 * notifier_looks_not	a notifier of an empty group waits for the next zero [explore:notify_frees]
 * notifier_unlocked	a notifier's function frees it under its waker [explore:notify_frees]
 * old_stall_hides	a stalled wait is reported once and never again [kwaitgroup_stall]
 * overflow_unchecked	a count that is too large goes unnoticed [explore:add_one_full]
 * parent_stays_held	lockdep takes one's children for oneself [debug:kwaitgroup_lockdep]
 * percpu_counts_twice	what the CPUs have counted is gathered once more [explore:percpu_busy]
 * percpu_exit_early	a group goes while others are in their wait [explore:percpu_freed]
 * percpu_misuse_unseen	a sum that is less than nobody goes unnoticed [explore:percpu_misuse]
 * percpu_no_bias	a member that moved is done before it is known [explore:percpu_hands_on]
 * percpu_no_grace	counters are gathered while a CPU is about to count [explore:percpu_busy]
 * percpu_stays_gathered	after a wait all CPUs go on counting in one word [kwaitgroup_percpu]
 * plain_done_unnoticed	a plain done finishes a named member [kwaitgroup_plain_done]
 * reader_unlocked	debugfs shows a group while it is unregistered [kwaitgroup_registry]
 * register_allocates	memory is allocated under the registry's lock [debug:kwaitgroup_lockdep]
 * register_by_store	a waiter registers after the count has reached zero [explore:last_done]
 * reinit_unchecked	a group in use is reinitialised [explore:reinit_busy]
 * released_twice	of two who release a holder both are right [explore:released_by_two]
 * sites_never_leave	a call site of misuse keeps its place for ever [kwaitgroup_limits]
 * slot_pairs_wrongly	a reader pairs one member's task with another's group [kwaitgroup_slot]
 * stall_by_everybody	every waiter of a group reports its stall [kwaitgroup_stall]
 * stalls_of_signals	waits that a signal ends are reported as stalled [kwaitgroup_many_stalls]
 * stamps_grow_old	tickets wrap while a waiter sleeps [explore:ticket_stamp]
 * take_dead_twice	a member is taken off by its exit, and once more [kwaitgroup_plain_done]
 * ticket_zero		a ticket is used that means "no waiter" [explore:ticket_wraps]
 * touch_after_done	the last done writes to the group after the wake-up [explore:free_on_return]
 * try_add_ignores_close	a closed group lets members in [explore:drain]
 * wait_forgets_position	a wait that is restarted begins anew [explore:restart_after_zero]
 * wait_io_unaccounted	a wait for I/O is accounted as another one [kwaitgroup_history]
 * wake_ignores_group	a done wakes the waiters of all groups in the bucket [explore:bucket_mates]
 * wake_ignores_ticket	a late waker wakes those who wait for the next zero [explore:late_waker]
 */
#ifndef _KWG_MUTANTS_H
#define _KWG_MUTANTS_H

#ifdef KWG_MUTANTS
#include <linux/string.h>

/* mutants.c */
extern char *kwg_seeded;

#define kwg_mutant(name)	(!strcmp(kwg_seeded, #name))
#else
#define kwg_mutant(name)	(sizeof(#name) == 0)
#endif

#endif /* _KWG_MUTANTS_H */
