/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _EX_THREADS_H
#define _EX_THREADS_H

#include "scenario.h"

void threads_round(const struct scenario *s);

#endif /* _EX_THREADS_H */
