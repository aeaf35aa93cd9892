/* SPDX-License-Identifier: MIT */
/* From an error to its cure, where the cause is known. */
#ifndef CLI_HINTS_H
#define CLI_HINTS_H

#include <pinfold/error.h>

/* One of the two may be NULL. */
struct remedy {
        const char *cause;
        const char *cure;
};

/* The first that fits, or NULL. */
const struct remedy *hints_find(const struct pinfold_error *err);

/* Prints it, if there is one. */
void hints_print(const struct pinfold_error *err);

#endif
