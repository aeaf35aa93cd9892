/* SPDX-License-Identifier: MIT */
/* seccomp(2): loading a filter of classic BPF. Needs no_new_privs. */
#ifndef SYSCALL_SECCOMP_H
#define SYSCALL_SECCOMP_H

#include <linux/audit.h>
#include <stddef.h>

#define SYS_INSTRUCTION_SIZE 8 /* of struct sock_filter */

/* What a filter sees as the architecture of our own calls. */
#if defined(__x86_64__)
#define SYS_AUDIT_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SYS_AUDIT_ARCH AUDIT_ARCH_AARCH64
#else
#error "the audit architecture is not known; see seccomp(2)"
#endif

int sys_seccomp_load(const void *instructions, size_t count);

#endif
