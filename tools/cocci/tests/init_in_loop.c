// SPDX-License-Identifier: GPL-2.0
/* What init_in_loop.cocci finds, and what it does not. */
#include <linux/list.h>
#include "fixture.h"

static void bad_for(struct job *job, int n)
{
	struct kwaitgroup wg;
	int i;

	for (i = 0; i < n; i++) {
		kwaitgroup_init(&wg); /* expect: init_in_loop */
		kwaitgroup_add(&wg, 1);
		job[i].group = &wg;
		hand_over(&job[i]);
	}
	kwaitgroup_wait(&wg);
}

static void bad_field(struct job *job, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		kwaitgroup_init(&job->wg); /* expect: init_in_loop */
		kwaitgroup_add(&job->wg, 1);
		hand_over(job);
	}
	kwaitgroup_wait(&job->wg);
}

static void bad_while(struct job *job)
{
	struct kwaitgroup wg;

	while (job) {
		kwaitgroup_init(&wg); /* expect: init_in_loop */
		kwaitgroup_add(&wg, 1);
		job->group = &wg;
		hand_over(job);
		job = job->next;
	}
	kwaitgroup_wait(&wg);
}

static void good_once(struct job *job, int n)
{
	struct kwaitgroup wg;
	int i;

	kwaitgroup_init(&wg);
	for (i = 0; i < n; i++) {
		kwaitgroup_add(&wg, 1);
		job[i].group = &wg;
		hand_over(&job[i]);
	}
	kwaitgroup_wait(&wg);
}

static void good_array(struct job *job, int n)
{
	int i;

	for (i = 0; i < n; i++)
		kwaitgroup_init(&job[i].wg);
}

static void good_list(struct job *job)
{
	for (; job; job = job->next)
		kwaitgroup_init(&job->wg);
}

static void good_waits(struct job *job, int n)
{
	struct kwaitgroup wg;
	int i;

	for (i = 0; i < n; i++) {
		kwaitgroup_init(&wg);
		kwaitgroup_add(&wg, 1);
		job[i].group = &wg;
		hand_over(&job[i]);
		kwaitgroup_wait(&wg);
	}
}

static void good_walk(struct job *job)
{
	while (job) {
		kwaitgroup_init(&job->wg);
		job = job->next;
	}
}
