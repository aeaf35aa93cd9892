/* SPDX-License-Identifier: MIT */
/* The policy as libseccomp compiles it: for pinfold_seccomp_export, and as the measure for compile.c in the tests. */
#ifndef SECCOMP_EXPORT_H
#define SECCOMP_EXPORT_H

#include "base/buffer.h"
#include "seccomp/policy.h"

struct arch;

int seccomp_export(const struct pinfold_seccomp *policy, const struct arch *native, struct buffer *ret_program,
                   struct pinfold_error *err);

#endif
