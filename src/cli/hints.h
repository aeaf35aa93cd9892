/* SPDX-License-Identifier: MIT */
/* From an error to its cure, where the cause is known. */
#ifndef CLI_HINTS_H
#define CLI_HINTS_H

#include <pinfold/error.h>

/* Prints the first hint that fits, or nothing. */
void hints_print(const struct pinfold_error *err);

#endif
