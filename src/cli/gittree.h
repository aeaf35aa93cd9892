/* SPDX-License-Identifier: MIT */
/* What is known of the repositories in a tree, and what both protection (git.c) and inspection (gitinspect.c) ask of it. */
#ifndef CLI_GITTREE_H
#define CLI_GITTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cli/texts.h"

#define GIT_UNWANTED 4

/*
 * What a git directory does not have, as a rule, and what git obeys: another one's files (gitrepository-layout(5)), addresses of
 * old, repositories of submodules that are yet to be fetched.
 */
extern const char *const git_unwanted[GIT_UNWANTED];

/* A repository in a tree: paths below it, "" being the tree itself. */
struct git_repository {
        char *git;      /* the git directory */
        char *worktree; /* NULL: not known */
        bool had[GIT_UNWANTED]; /* before */
        bool was_git; /* before: see gittree_is_git */
};

/* The .git of a submodule, or something in its place. */
struct git_known {
        char *path;
        bool absent; /* before */
};

struct git_tree {
        int directory; /* the tree on the host */
        const char *source, *target;
        bool bare; /* it was a git directory itself */
        size_t budget; /* bytes of indexes that are still read */
        struct git_repository *repositories;
        size_t count;
        struct git_known *known; /* before */
        size_t known_count;
        struct texts named; /* by configuration, or links: several may name the same */
        struct texts pinned; /* directories that are mounts of their own */
};

/* More bytes of indexes are not read in one run through a tree. */
#define GIT_BUDGET (512 * 1024 * 1024)

/* `name` in the directory `path` of the tree. Allocated. */
char *gittree_below(const char *path, const char *name);

/* The type of `name` in that directory, as beneath_type has it; and whether there is any. */
mode_t gittree_type(const struct git_tree *tree, const char *path, const char *name);
bool gittree_has(const struct git_tree *tree, const char *path, const char *name);

/*
 * `path`, as git would take it in the directory `base` of the tree, if it is in the tree, also by way of a link elsewhere: allocated,
 * "" for the tree itself; or NULL.
 */
char *gittree_path(const struct git_tree *tree, const char *base, const char *path);

struct git_links {
        const char *worktree;
        void (*each)(void *userdata, const char *path); /* with the path in the tree */
        void *userdata;
};

/*
 * Where the index of the repository says that there are submodules; an index can have a part that is shared. False: it is not, or
 * not wholly, understood.
 */
bool gittree_each_link(struct git_tree *tree, const char *git, struct git_links *links);

bool gittree_is_repository(const struct git_tree *tree, const char *git);
bool gittree_is_known(const struct git_tree *tree, const char *path);

/* Whether git takes the directory `path` for a git directory, as far as that can be seen from what is there. */
bool gittree_is_git(const struct git_tree *tree, const char *path);

/* Whether the tree itself has the looks of a git directory. */
bool gittree_is_bare(const struct git_tree *tree);

#endif
