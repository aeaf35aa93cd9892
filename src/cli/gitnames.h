/* SPDX-License-Identifier: MIT */
/* What configuration of git names: hooks that are elsewhere, and files with more configuration (git-config(1)). */
#ifndef CLI_GITNAMES_H
#define CLI_GITNAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/texts.h"

/* Absolute paths, without "." and "..", but perhaps through links. */
struct gitnames {
        struct texts files; /* of configuration: those that are always read, and what they include */
        size_t included; /* the first of the latter */
        struct texts hooks; /* each core.hooksPath */
        char *unreadable; /* a file of the repository that is there and cannot be read; and why: */
        int error;
        bool too_many;
};

/*
 * Those of the repository with the git directory `git`, and of its user. `worktree`: what relative paths of hooks are relative to.
 * `source` is the tree of the host that both are in, and `directory` the same, opened: what is below it is not to be trusted.
 */
struct gitnames gitnames_find(const char *git, const char *worktree, const char *source, int directory);

/* A file of git's, the same way: what is below `source` is read without following links. Allocated; NULL with errno. */
char *gitnames_load(const char *path, const char *source, int directory);

void gitnames_free(struct gitnames *names);

#endif
