// SPDX-License-Identifier: GPL-2.0
/* What the incident prints. */
#define pr_fmt(fmt) "incident: " fmt

#include <linux/err.h>
#include <linux/kernel.h>

#include "incident.h"

/* The first few are enough to see a pattern. */
#define MAX_NAMED	8

static const char *outcome_text(struct incident_request *request, char *buf,
				size_t size)
{
	switch (incident_get_state(request)) {
	case INCIDENT_QUEUED:
		return "queued behind request 1, not started";
	case INCIDENT_WAITING:
		scnprintf(buf, size, "HANGS, still waiting after %u ms",
			  request->limit_ms);
		return buf;
	case INCIDENT_ENDED:
		break;
	}
	if (request->wait_result)
		scnprintf(buf, size, "%s with %pe after %u ms",
			  request->wait_result == -ETIMEDOUT ?
			  "HANGS, gave up" : "ended",
			  ERR_PTR(request->wait_result), request->wait_ms);
	else
		scnprintf(buf, size, "finished after %u ms", request->wait_ms);
	return buf;
}

static void report_request(struct incident_request *request)
{
	char outcome[64];

	pr_info("%7u %7u %7d %7d  %s\n", request->number, request->nr_orders,
		atomic_read(&request->nr_processed),
		atomic_read(&request->nr_failed),
		outcome_text(request, outcome, sizeof(outcome)));
}

static void report_start_error(struct incident_request *request)
{
	if (incident_get_state(request) != INCIDENT_QUEUED &&
	    request->start_error)
		pr_err("request %u: not all orders could be started: %pe\n",
		       request->number, ERR_PTR(request->start_error));
}

/**
 * incident_report - say how it went
 * @requests: all of them
 * @nr: how many
 */
void incident_report(struct incident_request *requests, unsigned int nr)
{
	unsigned int i;

	pr_info("REQUEST  ORDERS      OK  FAILED  OUTCOME\n");
	for (i = 0; i < nr; i++)
		report_request(&requests[i]);
	for (i = 0; i < nr; i++)
		report_start_error(&requests[i]);
}

/**
 * incident_report_failed - name the orders that have failed
 * @request: of this request
 */
void incident_report_failed(const struct incident_request *request)
{
	unsigned int i, nr = 0;
	char list[64] = "";
	int len = 0;

	for (i = 0; i < request->nr_orders; i++) {
		if (!READ_ONCE(request->orders[i].failed))
			continue;
		if (++nr > MAX_NAMED)
			break;
		len += scnprintf(list + len, sizeof(list) - len, " %u",
				 request->orders[i].number);
	}
	if (nr)
		pr_info("failed orders of request %u:%s%s\n", request->number,
			list, nr > MAX_NAMED ? " ..." : "");
}
