/* SPDX-License-Identifier: MIT */
/* seccomp(2): loading a filter of classic BPF. Needs no_new_privs. */
#ifndef SYSCALL_SECCOMP_H
#define SYSCALL_SECCOMP_H

#include <stddef.h>

#define SYS_INSTRUCTION_SIZE 8 /* of struct sock_filter */

int sys_seccomp_load(const void *instructions, size_t count);

#endif
