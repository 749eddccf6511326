/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Seeded bugs. A test suite is believed when it fails for each of them:
 * "make check-mutants" builds the module once for every name below, with
 * KWAITGROUP_MUTANT=name, and runs the suites until one notices. Which one is
 * asked first may stand in brackets at the end of a row: [user], [debug:quick].
 *
 * A real build has none: kwg_mutant() is the constant 0 there.
 *
 * name			what it breaks
 * abort_clears_ticket	a waiter that gives up takes the ticket of an older one
 * abort_stays_queued	a waiter that gives up leaves its entry behind
 * any_leave_clears	a waiter that leaves clears a ticket that is not its own
 * batch_ends_wake	who is left when a batch is full is not woken
 * break_passes_early	a break with members left wakes nobody [death]
 * break_wakes_nobody	those who sleep are not told that the group broke
 * break_wakes_rest	a break wakes those who wait for the rest [death]
 * broken_unregisters	a broken group is unregistered with members, unnoticed [misuse]
 * closed_unreported	an add to a closed group goes unnoticed
 * count_off_by_one	one member left counts as none
 * death_ignored	a task that dies as a member is reported, and waited for
 * death_keeps_member	a task that has died stays in the count
 * exit_buries_some	a task's exit forgets what it has left to the worker [death]
 * gone_is_followed	debugfs follows a group whose memory is gone [misuse]
 * history_off_by_two	a wait is counted as one of twice its length
 * holders_told_again	who holds a group is told in every period [death]
 * join_ignores_exit	a task joins for one that is exiting
 * join_ignores_joined	a member that is joined joins once more
 * leak_stays_listed	a module goes away and its groups stay registered
 * leave_ends_wake	a waiter that leaves takes a wake-up along that was to go on there
 * leave_keeps_ticket	the last waiter that leaves does not take the ticket away
 * leave_misses_event	one who leaves where a wake-up goes on does not hear of it
 * leave_unlocked	a woken waiter returns while the waker is in its entry
 * leave_unreported	leaving what is not joined goes unnoticed
 * limits_unwatched	a limit that changes is not for who waits already [death]
 * many_counted_first	many members are added, looked at and undone, as one is [misuse]
 * misuse_not_marked	an unmatched done does not break the group
 * misuse_not_undone	an unmatched done stays counted
 * nmi_forgets_wake	the wake-up of an NMI is dropped [misuse]
 * no_release		what a member wrote before a negative add is not ordered
 * no_ticket_grace	tickets wrap while a waker is late
 * old_stall_hides	a stalled wait is reported once and never again
 * overflow_unchecked	a count that is too large goes unnoticed
 * parent_stays_held	lockdep takes a wait for one's children for one for oneself [debug:quick]
 * plain_done_unnoticed	a named member is finished by a plain done, its name stays [death]
 * reader_unlocked	debugfs shows a group while it is unregistered
 * register_allocates	memory is allocated under the lock of the registry [debug:quick]
 * register_by_store	a waiter registers after the count has reached zero
 * reinit_unchecked	a group in use is reinitialised
 * sites_never_leave	a call site of misuse keeps its place for ever [misuse]
 * slot_pairs_wrongly	a reader pairs one member's task with another's group
 * stall_by_everybody	every waiter of a group reports its stall [death]
 * stalls_of_signals	waits that a signal ends are reported as stalled [death]
 * stamps_grow_old	tickets wrap while a waiter sleeps
 * take_dead_twice	a member is taken off by its exit, and by somebody else, too [death]
 * ticket_zero		a ticket is used that means "no waiter"
 * touch_after_done	the last done writes to the group after the wake-up
 * try_add_ignores_close a closed group lets members in
 * wait_forgets_position a wait that is restarted begins anew [user]
 * wait_io_unaccounted	a wait for I/O is accounted as another one
 * wake_ignores_group	a done wakes the waiters of all groups in the bucket
 * wake_ignores_ticket	a late waker wakes those who wait for the next zero
 */
#ifndef _KWG_MUTANTS_H
#define _KWG_MUTANTS_H

#include <linux/kconfig.h>

#define kwg_mutant(name)	__is_defined(KWG_MUTANT_##name)

#endif /* _KWG_MUTANTS_H */
