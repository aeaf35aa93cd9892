/* SPDX-License-Identifier: MIT */
/* Paths as text. */
#ifndef CLI_PATH_H
#define CLI_PATH_H

#include <stdbool.h>
#include <sys/stat.h>

/* `path`, or DIRECTORY/path when it is relative, as it stands. Allocated. */
char *path_join(const char *directory, const char *path);

/* `path`, or DIRECTORY/path when it is relative, without empty, "." and ".." components. Allocated. */
char *path_absolute(const char *directory, const char *path);

/* Whether `path` is `directory` or below it. Both are absolute, as path_absolute returns them. */
bool path_is_below(const char *path, const char *directory);

/* What follows, without a slash in front: "" for `directory` itself. A part of `path`. */
const char *path_rest(const char *path, const char *directory);

/* `path`, which is below `from`, as it is called where `from` is `to`. Allocated. */
char *path_moved(const char *path, const char *from, const char *to);

/*
 * Where `path`, which is absolute, leads: without links, also where the end of it is not there. Allocated. Calls `visit` for each
 * name on the way, in the order in which the kernel looks them up (path_resolution(7)): where one is a link, those that it holds
 * come next. `at` is the name, in a directory without links on the way. What a link holds is left in `ret_link`, allocated, as
 * path_look does, which is what NULL for `visit` stands for. Ends when `visit` returns false, or links lead in circles.
 */
char *path_walk(const char *path, bool (*visit)(void *userdata, const char *at, char **ret_link), void *userdata);

/* What is there, not following a link, and what the link holds: `ret_link` stays as it is where there is none. Returns 0 or errno. */
int path_look(const char *path, struct stat *ret, char **ret_link);

#endif
