/* SPDX-License-Identifier: MIT */
/* A command that is found outside must be the one that runs inside. */
#ifndef CLI_LOOKUP_H
#define CLI_LOOKUP_H

#include "cli/plan.h"

/*
 * Checks that `command`, looked up in `search` as execvp(3) does, or seen from `directory`, is inside, under the same name, what
 * it is outside. Returns 0, also when there is none outside (the container may have it), or -1 after a message that names the
 * option that would show it.
 */
int lookup_check(const struct plan *plan, const char *command, const char *directory, const char *search);

#endif
