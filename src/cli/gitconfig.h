/* SPDX-License-Identifier: MIT */
/*
 * Configuration of git, read without git, which need not be there: git-config(1). Sections without a subsection; no include is
 * followed.
 */
#ifndef CLI_GITCONFIG_H
#define CLI_GITCONFIG_H

#include "cli/environment.h"

/* Calls `each` for every variable of the text, which is changed. `section` and `name` are in lower case. */
void gitconfig_each(char *content, void (*each)(void *userdata, const char *section, const char *name, const char *value),
                    void *userdata);

/* The author and committer that git on the host would use in `directory`, as variables; a commit inside needs them. */
void git_identity(struct environment *environment, const char *directory, const char *home);

#endif
