/* SPDX-License-Identifier: GPL-2.0 */
/* The incident, replayed: what the service and its modes share. */
#ifndef _KWAITGROUP_INCIDENT_H
#define _KWAITGROUP_INCIDENT_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/kwaitgroup.h>
#include <linux/types.h>
#include <linux/wait.h>

struct incident_request;
struct task_struct;

struct incident_customer {
	unsigned int number;
	unsigned int credit;
};

/* One order is processed by one kthread. */
struct incident_order {
	struct incident_request *request;
	const struct incident_customer *customer;	/* NULL: a mistake */
	struct task_struct *task;	/* referenced; NULL: not started */
	unsigned int number;		/* 1, 2, ... */
	bool fails;			/* it is to */
	bool failed;			/* it has */
};

enum incident_state {
	INCIDENT_QUEUED,
	INCIDENT_WAITING,
	INCIDENT_ENDED,			/* the wait has returned */
};

/* One request is a batch of orders; the service waits for all of them. */
struct incident_request {
	const struct incident_mode *mode;
	struct incident_order *orders;
	unsigned int number;		/* 1, 2, ... */
	unsigned int nr_orders;
	unsigned int limit_ms;
	atomic_t nr_processed;
	atomic_t nr_failed;

	/* How the batch is waited for: the one or the other. */
	struct {
		atomic_t pending;
		wait_queue_head_t idle;
	} naive;
	struct kwaitgroup wg;

	struct completion started;	/* all orders that could be */
	int start_error;
	int wait_result;
	unsigned int wait_ms;
	enum incident_state state;
};

/*
 * An onlooker that sees a state also sees what was stored before: start_error
 * for INCIDENT_WAITING, what the wait has returned for INCIDENT_ENDED.
 */
static inline void incident_set_state(struct incident_request *request,
				      enum incident_state state)
{
	/* Pairs with incident_get_state(). */
	smp_store_release(&request->state, state);
}

static inline enum incident_state
incident_get_state(struct incident_request *request)
{
	/* Pairs with incident_set_state(). */
	return smp_load_acquire(&request->state);
}

static inline bool incident_went_wrong(struct incident_request *request)
{
	return incident_get_state(request) != INCIDENT_ENDED ||
	       request->wait_result;
}

/**
 * struct incident_ops - one way to wait for the orders of a request
 * @endless: its wait has no time limit, so the onlooker needs one
 * @begin: get the request's means of waiting ready
 * @end: and put it away; all threads are gone
 * @add: an order is about to run
 * @done: on behalf of an order's thread that was stopped before it ran
 * @wait: for all orders of a request, for at most so many jiffies
 * @missing: how many orders the wait is waiting for; their threads are gone
 * @repair: finish so many missing orders
 */
struct incident_ops {
	bool endless;
	int (*begin)(struct incident_request *request);
	void (*end)(struct incident_request *request);
	void (*add)(struct incident_request *request);
	void (*done)(struct incident_request *request);
	int (*wait)(struct incident_request *request, long timeout);
	int (*missing)(struct incident_request *request);
	void (*repair)(struct incident_request *request, int missing);
};

/**
 * struct incident_mode - one way to write the service, and how its orders fail
 * @name: what the mode= parameter says
 * @ops: how it waits
 * @worker: thread function of an order
 * @fail: what becomes of an order that is to fail; 0 or an errno, if it returns
 * @hint: where to look when the first request does not end well
 */
struct incident_mode {
	const char *name;
	const struct incident_ops *ops;
	int (*worker)(void *order);
	int (*fail)(struct incident_order *order);
	const char *hint;
};

const struct incident_mode *incident_find_mode(const char *name);
int incident_process(struct incident_order *order);
int order_returns_error(struct incident_order *order);
int order_charges_nobody(struct incident_order *order);
int order_waits_for_answer(struct incident_order *order);
void incident_report(struct incident_request *requests, unsigned int nr);
void incident_report_failed(const struct incident_request *request);

#endif /* _KWAITGROUP_INCIDENT_H */
