/* SPDX-License-Identifier: MIT */
/* Home directories: hidden by default, and what in one's own may be shown. */
#ifndef CLI_HOMES_H
#define CLI_HOMES_H

#include <pwd.h>
#include <stdbool.h>

/* The caller, as passwd(5) says, or, where pinfold is linked statically, the file alone; NULL: it is not there. Not to be kept. */
const struct passwd *user_entry(void);

/* The caller's: $HOME, else as passwd(5) says; NULL: none that is a directory of its own. Allocated. */
char *home_named(void);

/* The same without links on the way to it, if it exists: where the files are. Allocated. */
char *home_own(void);

/* $VARIABLE, when that is an absolute path, or what `otherwise` is in the home directory; NULL: there is none. Allocated. */
char *home_xdg(const char *variable, const char *otherwise);

/* Whether `path` is, or contains, a home directory, under whatever name: the caller's, or that of a person in passwd(5). */
bool home_in(const char *path, const char *own);

/* Whether keys, tokens or passwords are usually kept at `path`, or below it. */
bool home_keeps_credentials(const char *path, const char *own);

#endif
