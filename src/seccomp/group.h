/* SPDX-License-Identifier: MIT */
/* Tables of calls that are refused: those of the presets, and those of the hardening. */
#ifndef SECCOMP_GROUP_H
#define SECCOMP_GROUP_H

#include "seccomp/policy.h"

#define EXT PINFOLD_SECCOMP_EXT
#define DENY_NS PINFOLD_SECCOMP_DENY_NS
#define DENY_TTY PINFOLD_SECCOMP_DENY_TTY
#define DENY_DEVEL PINFOLD_SECCOMP_DENY_DEVEL
#define DENY_PERF PINFOLD_SECCOMP_DENY_PERF
#define LINUX32 PINFOLD_SECCOMP_LINUX32
#define MULTIARCH PINFOLD_SECCOMP_MULTIARCH

/*
 * Argument `index`, an int or unsigned int to the kernel, is `value`: with the upper half left out of the comparison, a
 * bit set there does not get past it.
 */
#define LOW_HALF(index, value) {index, PINFOLD_SECCOMP_MASKED_EQ, 0xffffffff, (value)}

/* All `bits` are set in argument `index`. */
#define BITS(index, bits) {index, PINFOLD_SECCOMP_MASKED_EQ, (bits), (bits)}

#define GROUP_ARGS_MAX 2

struct group {
        unsigned presets;    /* all of these must be set */
        unsigned not_preset; /* none of these */
        unsigned not_flag;
        int error;
        const char *names; /* separated by spaces */
        struct pinfold_seccomp_arg args[GROUP_ARGS_MAX]; /* all must hold; those with op 0 are none */
};

/* Appends a rule for each call of each group that holds. */
void groups_add(struct rules *rules, const struct group *groups, size_t count, unsigned presets, unsigned flags);

#endif
