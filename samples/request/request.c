// SPDX-License-Identifier: GPL-2.0
/*
 * A device that goes away while threads submit to it, and requests that outlive
 * the call that submits them: the driver to copy from for hold, release and drain.
 *
 * Each request holds the device until it is completed, by a work item. Removal
 * closes the group and drains it: from then on nobody gets in, whoever was in is
 * out, and the registers may go. With lose=1000 there is the bug to look for: each
 * 1000th discard takes a way out of its completion that forgets the request. Who
 * has submitted it is in debugfs, under kwaitgroup/holders, and in kwgtop:
 *
 *	kwgtop --once requests
 *
 * lost=1 is a reset of the device, which completes what was lost.
 */
#include <linux/delay.h>
#include <linux/kwaitgroup_batch.h>
#include <linux/kwaitgroup_holder.h>
#include <linux/kwaitgroup_member.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

static unsigned int submitters = 100;
module_param(submitters, uint, 0444);
MODULE_PARM_DESC(submitters, "Threads that submit (default 100)");
static unsigned int lose;
module_param(lose, uint, 0444);
MODULE_PARM_DESC(lose, "Of so many discards one is lost, 0: none (default)");
static unsigned int delay_ms;
module_param(delay_ms, uint, 0444);
MODULE_PARM_DESC(delay_ms, "Milliseconds that the device works on a request (default 0)");
static bool crash;
module_param(crash, bool, 0444);
MODULE_PARM_DESC(crash, "The first submitter dies by an oops, within a call to the device");

struct request {
	struct kwaitgroup_holder holder;
	struct work_struct work;
	struct kwaitgroup *submitter;	/* who waits for it, or NULL */
	struct llist_node lost;
};

static DEFINE_KWAITGROUP(users);	/* of the device, */
static u32 *registers;			/* which has these */
static bool removed;
static atomic_t tags, discards;
static LLIST_HEAD(lost_requests);
static struct kwaitgroup_batch threads;

static void request_complete(struct request *rq)
{
	if (rq->submitter)
		kwaitgroup_done(rq->submitter);
	kwaitgroup_release(&rq->holder);
	kfree(rq);
}

/* The device has worked on it. */
static void request_work(struct work_struct *work)
{
	struct request *rq = container_of(work, struct request, work);

	if (delay_ms)
		msleep(delay_ms);
	WRITE_ONCE(registers[0], rq->holder.cookie);
	if (lose && !rq->submitter && atomic_inc_return(&discards) % lose == 0)
		llist_add(&rq->lost, &lost_requests); /* for lost=1, not a driver's */
	else
		request_complete(rq);
}

static struct request *request_alloc(struct kwaitgroup *submitter)
{
	struct request *rq = kzalloc(sizeof(*rq), GFP_KERNEL);

	if (!rq)
		return NULL;
	kwaitgroup_holder_init(&rq->holder, atomic_inc_return(&tags));
	rq->submitter = submitter;
	INIT_WORK(&rq->work, request_work);
	return rq;
}

/* It is the device's now, or freed. */
static int request_start(struct request *rq, int err)
{
	if (err)
		kfree(rq);
	else
		queue_work(system_unbound_wq, &rq->work);
	return err;
}

/* Waits for its end. */
static noinline int submit_read(void)
{
	DECLARE_KWAITGROUP_ONSTACK(mine);
	bool late = READ_ONCE(removed);
	struct request *rq;
	int err;

	rq = request_alloc(&mine);
	if (!rq)
		return -ENOMEM;
	err = kwaitgroup_hold(&users, &rq->holder);
	WARN_ON(late && !err);
	kwaitgroup_add(&mine, !err);
	err = request_start(rq, err);
	kwaitgroup_wait(&mine);
	return err;
}

/* Nobody waits for it. */
static noinline int submit_discard(void)
{
	struct request *rq = request_alloc(NULL);

	if (!rq)
		return -ENOMEM;
	return request_start(rq, kwaitgroup_hold(&users, &rq->holder));
}

/* A call to the device that does not outlive itself. */
static noinline int poke(bool crashes)
{
	CLASS(kwaitgroup_member, m)(&users);

	if (IS_ERR(m))
		return PTR_ERR(m);
	WRITE_ONCE(registers[1], 1);
	if (crashes)
		WRITE_ONCE(*(int *)NULL, 0);
	return 0;
}

static int submit(void *first)
{
	int err;

	do {
		err = poke(first && crash) ?: submit_discard() ?: submit_read();
		cond_resched();
	} while (!err);
	return err == -ESHUTDOWN ? 0 : err;
}

static int reset(const char *val, const struct kernel_param *kp)
{
	struct request *rq, *next;

	llist_for_each_entry_safe(rq, next, llist_del_all(&lost_requests), lost)
		request_complete(rq);
	return 0;
}

static const struct kernel_param_ops lost_ops = { .set = reset };
module_param_cb(lost, &lost_ops, NULL, 0200);
MODULE_PARM_DESC(lost, "Write anything to complete the requests that were lost");

/* Not __init: the threads are listed with this call, by a name that is to stay. */
static noinline void start_submitters(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < submitters && !err; i += !err)
		err = kwaitgroup_batch_run(&threads, submit, i ? NULL : &users, "submit/%u", i);
	if (err)
		pr_info("request: %u of %u submitters were started: %d\n", i, submitters, err);
}

static int __init device_init(void)
{
	int err;

	registers = kcalloc(2, sizeof(*registers), GFP_KERNEL);
	if (!registers)
		return -ENOMEM;
	err = kwaitgroup_register(&users, "requests");
	if (err)
		goto free;
	kwaitgroup_batch_init_flags(&threads, 0, KWAITGROUP_BATCH_CARRY_ON);
	err = kwaitgroup_batch_register(&threads, "submitters");
	if (err)
		goto unregister;
	start_submitters();
	return 0;

unregister:
	kwaitgroup_unregister(&users);
free:
	kfree(registers);
	return err;
}

static void __exit device_exit(void)
{
	int err;

	kwaitgroup_close(&users);
	WRITE_ONCE(removed, true);
	err = kwaitgroup_drain(&users);
	/* Whatever a submitter's end was, nobody is in the device any more. */
	kfree_sensitive(registers);
	registers = NULL;
	kwaitgroup_unregister(&users);
	kwaitgroup_batch_wait(&threads);
	kwaitgroup_unregister(&threads.wg);
	pr_info("request: removed with %d after %d requests\n", err, atomic_read(&tags));
}

module_init(device_init);
module_exit(device_exit);
MODULE_DESCRIPTION("kwaitgroup sample: requests that hold a device, and its removal");
MODULE_LICENSE("GPL");
