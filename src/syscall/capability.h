/* SPDX-License-Identifier: MIT */
/* Capabilities and related per-task settings: capabilities(7), capget(2), prctl(2). */
#ifndef SYSCALL_CAPABILITY_H
#define SYSCALL_CAPABILITY_H

#include <stdint.h>

/* Permitted and effective become `kept`, inheritable as well. A set is a bit per capability number. */
int sys_capset(uint64_t permitted, uint64_t inheritable);

/* The effective set. */
int sys_capget_effective(uint64_t *ret);

int sys_ambient_raise(unsigned capability);

/*
 * Permitted, effective, inheritable and ambient become `kept`, so that an id other than 0 does not lose them at execution. -EPERM also
 * where a security module leaves them in place and denies their use, as AppArmor does in user namespaces that a program without a
 * profile creates: what it denies is not effective for capget(2), and without CAP_SYS_ADMIN nothing can be set up.
 */
int sys_capabilities_raise(uint64_t kept);

int sys_ambient_clear(void);

/* Removes every capability that is not in `kept` from the bounding set, until the kernel knows no more. */
int sys_bounding_keep(uint64_t kept);

int sys_no_new_privs(void);
int sys_set_dumpable(int dumpable);

#endif
