/* SPDX-License-Identifier: GPL-2.0 */
/* The host's, and the kernel's own. */
#include_next <string.h>

#define strscpy(to, from, size)	((void)strncpy(to, from, (size) - 1))
