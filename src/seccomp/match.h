/* SPDX-License-Identifier: MIT */
/* The part of a filter that looks at arguments. */
#ifndef SECCOMP_MATCH_H
#define SECCOMP_MATCH_H

#include "seccomp/assemble.h"
#include "seccomp/policy.h"

/* A rule on its way into a program: what it does to the call `number`. */
struct entry {
        uint32_t number;
        uint32_t order; /* among the rules of that call */
        uint32_t action;
        size_t count;
        const struct pinfold_seccomp_arg *args;
};

/*
 * Writes the rules of one system call, `count` entries in their order: the first whose conditions hold decides, else
 * it is `fallback`. Returns -ENOMEM, or 0 and where it begins.
 */
int match(struct program *program, const struct entry *entries, size_t count, uint32_t fallback,
          struct target *ret_target);

#endif
