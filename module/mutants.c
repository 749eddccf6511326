// SPDX-License-Identifier: GPL-2.0
/* Which seeded bug there is. */
#include <linux/module.h>

#include "mutants.h"

char *kwg_seeded = "";
module_param_named(mutant, kwg_seeded, charp, 0444);
MODULE_PARM_DESC(mutant, "The seeded bug: a name from mutants.h");
