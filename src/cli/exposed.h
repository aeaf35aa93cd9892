/* SPDX-License-Identifier: MIT */
/* What of the host the program could change, by what it may write to. */
#ifndef CLI_EXPOSED_H
#define CLI_EXPOSED_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/plan.h"

/* Whether there is anything of the host that it may write to. */
bool exposed_any(const struct plan *plan);

/*
 * Whether the program could have something else found at `path` of the host, wherever it sees it: by writing to it, or by replacing a
 * directory or a link on the way.
 */
bool exposed_writes(const struct plan *plan, const char *path);

struct exposed_place {
        const char *path; /* of a directory of the host, which need not be there; NULL: none */
        const char *why;  /* ends "the program could write to PATH, ..." */
};

/*
 * Protects these directories, and what is on the way to them, wherever the program could change that; where one is not there yet, nobody
 * can make it. Returns 1, 0 where there is no need, or -1 after a message.
 */
int exposed_keep(struct plan *plan, const struct exposed_place *places, size_t count);

#endif
