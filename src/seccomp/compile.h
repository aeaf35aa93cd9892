/* SPDX-License-Identifier: MIT */
/* The policy as it is loaded. */
#ifndef SECCOMP_COMPILE_H
#define SECCOMP_COMPILE_H

#include "base/buffer.h"
#include "seccomp/policy.h"

struct arch;

/*
 * One program, an array of struct sock_filter, for seccomp(2): policy and hardening together. `extra_presets` are
 * added to the policy's presets; where rules of the caller's own are in force, they mean as little as those.
 */
int seccomp_compile(const struct pinfold_seccomp *policy, unsigned extra_presets, struct buffer *ret_program,
                    struct pinfold_error *err);

/* The same for another machine. */
int seccomp_compile_for(const struct arch *native, const struct pinfold_seccomp *policy, unsigned extra_presets,
                        struct buffer *ret_program, struct pinfold_error *err);

#endif
