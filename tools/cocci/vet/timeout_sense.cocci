// SPDX-License-Identifier: GPL-2.0
/// kwaitgroup_wait_timeout() returns 0 when all are done, and -ETIMEDOUT when
/// not: it is no wait_for_completion_timeout(), where 0 is the timeout and what
/// is above it the time left.
///
// Confidence: High
// Comments: patch mode turns the test of the result round
// Words: kwaitgroup_(batch_|percpu_)?wait_timeout
// Options: --no-includes --include-headers

virtual patch
virtual report
virtual org

@negated exists@
expression W, T, C;
local idexpression x;
identifier complain = {pr_err, pr_warn, pr_info, dev_err, dev_warn, dev_info, dev_dbg, netdev_err, netdev_warn, drm_err};
position p;
@@
(
 if (\(!\(kwaitgroup_wait_timeout@p\|kwaitgroup_batch_wait_timeout@p\|kwaitgroup_percpu_wait_timeout@p\)(W, T)\|
       \(kwaitgroup_wait_timeout@p\|kwaitgroup_batch_wait_timeout@p\|kwaitgroup_percpu_wait_timeout@p\)(W, T) == 0\)) {
 ...
 \(return -C;\|complain(...);\|x = -C;\)
 ... when any
 }
|
 if (\(!\(kwaitgroup_wait_timeout@p\|kwaitgroup_batch_wait_timeout@p\|kwaitgroup_percpu_wait_timeout@p\)(W, T)\|
       \(kwaitgroup_wait_timeout@p\|kwaitgroup_batch_wait_timeout@p\|kwaitgroup_percpu_wait_timeout@p\)(W, T) == 0\))
 \(return -C;\|complain(...);\|x = -C;\)
)

@stored exists@
expression W, T, C;
local idexpression x, y;
identifier complain = {pr_err, pr_warn, pr_info, dev_err, dev_warn, dev_info, dev_dbg, netdev_err, netdev_warn, drm_err};
position p;
@@
 x = \(kwaitgroup_wait_timeout\|kwaitgroup_batch_wait_timeout\|kwaitgroup_percpu_wait_timeout\)(W, T);
(
 if@p (\(!x\|x == 0\)) {
 ...
 \(return -C;\|complain(...);\|y = -C;\)
 ... when any
 }
|
 if@p (\(!x\|x == 0\))
 \(return -C;\|complain(...);\|y = -C;\)
)

@positive@
local idexpression x;
position p;
statement S1, S2;
@@
 x = \(kwaitgroup_wait_timeout\|kwaitgroup_batch_wait_timeout\|kwaitgroup_percpu_wait_timeout\)(...);
 ... when != x = ...
(
 if@p (\(x > 0\|x >= 1\|x <= 0\)) S1
|
 if@p (\(x > 0\|x >= 1\|x <= 0\)) S1 else S2
)

@compared@
position p;
@@
(
 \(kwaitgroup_wait_timeout@p\|kwaitgroup_batch_wait_timeout@p\|kwaitgroup_percpu_wait_timeout@p\)(...) > 0
|
 \(kwaitgroup_wait_timeout@p\|kwaitgroup_batch_wait_timeout@p\|kwaitgroup_percpu_wait_timeout@p\)(...) <= 0
)

@no_sign@
unsigned long x;
unsigned int y;
position p;
@@
(
 x = \(kwaitgroup_wait_timeout@p\|kwaitgroup_batch_wait_timeout@p\|kwaitgroup_percpu_wait_timeout@p\)(...)
|
 y = \(kwaitgroup_wait_timeout@p\|kwaitgroup_batch_wait_timeout@p\|kwaitgroup_percpu_wait_timeout@p\)(...)
)

@depends on patch@
position negated.p;
expression W, T;
@@
(
- !kwaitgroup_wait_timeout@p(W, T)
+ kwaitgroup_wait_timeout(W, T)
|
- kwaitgroup_wait_timeout@p(W, T) == 0
+ kwaitgroup_wait_timeout(W, T)
|
- !kwaitgroup_batch_wait_timeout@p(W, T)
+ kwaitgroup_batch_wait_timeout(W, T)
|
- kwaitgroup_batch_wait_timeout@p(W, T) == 0
+ kwaitgroup_batch_wait_timeout(W, T)
|
- !kwaitgroup_percpu_wait_timeout@p(W, T)
+ kwaitgroup_percpu_wait_timeout(W, T)
|
- kwaitgroup_percpu_wait_timeout@p(W, T) == 0
+ kwaitgroup_percpu_wait_timeout(W, T)
)

@depends on patch@
expression C;
identifier x, y;
identifier complain = {pr_err, pr_warn, pr_info, dev_err, dev_warn, dev_info, dev_dbg, netdev_err, netdev_warn, drm_err};
@@
 x = \(kwaitgroup_wait_timeout\|kwaitgroup_batch_wait_timeout\|kwaitgroup_percpu_wait_timeout\)(...);
(
 if (
- !x
+ x
 ) { ... \(return -C;\|complain(...);\|y = -C;\) ... }
|
 if (
- x == 0
+ x
 ) { ... \(return -C;\|complain(...);\|y = -C;\) ... }
|
 if (
- !x
+ x
 ) \(return -C;\|complain(...);\|y = -C;\)
|
 if (
- x == 0
+ x
 ) \(return -C;\|complain(...);\|y = -C;\)
)

@script:python depends on report@
p << negated.p;
@@
coccilib.report.print_report(p[0], "timeout_sense: 0 is success, this takes it for the timeout")

@script:python depends on org@
p << negated.p;
@@
coccilib.org.print_todo(p[0], "timeout_sense: 0 is success, this takes it for the timeout")

@script:python depends on report@
p << stored.p;
@@
coccilib.report.print_report(p[0], "timeout_sense: 0 is success, this takes it for the timeout")

@script:python depends on org@
p << stored.p;
@@
coccilib.org.print_todo(p[0], "timeout_sense: 0 is success, this takes it for the timeout")

@script:python depends on report@
p << positive.p;
@@
coccilib.report.print_report(p[0], "timeout_sense: the result is never above zero")

@script:python depends on org@
p << positive.p;
@@
coccilib.org.print_todo(p[0], "timeout_sense: the result is never above zero")

@script:python depends on report@
p << compared.p;
@@
coccilib.report.print_report(p[0], "timeout_sense: the result is never above zero")

@script:python depends on org@
p << compared.p;
@@
coccilib.org.print_todo(p[0], "timeout_sense: the result is never above zero")

@script:python depends on report@
p << no_sign.p;
@@
coccilib.report.print_report(p[0], "timeout_sense: an errno in what has no sign")

@script:python depends on org@
p << no_sign.p;
@@
coccilib.org.print_todo(p[0], "timeout_sense: an errno in what has no sign")
