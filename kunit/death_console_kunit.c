// SPDX-License-Identifier: GPL-2.0
/* The reader of the log once more: an object can be part of one module only. */
#include "console_kunit.c"
