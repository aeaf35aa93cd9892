/* SPDX-License-Identifier: MIT */
/* The name that somebody most likely meant. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

/* Feed it every name there is; `name` is then the closest one, or NULL when none is close. */
struct nearest {
        const char *wanted;
        const char *name;
        size_t distance;
};

void nearest_offer(struct nearest *nearest, const char *name);

#endif
