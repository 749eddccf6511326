/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists without a lock: "multiple llist_add() can be used concurrently; if there
 * are several consumers of llist_del_first(), a lock is needed".
 */
#ifndef _LINUX_LLIST_H
#define _LINUX_LLIST_H

#include <linux/atomic.h>

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

#define llist_entry(ptr, type, member) container_of(ptr, type, member)
#define llist_empty(head)	(!READ_ONCE((head)->first))

static inline void llist_add(struct llist_node *node, struct llist_head *head)
{
	struct llist_node *first = READ_ONCE(head->first);

	do {
		/* Who has seen it as the first may read it, and fails. */
		WRITE_ONCE(node->next, first);
	} while (!__ex_try_cmpxchg(&head->first, &first, node,
				   __ATOMIC_SEQ_CST, "llist_add"));
}

static inline struct llist_node *llist_del_first(struct llist_head *head)
{
	struct llist_node *first, *was;

	/* What is reached through the pointer is ordered by it, also the next time. */
	do {
		was = first = smp_load_acquire(&head->first);
	} while (first &&
		 !__ex_try_cmpxchg(&head->first, &was, READ_ONCE(first->next),
				   __ATOMIC_SEQ_CST, "llist_del_first"));
	return first;
}

#define llist_del_all(head)	xchg(&(head)->first, NULL)

#define __llist_at(pos, node, member) \
	(pos = (node) ? llist_entry(node, typeof(*(pos)), member) : NULL)
#define llist_for_each_entry_safe(pos, n, node, member)			\
	for (__llist_at(pos, node, member);				\
	     (pos) && (__llist_at(n, (pos)->member.next, member), true); \
	     pos = (n))

#endif
