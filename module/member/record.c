// SPDX-License-Identifier: GPL-2.0
/*
 * The records of a shard: in the order of their tasks, and of their groups.
 *
 * Two trees, as there are two questions: "what has this task joined with this
 * member?", for each join, leave and exit, and "who holds this group?", for
 * reports. Neither may walk over all records: one task may have thousands, and
 * who has the shard's lock keeps interrupts off.
 *
 * Who looks at many records drops the lock now and then, and goes on from where
 * it was by the key of the last one. A key does not change as long as its record
 * is there, so what is there the whole time is seen exactly once, whoever came
 * and went meanwhile.
 */
#include <linux/sched/task.h>

#include "shard.h"

static int kwg_compare(const void *a, const void *b)
{
	if (a == b)
		return 0;
	return (unsigned long)a < (unsigned long)b ? -1 : 1;
}

static int kwg_compare_task(const struct kwg_cursor *place,
			    const struct kwg_record *rec)
{
	return kwg_compare(place->task, rec->task) ?:
	       kwg_compare(place->member, rec->member);
}

static int kwg_cmp_by_task(const void *place, const struct rb_node *node)
{
	return kwg_compare_task(place, rb_entry(node, struct kwg_record,
						by_task));
}

static int kwg_cmp_by_group(const void *key, const struct rb_node *node)
{
	const struct kwg_record *rec = rb_entry(node, struct kwg_record,
						by_group);
	const struct kwg_cursor *place = key;

	return kwg_compare(place->wg, rec->wg) ?: kwg_compare_task(place, rec);
}

static struct kwg_cursor kwg_cursor_of(const struct kwg_record *rec)
{
	return (struct kwg_cursor) {
		.wg = rec->wg, .task = rec->task, .member = rec->member,
	};
}

static bool kwg_less_by_task(struct rb_node *a, const struct rb_node *b)
{
	struct kwg_cursor place = kwg_cursor_of(rb_entry(a, struct kwg_record,
						       by_task));

	return kwg_cmp_by_task(&place, b) < 0;
}

static bool kwg_less_by_group(struct rb_node *a, const struct rb_node *b)
{
	struct kwg_cursor place = kwg_cursor_of(rb_entry(a, struct kwg_record,
						       by_group));

	return kwg_cmp_by_group(&place, b) < 0;
}

/* Put a record into its shard, whose lock is held. */
void kwg_record_link(struct kwg_shard *shard, struct kwg_record *rec)
{
	/* After the add. Pairs with the load in kwg_nr_joins(). */
	smp_store_release(&shard->joins, shard->joins + 1);
	WRITE_ONCE(shard->slot.listed, true);
	rb_add(&rec->by_task, &shard->by_task, kwg_less_by_task);
	rb_add(&rec->by_group, &shard->by_group, kwg_less_by_group);
	WRITE_ONCE(shard->nr_polled, shard->nr_polled + rec->polled);
	shard->nr_records++;
}

/* Take a record off its shard, whose lock is held. */
void kwg_record_unlink(struct kwg_shard *shard, struct kwg_record *rec)
{
	rb_erase(&rec->by_task, &shard->by_task);
	rb_erase(&rec->by_group, &shard->by_group);
	WRITE_ONCE(shard->nr_polled, shard->nr_polled - rec->polled);
	if (--shard->nr_records)
		return;
	/* J: pairs with kwg_may_hold(). */
	smp_store_release(&shard->slot.listed, false);
}

/* What @task has joined with @m, or NULL; with the shard's lock. */
struct kwg_record *kwg_record_of(struct kwg_shard *shard,
				 const struct task_struct *task,
				 const struct kwaitgroup_member *m)
{
	const struct kwg_cursor place = { .task = task, .member = m };
	struct rb_node *node = rb_find(&place, &shard->by_task,
				       kwg_cmp_by_task);

	return node ? rb_entry(node, struct kwg_record, by_task) : NULL;
}

/* Inline, and @cmp with it: as calls they are what a step costs. */
static __always_inline struct rb_node *
kwg_first_behind(const struct rb_root *root, const struct kwg_cursor *place,
		 int (*cmp)(const void *place, const struct rb_node *node))
{
	struct rb_node *node = root->rb_node, *first = NULL;

	while (node) {
		if (cmp(place, node) < 0) {
			first = node;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return first;
}

static struct kwg_record *kwg_next_of_group(struct kwg_shard *shard,
					    const struct kwg_cursor *place,
					    struct kwg_record *prev)
{
	struct rb_node *node = prev ? rb_next(&prev->by_group) :
		kwg_first_behind(&shard->by_group, place, kwg_cmp_by_group);
	struct kwg_record *rec;

	if (!node)
		return NULL;
	rec = rb_entry(node, struct kwg_record, by_group);
	return rec->wg == place->wg ? rec : NULL;
}

static struct kwg_record *kwg_next_of_all(struct kwg_shard *shard,
					  const struct kwg_cursor *place,
					  struct kwg_record *prev)
{
	struct rb_node *node = prev ? rb_next(&prev->by_task) :
		kwg_first_behind(&shard->by_task, place, kwg_cmp_by_task);

	return node ? rb_entry(node, struct kwg_record, by_task) : NULL;
}

/**
 * kwg_record_next - step to the next record of a shard
 * @shard: the shard; its lock is held
 * @place: where to go on from; moves to the record
 * @prev: the record at @place if the lock was held since and it is still there;
 *	NULL: look for the place, in a time logarithmic in the number of records
 *
 * Do not take more than KWG_WALK_MAX steps in one hold of the lock.
 *
 * Return: the record, of @place->wg if that is not NULL; NULL at the end
 */
struct kwg_record *kwg_record_next(struct kwg_shard *shard,
				   struct kwg_cursor *place,
				   struct kwg_record *prev)
{
	struct kwg_record *rec;

	rec = place->wg ? kwg_next_of_group(shard, place, prev) :
			  kwg_next_of_all(shard, place, prev);
	if (rec) {
		place->task = rec->task;
		place->member = rec->member;
	}
	return rec;
}

static bool kwg_copy_slot(const struct kwg_cursor *place,
			  struct kwg_record *copy)
{
	if (!kwg_slot_get(&kwg_shards[place->shard], copy))
		return false;
	if (!place->wg || copy->wg == place->wg)
		return true;
	put_task_struct(copy->task);
	return false;
}

/* Those of the shard where @place is, its slot first. */
static unsigned int kwg_copy_shard(struct kwg_cursor *place,
				   struct kwg_record *copies, unsigned int max)
{
	struct kwg_shard *shard = &kwg_shards[place->shard];
	struct kwg_record *rec = NULL;
	unsigned int nr = 0;
	unsigned long flags;

	if (!place->within)
		nr = kwg_copy_slot(place, copies);
	place->within = true;
	if (!READ_ONCE(shard->slot.listed))
		return nr;
	raw_spin_lock_irqsave(&shard->lock, flags);
	while (nr < max && (rec = kwg_record_next(shard, place, rec))) {
		get_task_struct(rec->task);
		copies[nr++] = *rec;
	}
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	return nr;
}

/**
 * kwg_records_copy - copy the next memberships, of all groups or of one
 * @place: where to go on from; moves along
 * @copies: get them, each with a reference to its task
 * @max: how many, at most KWG_WALK_MAX; a join or leave waits for so many
 *
 * Return: how many; less than @max only when there are no more
 */
unsigned int kwg_records_copy(struct kwg_cursor *place,
			      struct kwg_record *copies, unsigned int max)
{
	unsigned int nr = 0;

	while (place->shard < KWG_NR_SHARDS) {
		nr += kwg_copy_shard(place, copies + nr, max - nr);
		if (nr == max)
			break;
		*place = (struct kwg_cursor) {
			.wg = place->wg, .shard = place->shard + 1,
		};
	}
	return nr;
}

/**
 * kwg_is_joined - whether anybody has joined with a member
 * @m: the member
 * @wg: gets the group
 *
 * Members that come and go meanwhile may be seen, or not.
 *
 * Return: true if so
 */
bool kwg_is_joined(const struct kwaitgroup_member *m,
		   const struct kwaitgroup **wg)
{
	struct kwg_cursor cursor = {};
	struct kwg_record copies[4];
	unsigned int i, nr;
	bool found = false;

	do {
		nr = kwg_records_copy(&cursor, copies, ARRAY_SIZE(copies));
		for (i = 0; i < nr; i++) {
			if (copies[i].member == m) {
				*wg = copies[i].wg;
				found = true;
			}
			put_task_struct(copies[i].task);
		}
	} while (nr == ARRAY_SIZE(copies) && !found);
	return found;
}
