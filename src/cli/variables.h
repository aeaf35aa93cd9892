/* SPDX-License-Identifier: MIT */
/* ${HOME}, ${USER}, ${CWD} and ${XDG_RUNTIME_DIR} in the values of a profile: see pinfold-profile(5). */
#ifndef CLI_VARIABLES_H
#define CLI_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

/* Why a value cannot be expanded. */
struct variables_fault {
        size_t at;  /* where in the value */
        char *what; /* allocated */
        const char *cure; /* or NULL */
};

/*
 * `value` with what its variables stand for, allocated; NULL, and *ret_fault. `directory` is ${CWD}; where there are `fields`, which ':'
 * separates, what they stand for is one field, and ${CWD} no home directory: that would be shown.
 */
char *variables_expand(const char *value, const char *directory, bool fields, struct variables_fault *ret_fault);

/* `value`, so that it stands for itself. Allocated. */
char *variables_quote(const char *value);

#endif
