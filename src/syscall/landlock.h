/* SPDX-License-Identifier: MIT */
/* landlock(7), as far as scoping goes. Return >= 0 or a negative errno. */
#ifndef SYSCALL_LANDLOCK_H
#define SYSCALL_LANDLOCK_H

#include <stdint.h>

#define SYS_SCOPE_ABSTRACT_UNIX_SOCKET (1u << 0)
#define SYS_SCOPE_SIGNAL (1u << 1)

/* The ABI version: 6 is the first that can scope. */
int sys_landlock_abi(void);

/* A ruleset that restricts nothing but the given scopes. Returns a descriptor. */
int sys_landlock_scope(uint64_t scopes);

int sys_landlock_restrict_self(int ruleset);

#endif
