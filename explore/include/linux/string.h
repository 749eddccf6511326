/* SPDX-License-Identifier: GPL-2.0 */
/* The host's. */
#include_next <string.h>
