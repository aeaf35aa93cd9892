/* SPDX-License-Identifier: MIT */
/* What the presets refuse. */
#ifndef SECCOMP_PRESETS_H
#define SECCOMP_PRESETS_H

#include "seccomp/policy.h"

enum presets_form {
        PRESETS_EXPORT,   /* exactly what other users of these presets have */
        PRESETS_LOADED,   /* the same, and the socket families also with multiarch */
        PRESETS_HARDENED, /* and the hardening */
};

/* Appends the rules to `rules`. Their order is that of the exported program, whose bytes depend on it. */
void presets_rules(unsigned presets, unsigned flags, enum presets_form form, struct rules *rules);

#endif
