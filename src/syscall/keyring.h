/* SPDX-License-Identifier: MIT */
/* keyctl(2), session-keyring(7). */
#ifndef SYSCALL_KEYRING_H
#define SYSCALL_KEYRING_H

#include <stdbool.h>

/* A new anonymous session keyring instead of the inherited one. */
int sys_join_session_keyring(void);

/* Whether none of the calls that use keyrings can be made: the kernel has none, or a filter around us refuses all. */
bool sys_keys_are_refused(void);

#endif
