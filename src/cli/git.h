/* SPDX-License-Identifier: MIT */
/* A writable project must not come back with code in it that git runs on the host: githooks(5), git-config(1). */
#ifndef CLI_GIT_H
#define CLI_GIT_H

#include <pinfold/pinfold.h>

#include "cli/plan.h"

/* Protects the git directory of the tree `source`, which is shown, writable, at `target`. -1 after a message: it cannot be. */
int git_protect(struct plan *plan, const char *source, const char *target);

/* After a run in which the git directory of `source` was protected, and had no commondir before: says if it has one. */
void git_inspect(const char *source);

/* The author and committer that git on the host would use in `directory`, as variables; a commit inside needs them. */
void git_identity(struct pinfold *box, const char *directory, const char *home);

#endif
