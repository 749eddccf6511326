/* SPDX-License-Identifier: GPL-2.0 */
/* Nobody traces. */
#include <linux/types.h>
