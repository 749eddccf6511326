// SPDX-License-Identifier: GPL-2.0
/*
 * The races that module/core/bucket.c draws, each forced: a thread is held in the
 * window while the others do what must not matter. Needs the hooks of
 * CONFIG_KWAITGROUP_DEBUG.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "kwg_trap.h"

#ifdef CONFIG_KWAITGROUP_DEBUG

struct kwg_trap kwg_trap;

static void kwg_trap_hook(enum kwg_window window)
{
	if (current != READ_ONCE(kwg_trap.victim) || window != kwg_trap.window)
		return;
	WRITE_ONCE(kwg_trap.victim, NULL);
	complete(&kwg_trap.caught);
	wait_for_completion(&kwg_trap.release);
}

/* Start a thread that will walk into the trap. */
void kwg_start_trapped(struct kunit *test, struct kwg_thread *t,
		       int (*fn)(void *wg), struct kwaitgroup *wg,
		       enum kwg_window window)
{
	init_completion(&kwg_trap.caught);
	init_completion(&kwg_trap.release);
	kwg_trap.victim = NULL;
	kwg_trap.window = window;
	WRITE_ONCE(kwg_window_hook, kwg_trap_hook);
	kwg_start(test, t, fn, wg);
}

void kwg_await_trapped(void)
{
	wait_for_completion(&kwg_trap.caught);
}

/* Let it out, and return what it returned. */
int kwg_join_trapped(struct kwg_thread *t)
{
	complete(&kwg_trap.release);
	return kwg_join(t);
}

void kwg_windows_exit(struct kunit *test)
{
	WRITE_ONCE(kwg_window_hook, NULL);
}

/* Threads that walk into the trap. */

int kwg_trapped_done(void *wg)
{
	WRITE_ONCE(kwg_trap.victim, current);
	kwaitgroup_done(wg);
	return 0;
}

static int kwg_trapped_wait(void *wg)
{
	WRITE_ONCE(kwg_trap.victim, current);
	return kwaitgroup_wait(wg);
}

static int kwg_trapped_killable(void *wg)
{
	WRITE_ONCE(kwg_trap.victim, current);
	return kwaitgroup_wait_killable(wg);
}

static int kwg_trapped_timeout(void *wg)
{
	WRITE_ONCE(kwg_trap.victim, current);
	return kwaitgroup_wait_timeout(wg, 1);
}

void kwg_start_late_waker(struct kunit *test, struct kwg_thread *t,
			  struct kwaitgroup *wg)
{
	kwg_start_trapped(test, t, kwg_trapped_done, wg, KWG_WINDOW_FINISHED);
	kwg_await_trapped();
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(wg), 0);
}

/* One member, whose waiter is caught in a window. */
static void kwg_catch(struct kunit *test, struct kwg_thread *waiter,
		      int (*fn)(void *wg), struct kwaitgroup *wg,
		      enum kwg_window window)
{
	kwaitgroup_add(wg, 1);
	kwg_start_trapped(test, waiter, fn, wg, window);
	kwg_await_trapped();
}

/* One member, a waiter that sleeps, and the last done late. */
static void kwg_make_late(struct kunit *test, struct kwg_sleeper *s,
			  struct kwg_thread *waker, struct kwaitgroup *wg,
			  unsigned int state)
{
	kwaitgroup_add(wg, 1);
	kwg_put_to_sleep(test, s, wg, state, MAX_SCHEDULE_TIMEOUT);
	kwg_start_late_waker(test, waker, wg);
}

/* One more member, and a waiter that sleeps. */
static void kwg_wait_for_one(struct kunit *test, struct kwg_sleeper *s,
			     struct kwaitgroup *wg)
{
	kwaitgroup_add(wg, 1);
	kwg_put_to_sleep(test, s, wg, TASK_UNINTERRUPTIBLE,
			 MAX_SCHEDULE_TIMEOUT);
}

/* "The late waker": it wakes its own waiter and not one for the next zero. */
static void kwg_late_waker_rearmed(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper first, second;
	struct kwg_thread waker;

	kwg_make_late(test, &first, &waker, &wg, TASK_UNINTERRUPTIBLE);
	kwg_wait_for_one(test, &second, &wg);
	kwg_join_trapped(&waker);

	KUNIT_EXPECT_EQ(test, kwg_join(&first.thread), 0);
	KUNIT_EXPECT_EQ(test, kwg_ticket(&wg), second.ticket);
	KUNIT_EXPECT_FALSE(test, completion_done(&second.thread.exited));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&second.thread), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&wg.state), 0LL);
}

/* The same when the address belongs to a new group by now. */
static void kwg_late_waker_new_group(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper old, new;
	struct kwg_thread waker;

	kwg_make_late(test, &old, &waker, &wg, TASK_KILLABLE);
	/* It gives up, finds that all is done, and the group is freed. */
	send_sig(SIGKILL, old.thread.task, 1);
	KUNIT_EXPECT_EQ(test, kwg_join(&old.thread), 0);
	memset(&wg, 0xff, sizeof(wg));
	kwaitgroup_init(&wg);
	kwg_wait_for_one(test, &new, &wg);
	kwg_join_trapped(&waker);

	KUNIT_EXPECT_EQ(test, kwg_ticket(&wg), new.ticket);
	KUNIT_EXPECT_FALSE(test, completion_done(&new.thread.exited));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&new.thread), 0);
}

/* S4: it does not write to memory that was freed meanwhile. */
static void kwg_late_waker_freed(struct kunit *test)
{
	struct kwaitgroup *wg = kmalloc(sizeof(*wg), GFP_KERNEL);
	struct kwg_sleeper s;
	struct kwg_thread waker;

	KUNIT_ASSERT_NOT_NULL(test, wg);
	kwaitgroup_init(wg);
	kwg_make_late(test, &s, &waker, wg, TASK_KILLABLE);
	send_sig(SIGKILL, s.thread.task, 1);
	KUNIT_EXPECT_EQ(test, kwg_join(&s.thread), 0);
	memset(wg, 0xff, sizeof(*wg));
	kwg_join_trapped(&waker);
	KUNIT_EXPECT_FALSE(test, memchr_inv(wg, 0xff, sizeof(*wg)));
	kfree(wg);
}

/* Two late wakers, for two zeros, release their waiters in any order. */
static void kwg_late_waker_overtaken(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_sleeper first, second;
	struct kwg_thread waker;

	kwg_make_late(test, &first, &waker, &wg, TASK_UNINTERRUPTIBLE);
	kwg_wait_for_one(test, &second, &wg);
	/* The second zero is later than the first: it is good for both. */
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&second.thread), 0);
	KUNIT_EXPECT_EQ(test, kwg_join(&first.thread), 0);
	kwg_join_trapped(&waker);
	KUNIT_EXPECT_EQ(test, atomic64_read(&wg.state), 0LL);
}

/* "Registration against the last done", the done first. */
static void kwg_zero_before_register(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread waiter;

	kwg_catch(test, &waiter, kwg_trapped_wait, &wg, KWG_WINDOW_REGISTER);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join_trapped(&waiter), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&wg.state), 0LL);
}

static void kwg_broken_before_register(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread waiter;

	kwg_catch(test, &waiter, kwg_trapped_killable, &wg, KWG_WINDOW_REGISTER);
	atomic64_or(KWAITGROUP_OWNERDEAD, &wg.state);
	KUNIT_EXPECT_EQ(test, kwg_join_trapped(&waiter), -EOWNERDEAD);
	KUNIT_EXPECT_FALSE(test, kwaitgroup_has_waiters(&wg));
}

/* The same, of one who waits for the rest: it sleeps until that is done. */
static void kwg_broken_before_rest(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread waiter;

	kwg_catch(test, &waiter, kwg_trapped_wait, &wg, KWG_WINDOW_REGISTER);
	atomic64_or(KWAITGROUP_OWNERDEAD, &wg.state);
	complete(&kwg_trap.release);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&wg)));
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&waiter), -EOWNERDEAD);
	KUNIT_EXPECT_EQ(test, atomic64_read(&wg.state), KWAITGROUP_OWNERDEAD);
}

/* A woken waiter is slow to leave: a newer one's ticket is not its to clear. */
static void kwg_woken_leaves_newer(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread slow;
	struct kwg_sleeper newer;

	kwaitgroup_add(&wg, 1);
	kwg_start_trapped(test, &slow, kwg_trapped_wait, &wg, KWG_WINDOW_LEAVE);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&wg)));
	kwaitgroup_done(&wg);
	kwg_await_trapped();
	kwg_wait_for_one(test, &newer, &wg);
	KUNIT_EXPECT_EQ(test, kwg_join_trapped(&slow), 0);
	KUNIT_EXPECT_EQ(test, kwg_ticket(&wg), newer.ticket);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&newer.thread), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&wg.state), 0LL);
}

/* The time is up, and then the last done comes: that is no timeout. */
static void kwg_zero_while_leaving(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread waiter;

	kwg_catch(test, &waiter, kwg_trapped_timeout, &wg, KWG_WINDOW_LEAVE);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join_trapped(&waiter), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&wg.state), 0LL);
}

/* The same, and the group is armed again before the waiter has left. */
static void kwg_rearmed_while_leaving(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);
	struct kwg_thread waiter;

	kwg_catch(test, &waiter, kwg_trapped_timeout, &wg, KWG_WINDOW_LEAVE);
	kwaitgroup_done(&wg);
	kwaitgroup_add(&wg, 1);
	KUNIT_EXPECT_EQ(test, kwg_join_trapped(&waiter), 0);
	KUNIT_EXPECT_EQ(test, kwaitgroup_count(&wg), 1);
	kwaitgroup_done(&wg);
}

/*
 * "The entry on the stack": the waiter knows that it was woken while the waker
 * is still in the entry. It must not return before the waker is out. The hook
 * cannot sleep here; it looks for a wrong return for as long as is worth it.
 */
static struct kwg_thread kwg_early_bird;
static bool kwg_left_early;

static void kwg_woken_hook(enum kwg_window window)
{
	/* Not jiffies: it may be this CPU that counts them. */
	u64 end = ktime_get_mono_fast_ns() + NSEC_PER_SEC / 10;

	if (window != KWG_WINDOW_WOKEN)
		return;
	/* It looks at its entry and sees the result. */
	wake_up_process(kwg_early_bird.task);
	while (!completion_done(&kwg_early_bird.exited) &&
	       ktime_get_mono_fast_ns() < end)
		cpu_relax();
	kwg_left_early = completion_done(&kwg_early_bird.exited);
}

static void kwg_waker_in_entry(struct kunit *test)
{
	DECLARE_KWAITGROUP_ONSTACK(wg);

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	kwaitgroup_add(&wg, 1);
	kwg_start(test, &kwg_early_bird, kwg_wait_thread, &wg);
	KUNIT_EXPECT_TRUE(test, kwg_until(kwaitgroup_has_waiters(&wg)));
	WRITE_ONCE(kwg_window_hook, kwg_woken_hook);
	kwaitgroup_done(&wg);
	KUNIT_EXPECT_EQ(test, kwg_join(&kwg_early_bird), 0);
	KUNIT_EXPECT_FALSE(test, kwg_left_early);
}

static struct kunit_case kwg_windows_cases[] = {
	KUNIT_CASE(kwg_late_waker_rearmed),
	KUNIT_CASE(kwg_late_waker_new_group),
	KUNIT_CASE(kwg_late_waker_freed),
	KUNIT_CASE(kwg_late_waker_overtaken),
	KUNIT_CASE(kwg_zero_before_register),
	KUNIT_CASE(kwg_broken_before_register),
	KUNIT_CASE(kwg_broken_before_rest),
	KUNIT_CASE(kwg_woken_leaves_newer),
	KUNIT_CASE(kwg_zero_while_leaving),
	KUNIT_CASE(kwg_rearmed_while_leaving),
	KUNIT_CASE(kwg_waker_in_entry),
	{}
};

#else

static void kwg_windows_need_hooks(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_KWAITGROUP_DEBUG");
}

void kwg_windows_exit(struct kunit *test)
{
}

static struct kunit_case kwg_windows_cases[] = {
	KUNIT_CASE(kwg_windows_need_hooks),
	{}
};

#endif

struct kunit_suite kwg_windows_suite = {
	.name = "kwaitgroup_windows",
	.exit = kwg_windows_exit,
	.test_cases = kwg_windows_cases,
};
