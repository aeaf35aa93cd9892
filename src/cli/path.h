/* SPDX-License-Identifier: MIT */
/* Paths as text. */
#ifndef CLI_PATH_H
#define CLI_PATH_H

#include <stdbool.h>

/* `path`, or DIRECTORY/path when it is relative, without empty, "." and ".." components. Allocated. */
char *path_absolute(const char *directory, const char *path);

/* Whether `path` is `directory` or below it. Both are absolute, as path_absolute returns them. */
bool path_is_below(const char *path, const char *directory);

#endif
