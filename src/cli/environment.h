/* SPDX-License-Identifier: MIT */
/* What a run without --empty takes over from the caller's environment. */
#ifndef CLI_ENVIRONMENT_H
#define CLI_ENVIRONMENT_H

#include <stdbool.h>

#include <pinfold/pinfold.h>

/* Whether the variable "NAME=VALUE" is one that the program gets; `network`: it has the host's. */
bool environment_keeps(const char *variable, bool network);

/* Adds all that are kept to the container's environment. */
void environment_pass(struct pinfold *box, bool network);

#endif
