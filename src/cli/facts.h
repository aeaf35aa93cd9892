/* SPDX-License-Identifier: MIT */
/*
 * What can be known of this process and its host that makes the kernel refuse something. They explain a failure, and
 * never predict one.
 */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

#include <stdbool.h>

/* Whether the file `name` of /proc/sys holds `value`. */
bool fact_sysctl(const char *name, const char *value);

/* The root directory is not that of the mount namespace. One that is a mount point itself is not noticed. */
bool fact_chroot(void);

/* The effective user or group id has no number in this user namespace. */
bool fact_unmapped(void);

/* A syscall filter refuses unshare(2) of a user namespace, before the kernel has looked at it. */
bool fact_filtered(void);

bool fact_no_proc(void);

/* As in the containers of pinfold. */
bool fact_root_without_setfcap(void);

/* SELinux is enforcing; AppArmor confines this process. */
bool fact_selinux(void);
bool fact_apparmor(void);

#endif
