/* SPDX-License-Identifier: MIT */
/* The entries of a host directory, sorted, for the operations that treat each of them. */
#ifndef OPS_NAMES_H
#define OPS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct names {
        char **items;
        size_t count;
};

/* All but ".", ".." and those in `except`, which ends with NULL. Allocated, never released: see struct op. */
int names_read(const char *directory, const char *const *except, struct names *ret, struct pinfold_error *err);

#endif
