/* SPDX-License-Identifier: MIT */
/* Strings in the order in which they came. */
#ifndef CLI_TEXTS_H
#define CLI_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

struct texts {
        char **items; /* each allocated */
        size_t count;
};

bool texts_has(const struct texts *texts, const char *item);

/* A copy of `item`, unless it is there. */
void texts_add(struct texts *texts, const char *item);

void texts_free(struct texts *texts);

#endif
