/* SPDX-License-Identifier: MIT */
/*
 * What lies below a directory that a program from a container may have changed, and may be changing at the moment: no symbolic
 * link is followed, and nothing that could block is waited for (openat2(2)).
 */
#ifndef CLI_BENEATH_H
#define CLI_BENEATH_H

#include <dirent.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Opens `path`, relative to `directory`. -1 with errno; ELOOP: a link is on the way, or there. */
int beneath_open(int directory, const char *path, int flags);

/* Opens a directory there for reading; NULL with errno. */
DIR *beneath_opendir(int directory, const char *path);

/* The type bits of what is there; S_IFLNK also when a link is on the way; 0: nothing; BENEATH_UNKNOWN: it cannot be found out, see errno. */
#define BENEATH_UNKNOWN S_IFMT
mode_t beneath_type(int directory, const char *path);

/* The content of a regular file of at most `limit` bytes, allocated, a NUL behind it; NULL: there is none. */
char *beneath_read(int directory, const char *path, size_t limit, size_t *ret_size);

#endif
