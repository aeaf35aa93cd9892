/* SPDX-License-Identifier: MIT */
/* The index of a git repository, as far as it says where submodules are: gitformat-index(5). */
#ifndef CLI_GITINDEX_H
#define CLI_GITINDEX_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Calls `each` with the path of every gitlink in an index of `size` bytes, which anybody may have written. `hash`: the size of
 * object names, 20 or 32. False: there is something in it that is not understood, so that git may find others.
 */
bool gitindex_links(const char *index, size_t size, size_t hash, void (*each)(void *userdata, const char *path),
                    void *userdata);

#endif
