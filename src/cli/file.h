/* SPDX-License-Identifier: MIT */
/* Whole files in memory, and back. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include <stddef.h>

/* Whoever has written more wants to keep us busy (bytes). */
#define FILE_MAX (16 * 1024 * 1024)

/* All that can be read from `fd`, allocated, with a NUL behind it; closes `fd`. NULL: see errno. `ret_size` may be NULL. */
char *file_read(int fd, size_t *ret_size);

/* The same of a regular file of at most `limit` bytes; of anything else nothing is read, and NULL returned. */
char *file_read_regular(int fd, size_t limit, size_t *ret_size);

/* The same of a regular file of at most FILE_MAX, which somebody else may have put there. NULL: see errno. */
char *file_load(const char *path, size_t *ret_size);

/* All of it, also where others that have the same open file have made it O_NONBLOCK. 0 or -1: see errno. */
int file_write(int fd, const char *data, size_t size);

/* Writes a file anew, for the caller's eyes alone, and in one step: the old content, or the new. 0 or -1: see errno. */
int file_store(const char *path, const char *content);

#endif
