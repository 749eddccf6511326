/* SPDX-License-Identifier: GPL-2.0 */
/* Lists that are read under RCU; who changes them has a lock. */
#ifndef _LINUX_RCULIST_H
#define _LINUX_RCULIST_H

#include <linux/rcupdate.h>

static inline void hlist_add_head_rcu(struct hlist_node *n, struct hlist_head *h)
{
	struct hlist_node *first = READ_ONCE(h->first);

	n->next = first;
	WRITE_ONCE(n->pprev, &h->first);
	rcu_assign_pointer(h->first, n);
	if (first)
		WRITE_ONCE(first->pprev, &n->next);
}

static inline void hlist_del_rcu(struct hlist_node *n)
{
	struct hlist_node *next = READ_ONCE(n->next);

	WRITE_ONCE(*READ_ONCE(n->pprev), next);
	if (next)
		WRITE_ONCE(next->pprev, n->pprev);
}

#define hlist_for_each_entry_rcu(pos, head, member)			\
	for (struct hlist_node *__n = rcu_dereference((head)->first);	\
	     __n && (pos = container_of(__n, typeof(*(pos)), member), true); \
	     __n = rcu_dereference(__n->next))

#endif
