// SPDX-License-Identifier: GPL-2.0
/// A count of what is left in an atomic, and a wait queue for whoever waits until
/// it is zero. The waiter that finds it there does not sleep, and may free both
/// before the last one has come to its wake-up: a use after free.
///
//	the last one			the waiter
//	atomic_dec_and_test(&o->n)
//					wait_event(o->q, !atomic_read(&o->n))
//					kfree(o)
//	wake_up(&o->q)
//
// Each decrement with a wake-up is a site. That its object goes away behind a
// wait on a queue of the same name, or is on the waiter's stack, is its shape.
//
// Confidence: Moderate
// Comments: the waiter and what frees are looked for in one function, of the same file
// Words: atomic(64|_long)?_(dec|sub)
// Words: wake_up
// Words: wait_event
// Options: --no-includes --include-headers

virtual patch
virtual report
virtual org

@last@
expression X, Q;
identifier dec = {atomic_dec_and_test, atomic_sub_and_test, atomic_long_dec_and_test, atomic64_dec_and_test};
identifier sub = {atomic_dec_return, atomic_sub_return, atomic_dec_return_release, atomic_long_dec_return, atomic64_dec_return};
identifier plain = {atomic_dec, atomic_sub, atomic_long_dec, atomic64_dec};
identifier wake = {wake_up, wake_up_all, wake_up_nr, wake_up_interruptible, wake_up_interruptible_all, wake_up_interruptible_sync, swake_up_one, swake_up_all};
position p;
@@
(
 if (\(dec@p(..., X)\|!sub@p(..., X)\|sub@p(..., X) == 0\)) { <+... wake(Q, ...) ...+> }
|
 if (\(dec@p(..., X)\|!sub@p(..., X)\|sub@p(..., X) == 0\)) wake(Q, ...);
|
 if (\(dec@p(..., X)\|!sub@p(..., X)\|sub@p(..., X) == 0\) && ...) { <+... wake(Q, ...) ...+> }
|
 if (\(dec@p(..., X)\|!sub@p(..., X)\|sub@p(..., X) == 0\) && ...) wake(Q, ...);
|
 plain@p(..., X);
 wake(Q, ...);
)

// The names of the two fields, by which the waiter is found.
@script:python names depends on report || org@
X << last.X;
Q << last.Q;
f;
q;
@@
import re
field = re.compile(r"(?:->|\.)\s*(\w+)\s*(?:\[.*\])?\s*\)*$")
count, queue = field.search(X), field.search(Q)
if count and queue:
    coccinelle.f = cocci.make_ident(count.group(1))
    coccinelle.q = cocci.make_ident(queue.group(1))
else:
    cocci.include_match(False)

@freed exists@
expression o, E, other_o;
identifier names.f, names.q, m;
identifier idle != {atomic_read, atomic64_read, atomic_long_read};
identifier wait =~ "wait_event";
// No unfreeze.
identifier free =~ "free[^z]*$", destroy =~ "destroy";
position pw, pf;
@@
 wait@pw(\(o->q\|o->m.q\), <+... \(other_o->f\|other_o.f\|idle(...)\) ...+>, ...)
 ... when any
     when != o = E
 \(free@pf\|destroy@pf\)(..., o, ...)

// One function waits, and who has called it frees.
@helper exists@
identifier names.f, names.q, m, fn, o;
identifier idle != {atomic_read, atomic64_read, atomic_long_read};
identifier wait =~ "wait_event";
expression other_o;
type T;
position pw;
@@
 fn(..., T *o, ...) {
 ... when any
 wait@pw(\(o->q\|o->m.q\), <+... \(other_o->f\|other_o.f\|idle(...)\) ...+>, ...)
 ... when any
 }

@caller exists@
identifier helper.fn;
// No unfreeze.
identifier free =~ "free[^z]*$", destroy =~ "destroy";
expression o, E;
position pf;
@@
 fn(..., o, ...)
 ... when any
     when != o = E
 \(free@pf\|destroy@pf\)(..., o, ...)

@frame@
local idexpression o;
expression other_o;
identifier names.f, names.q;
identifier idle != {atomic_read, atomic64_read, atomic_long_read};
identifier wait =~ "wait_event";
position pw;
@@
 wait@pw(o.q, <+... \(other_o->f\|other_o.f\|idle(...)\) ...+>, ...)

// Both fields become a group if nothing else is done with either.
@pair depends on patch@
expression o;
identifier f, q;
identifier wake = {wake_up, wake_up_all};
@@
 if (atomic_dec_and_test(&o->f)) wake(&o->q);

@known depends on patch@
expression o, N;
identifier pair.f;
identifier wake = {wake_up, wake_up_all};
position k;
@@
(
 if (atomic_dec_and_test(&o->f@k)) wake(...);
|
 atomic_inc(&o->f@k);
|
 atomic_set(&o->f@k, N);
|
 wait_event(..., \(!atomic_read(&o->f@k)\|atomic_read(&o->f@k) == 0\));
)

@known_q depends on patch@
expression o;
identifier pair.q;
identifier wake = {wake_up, wake_up_all};
position k;
@@
(
 if (atomic_dec_and_test(...)) wake(&o->q@k);
|
 init_waitqueue_head(&o->q@k);
|
 wait_event(o->q@k, ...);
)

@other depends on patch@
expression o;
identifier pair.f, pair.q;
position k != {known.k, known_q.k};
@@
 \(o->f@k\|o->q@k\|o.f@k\|o.q@k\)

@depends on patch && pair && !other@
identifier t;
identifier pair.f;
@@
 struct t {
 ...
- atomic_t f;
+ struct kwaitgroup f;
 ...
 };

@depends on patch && pair && !other@
identifier t;
identifier pair.q;
@@
 struct t {
 ...
- wait_queue_head_t q;
 ...
 };

@depends on patch && pair && !other@
expression o, N;
identifier pair.f, pair.q;
identifier wake = {wake_up, wake_up_all};
@@
(
- if (atomic_dec_and_test(&o->f)) wake(&o->q);
+ kwaitgroup_done(&o->f);
|
- atomic_inc(&o->f);
+ kwaitgroup_add(&o->f, 1);
|
- atomic_set(&o->f, 0);
+ kwaitgroup_init(&o->f);
|
- atomic_set(&o->f, N);
+ kwaitgroup_init(&o->f);
+ kwaitgroup_add(&o->f, N);
|
- init_waitqueue_head(&o->q);
|
- wait_event(o->q, \(!atomic_read(&o->f)\|atomic_read(&o->f) == 0\));
+ kwaitgroup_wait(&o->f);
)

@script:python depends on report@
p << last.p;
X << last.X;
Q << last.Q;
@@
coccilib.report.print_report(p[0], "atomic_wait_event: %s(): %s, %s" % (p[0].current_element, X, Q))

@script:python depends on org@
p << last.p;
X << last.X;
Q << last.Q;
@@
coccilib.org.print_todo(p[0], "atomic_wait_event: %s(): %s, %s" % (p[0].current_element, X, Q))

@script:python depends on report@
p << last.p;
f << names.f;
pw << freed.pw;
pf << freed.pf;
o << freed.o;
@@
coccilib.report.print_report(p[0], "use_after_free: %s(): %s() waits on line %s, and %s goes away on line %s" %
                             (p[0].current_element, pw[0].current_element, pw[0].line, o, pf[0].line))

@script:python depends on org@
p << last.p;
f << names.f;
pw << freed.pw;
pf << freed.pf;
o << freed.o;
@@
coccilib.org.print_todo(p[0], "use_after_free: %s(): %s() waits on line %s, and %s goes away on line %s" %
                        (p[0].current_element, pw[0].current_element, pw[0].line, o, pf[0].line))

@script:python depends on report@
p << last.p;
f << names.f;
pw << helper.pw;
pf << caller.pf;
o << caller.o;
@@
coccilib.report.print_report(p[0], "use_after_free: %s(): %s() waits on line %s, and %s goes away on line %s" %
                             (p[0].current_element, pw[0].current_element, pw[0].line, o, pf[0].line))

@script:python depends on org@
p << last.p;
f << names.f;
pw << helper.pw;
pf << caller.pf;
o << caller.o;
@@
coccilib.org.print_todo(p[0], "use_after_free: %s(): %s() waits on line %s, and %s goes away on line %s" %
                        (p[0].current_element, pw[0].current_element, pw[0].line, o, pf[0].line))

@script:python depends on report@
p << last.p;
f << names.f;
pw << frame.pw;
o << frame.o;
@@
coccilib.report.print_report(p[0], "use_after_free: %s(): %s() waits on line %s, and %s is on its stack" %
                             (p[0].current_element, pw[0].current_element, pw[0].line, o))

@script:python depends on org@
p << last.p;
f << names.f;
pw << frame.pw;
o << frame.o;
@@
coccilib.org.print_todo(p[0], "use_after_free: %s(): %s() waits on line %s, and %s is on its stack" %
                        (p[0].current_element, pw[0].current_element, pw[0].line, o))
