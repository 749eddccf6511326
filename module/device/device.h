/* SPDX-License-Identifier: GPL-2.0 */
/*
 * device/: /dev/kwaitgroup, through which user space makes groups, and its files:
 * a group and a member, each a descriptor, with the requests that they know.
 * It uses core/ and observe/.
 */
#ifndef _KWG_DEVICE_H
#define _KWG_DEVICE_H

#ifdef CONFIG_KWAITGROUP_DEVICE
int kwg_device_init(void);
void kwg_device_exit(void);
#else
static inline int kwg_device_init(void)
{
	return 0;
}

static inline void kwg_device_exit(void)
{
}
#endif

#endif /* _KWG_DEVICE_H */
