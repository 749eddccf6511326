// SPDX-License-Identifier: GPL-2.0
/* What a driver's done costs: lab/disasm.py counts the instructions of this function. */
#include <linux/kwaitgroup.h>

void disasm_done(struct kwaitgroup *wg)
{
	kwaitgroup_done(wg);
}
