// SPDX-License-Identifier: GPL-2.0
/* Where the trace events of trace.h are made. */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/string.h>

#define CREATE_TRACE_POINTS
#include "trace.h"
