/* SPDX-License-Identifier: MIT */
/* keyctl(2), session-keyring(7). */
#ifndef SYSCALL_KEYRING_H
#define SYSCALL_KEYRING_H

/* A new anonymous session keyring instead of the inherited one. */
int sys_join_session_keyring(void);

/* The id of the session keyring, not creating one: to see whether keyctl is allowed at all. */
int sys_session_keyring(void);

#endif
