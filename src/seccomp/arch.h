/* SPDX-License-Identifier: MIT */
/*
 * The architectures that a filter can be made for, and the numbers of system calls on them. Everything here takes the
 * architecture as a parameter, so that the tests can compile filters for machines that they do not run on.
 */
#ifndef SECCOMP_ARCH_H
#define SECCOMP_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pinfold/seccomp.h>

#include "seccomp/numbers.h"

struct arch {
        const char *name;
        enum syscall_table table;
        uint32_t audit;             /* AUDIT_ARCH_*, as the kernel tells filters; libseccomp's tokens are the same */
        bool x32;                   /* numbers with bit 30 set are calls of the x32 ABI */
        const struct arch *narrow;  /* its 32-bit architecture, which a 64-bit kernel also runs */
        const struct multiplexed *multiplexed; /* ends with an empty name; or NULL */
};

extern const struct arch arch_x86_64, arch_x86, arch_aarch64, arch_arm;

/* The machine's. */
const struct arch *arch_native(void);

/*
 * A system call that an old architecture makes as the sub-call of another one: of `via`, when `selector` holds. Many
 * of them have been given a number of their own later, and are made either way.
 */
struct multiplexed {
        char name[16];
        int via;
        struct pinfold_seccomp_arg selector;
};

/* NULL: `name` is an ordinary call there. */
const struct multiplexed *arch_multiplexed(const struct arch *arch, const char *name);

/* The number of `name` on `arch`; negative: it has no such call, at least not directly. */
int arch_syscall(const struct arch *arch, const char *name);

#endif
