/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sorted trees with the kernel's names. Not balanced: those of a scenario have a
 * few nodes, and "the order of the nodes is up to the user" in either case. Links
 * to children are written by WRITE_ONCE(), as there.
 */
#ifndef _LINUX_RBTREE_H
#define _LINUX_RBTREE_H

#include <linux/compiler.h>

struct rb_node {
	struct rb_node *parent, *rb_left, *rb_right;
};

struct rb_root {
	struct rb_node *rb_node;
};

#define RB_ROOT (struct rb_root) { NULL }
#define RB_EMPTY_ROOT(root)	(!READ_ONCE((root)->rb_node))
/* "An empty node is its own parent." */
#define RB_EMPTY_NODE(node)	((node)->parent == (node))
#define RB_CLEAR_NODE(node)	((node)->parent = (node))

#define rb_entry(ptr, type, member) container_of(ptr, type, member)
#define rb_entry_safe(ptr, type, member) ({				\
	struct rb_node *__ptr = (ptr);					\
									\
	__ptr ? rb_entry(__ptr, type, member) : NULL;			\
})

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent,
				struct rb_node **link)
{
	node->parent = parent;
	node->rb_left = NULL;
	node->rb_right = NULL;
	WRITE_ONCE(*link, node);
}

static inline void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
}

static inline struct rb_node *rb_leftmost(struct rb_node *node)
{
	while (node->rb_left)
		node = node->rb_left;
	return node;
}

static inline struct rb_node *rb_next(const struct rb_node *node)
{
	if (node->rb_right)
		return rb_leftmost(node->rb_right);
	while (node->parent && node == node->parent->rb_right)
		node = node->parent;
	return node->parent;
}

/* @node's place in the tree is @with's. */
static inline void rb_replace(struct rb_node *node, struct rb_node *with,
			      struct rb_root *root)
{
	if (!node->parent)
		WRITE_ONCE(root->rb_node, with);
	else if (node->parent->rb_left == node)
		WRITE_ONCE(node->parent->rb_left, with);
	else
		WRITE_ONCE(node->parent->rb_right, with);
	if (with)
		with->parent = node->parent;
}

static inline void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *next;

	if (!node->rb_left || !node->rb_right) {
		rb_replace(node, node->rb_left ?: node->rb_right, root);
		return;
	}
	next = rb_leftmost(node->rb_right);
	if (next != node->rb_right) {
		rb_replace(next, next->rb_right, root);
		next->rb_right = node->rb_right;
		next->rb_right->parent = next;
	}
	rb_replace(node, next, root);
	next->rb_left = node->rb_left;
	next->rb_left->parent = next;
}

#endif
