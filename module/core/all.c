// SPDX-License-Identifier: GPL-2.0
/*
 * All of this room in one object, for a module that has it inside: see
 * samples/embedded. Nothing of it is exported then.
 */
#include "async.c"
#include "bucket.c"
#include "core.c"
#ifdef CONFIG_LOCKDEP
#include "lockdep.c"
#endif
#include "nmi.c"
#include "notify.c"
#include "queue.c"
#include "standin.c"
#include "table.c"
#include "ticket.c"
#include "wait.c"
#include "waiter.c"
#include "walk.c"
