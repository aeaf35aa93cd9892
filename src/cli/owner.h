/* SPDX-License-Identifier: MIT */
/* What others could have written decides for nobody. */
#ifndef CLI_OWNER_H
#define CLI_OWNER_H

#include <sys/types.h>

/* The owner of `directory`; 0: it is not there. Where root has no id, as in some containers, that is the system's, whatever the number. */
uid_t owner_of(const char *directory);

/*
 * Whether only the caller, root and `other` may write to what `fd` is open on, a regular file. `path` is for messages. Returns 0, or -1
 * after one.
 */
int owner_check(int fd, uid_t other, const char *path);

/* The same of who could put a file into `directory`. 0 also where there is none. */
int owner_check_directory(const char *directory);

#endif
