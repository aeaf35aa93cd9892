/* SPDX-License-Identifier: MIT */
/*
 * A writable project must not come back with code in it that git runs on the host: githooks(5), git-config(1),
 * gitrepository-layout(5). What is there before the run is protected inside; what cannot be, because git itself has to write
 * it, is looked at afterwards, and set aside if it makes git obey the program.
 */
#ifndef CLI_GIT_H
#define CLI_GIT_H

#include "cli/gittree.h"
#include "cli/plan.h"

/*
 * Protects the repositories of the tree `source` of the host, which is shown, writable, at `target`; both must live as long as
 * `tree`. -1 after a message: it cannot be. git_free in any case.
 */
int git_protect(struct git_tree *tree, struct plan *plan, const char *source, const char *target);

/* After the run. Sets aside what the program has made, with a message. Returns -1 when that was not possible. */
int git_inspect(struct git_tree *tree);

void git_free(struct git_tree *tree);

#endif
