/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KWG_ACCOUNTING_H
#define _KWG_ACCOUNTING_H

#include "internal.h"

void kwg_tally_count(struct kwg_entry *entry, int n, int count,
		     unsigned long ip);
void kwg_tally_print(const struct kwaitgroup *wg);

#endif /* _KWG_ACCOUNTING_H */
