// SPDX-License-Identifier: GPL-2.0
/* The wait groups of this module: an object that is compiled here, not there. */
#include "../../module/core/all.c"
