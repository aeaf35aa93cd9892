/* SPDX-License-Identifier: MIT */
/* What of the host the program could change, by what it may write to. */
#ifndef CLI_EXPOSED_H
#define CLI_EXPOSED_H

#include <stdbool.h>

#include "cli/plan.h"

/* Whether there is anything of the host that it may write to. */
bool exposed_any(const struct plan *plan);

/*
 * Whether the program could have something else found at `path` of the host, wherever it sees it: by writing to it, or by replacing a
 * directory or a link on the way.
 */
bool exposed_writes(const struct plan *plan, const char *path);

/*
 * Protects the directory `path` of the host, and what is on the way to it, wherever the program could change that; where it is not
 * there yet, nobody can make it. `why` ends "the program could write to PATH, ...". Returns 0, or -1 after a message.
 */
int exposed_keep(struct plan *plan, const char *path, const char *why);

#endif
