/* SPDX-License-Identifier: GPL-2.0 */
/* Of core/bucket.h: a scenario may say what it is. */
extern int ex_batch;
#define KWG_BATCH ex_batch
