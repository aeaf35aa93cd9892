/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/git.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/beneath.h"
#include "cli/gitnames.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/path.h"

#define WHY "git runs, or obeys, what is in it"

/* More are refused: whoever made them wants to keep us busy. */
#define REPOSITORIES_MAX 1000
#define DEPTH_MAX 16

static bool is_absent(int error)
{
        return error == ENOENT || error == ENOTDIR;
}

struct work {
        struct git_tree *tree;
        struct plan *plan;
        const char *worktree; /* of the index that is being read */
        int depth;
        bool failed; /* after a message */
};

static void refuse(struct work *work, const char *path, const char *why)
{
        if (work->failed)
                return;
        complain("%s/%s %s", work->tree->source, path, why);
        hint("--allow-git-config permits that");
        work->failed = true;
}

static void refuse_unknown(struct work *work, const char *path, int error)
{
        char *why = text("cannot be looked at, or something on the way to it: %s", strerror(error));

        refuse(work, path, why);
        free(why);
}

/* A directory on the way to something protected: it cannot be renamed, or else another could take its place. */
static void pin(struct work *work, const char *path)
{
        struct git_tree *tree = work->tree;

        if (texts_has(&tree->pinned, path))
                return;
        texts_add(&tree->pinned, path);
        plan_protect(work->plan, tree->target, path, "writable,optional", "cannot be replaced by another");
}

/* `flags`: what to do where there is nothing. A link is what the program could have put there the last time. */
static void guard(struct work *work, const char *path, const char *flags)
{
        mode_t type = beneath_type(work->tree->directory, path);

        if (type == S_IFLNK)
                refuse(work, path, "is a symbolic link, which the program could replace by hooks and configuration of its own");
        if (type == BENEATH_UNKNOWN)
                refuse_unknown(work, path, errno);
        if (work->failed)
                return;
        for (const char *end = strchr(path, '/'); end; end = strchr(end + 1, '/')) {
                char *above = text("%.*s", (int)(end - path), path);

                pin(work, above);
                free(above);
        }
        if (strcmp(flags, "writable") == 0)
                pin(work, path);
        else
                plan_protect(work->plan, work->tree->target, path, flags, WHY);
}

static void guard_in(struct work *work, const char *git, const char *name, const char *flags)
{
        char *path = gittree_below(git, name);

        guard(work, path, flags);
        free(path);
}

static void guard_once(struct work *work, const char *path, const char *flags)
{
        struct git_tree *tree = work->tree;

        if (texts_has(&tree->named, path))
                return;
        texts_add(&tree->named, path);
        guard(work, path, flags);
}

/*
 * What need not be there: then what is no directory on the way to it is protected, or the first that is missing; or else it, as `flags`
 * say. What is meant to be a file, but is a directory that git has to write to, is not.
 */
static void guard_place(struct work *work, const char *path, const char *flags)
{
        char *first = text("%s", path);
        bool found = false;

        for (const char *end = strchr(path, '/'); end && !found; end = strchr(end + 1, '/')) {
                char *above = text("%.*s", (int)(end - path), path);
                mode_t type = beneath_type(work->tree->directory, above);

                found = type != S_IFDIR;
                if (found) {
                        free(first);
                        first = above;
                        flags = type == 0 ? "directory" : "optional";
                } else {
                        free(above);
                }
        }
        if (strcmp(flags, "directory") == 0 || !texts_has(&work->tree->pinned, first))
                guard_once(work, first, flags);
        free(first);
}

/* A hook can be a link to a file of the project. */
static void guard_hook_links(struct work *work, const char *hooks)
{
        DIR *directory = beneath_opendir(work->tree->directory, hooks);
        const struct dirent *entry;

        if (!directory && !is_absent(errno))
                refuse_unknown(work, hooks, errno);
        while (directory && (entry = readdir(directory)) != NULL) {
                char link[PATH_MAX], *leads;
                ssize_t size = readlinkat(dirfd(directory), entry->d_name, link, sizeof(link) - 1);

                if (size <= 0)
                        continue;
                link[size] = '\0';
                leads = gittree_path(work->tree, hooks, link);
                if (leads && !path_is_below(leads, hooks))
                        guard_place(work, leads, "file");
                free(leads);
        }
        if (directory)
                closedir(directory);
}

/* What configuration names: hooks elsewhere in the worktree, and files with more of it. Both paths are absolute. */
static void guard_names(struct work *work, const char *git, const char *worktree)
{
        struct git_tree *tree = work->tree;
        struct gitnames names = gitnames_find(git, worktree, tree->source, tree->directory);

        if (names.too_many)
                refuse(work, ".", "has configuration that names more than can be protected");
        for (size_t i = 0; i < names.hooks.count; i++) {
                char *path = gittree_path(tree, "", names.hooks.items[i]);

                if (path && *path) {
                        guard_place(work, path, "directory");
                        guard_hook_links(work, path);
                } else if (path) {
                        refuse(work, ".", "is itself where git's hooks are (core.hooksPath)");
                }
                free(path);
        }
        for (size_t i = 0; i < names.files.count; i++) {
                char *path = gittree_path(tree, "", names.files.items[i]);

                if (path && *path && i >= names.included)
                        guard_place(work, path, "file");
                else if (path && *path && !path_is_below(names.files.items[i], git) && beneath_type(tree->directory, path) != 0)
                        guard_once(work, path, "optional");
                free(path);
        }
        if (names.unreadable) {
                char *path = gittree_path(tree, "", names.unreadable);

                refuse_unknown(work, path ? path : ".", names.error);
                free(path);
        }
        gitnames_free(&names);
}

static void guard_named(struct work *work, const char *git, const char *worktree)
{
        char *git_path = path_absolute(work->tree->source, git);
        char *worktree_path = path_absolute(work->tree->source, worktree ? worktree : git);

        guard_names(work, git_path, worktree_path);
        free(git_path);
        free(worktree_path);
}

/* All at the end, and no other (setup.c of git). */
static void trim_line_ends(char *content)
{
        for (size_t length = strlen(content); length > 0 && strchr("\r\n", content[length - 1]);)
                content[--length] = '\0';
}

/* Where the file `path` of the host leads, which says so behind `prefix`. Allocated; NULL: nowhere. */
static char *leads_to(const struct git_tree *tree, const char *path, const char *prefix)
{
        char *content = gitnames_load(path, tree->source, tree->directory), *above = path_absolute(path, ".."), *found = NULL;

        if (content)
                trim_line_ends(content);
        if (content && strncmp(content, prefix, strlen(prefix)) == 0 && content[strlen(prefix)])
                found = path_absolute(above, content + strlen(prefix));
        free(above);
        free(content);
        return found;
}

/* Of a worktree whose git directory is elsewhere: a linked worktree's configuration is in that of another one. */
static void guard_linked(struct work *work, const char *file, const char *worktree)
{
        char *git = leads_to(work->tree, file, "gitdir: ");
        char *common_file = git ? path_absolute(git, "commondir") : NULL, *common = git ? leads_to(work->tree, common_file, "") : NULL;

        if (git)
                guard_names(work, git, worktree);
        if (common)
                guard_names(work, common, worktree);
        free(common);
        free(common_file);
        free(git);
}

/* The tree can be a part of a worktree, or its git directory elsewhere, whose configuration names what is in the tree. */
static void guard_outside(struct work *work)
{
        char *path = text("%s", work->tree->source);
        bool found = false;

        for (bool on = true; on && !found;) {
                char *git = path_absolute(path, ".git"), *above = path_absolute(path, "..");
                struct stat info;

                found = lstat(git, &info) == 0;
                if (found && S_ISREG(info.st_mode))
                        guard_linked(work, git, path);
                else if (found && S_ISDIR(info.st_mode) && strcmp(path, work->tree->source) != 0)
                        guard_names(work, git, path); /* the one at the top has been read with the repository */
                on = strcmp(path, "/") != 0;
                free(git);
                free(path);
                path = above;
        }
        free(path);
        if (!found)
                guard_named(work, ".git", "");
}

/* The same of a file of the tree, if it leads to what is in the tree, as a path below it. Allocated, or NULL. */
static char *follow(const struct git_tree *tree, const char *path, const char *prefix)
{
        char *full = path_absolute(tree->source, path), *leads = leads_to(tree, full, prefix);
        char *found = leads ? gittree_path(tree, "", leads) : NULL;

        free(leads);
        free(full);
        return found;
}

static void guard_repository(struct work *work, const char *git, const char *worktree);

/* A git directory that a file leads to: one that is not there, or is behind a link, the program could make. */
static void guard_elsewhere(struct work *work, const char *git, const char *worktree)
{
        if (gittree_is_repository(work->tree, git))
                return;
        if (beneath_type(work->tree->directory, *git ? git : ".") == S_IFDIR)
                guard_repository(work, git, worktree);
        else
                guard_place(work, git, "directory");
}

/* The one of a linked worktree has hooks and configuration in another. */
static void guard_common(struct work *work, const char *git, const char *worktree)
{
        char *path = gittree_below(git, "commondir"), *common = follow(work->tree, path, "");

        if (common)
                guard_elsewhere(work, common, worktree);
        free(common);
        free(path);
}

/* Worktrees of the repository that are in the tree have a .git that leads here: it cannot be replaced by one that leads elsewhere. */
static void guard_worktrees(struct work *work, const char *git)
{
        char *worktrees = gittree_below(git, "worktrees");
        DIR *directory = beneath_opendir(work->tree->directory, worktrees);
        const struct dirent *entry;

        while (directory && (entry = readdir(directory)) != NULL) {
                char *base = gittree_below(worktrees, entry->d_name), *path = gittree_below(base, "gitdir");
                char *leads = follow(work->tree, path, "");

                if (leads && *leads && beneath_type(work->tree->directory, leads) == S_IFREG && !texts_has(&work->tree->pinned, leads))
                        guard(work, leads, "optional");
                free(leads);
                free(path);
                free(base);
        }
        if (directory)
                closedir(directory);
        free(worktrees);
}

static void guard_modules(struct work *work, const char *git);
static void guard_links(struct work *work, const char *git, const char *worktree);

/*
 * A git directory is a mount of its own: it cannot be renamed, or else its content could be copied to where it was, without
 * what lies on it.
 */
static void guard_repository(struct work *work, const char *git, const char *worktree)
{
        struct git_tree *tree = work->tree;
        char *hooks;

        if (tree->count == REPOSITORIES_MAX || work->depth == DEPTH_MAX) {
                refuse(work, git, "is a git directory too many to be protected");
                return;
        }
        if (work->failed)
                return;
        tree->repositories = must(reallocarray(tree->repositories, tree->count + 1, sizeof(*tree->repositories)));
        tree->repositories[tree->count++] = (struct git_repository){
                .git = text("%s", git),
                .worktree = worktree ? text("%s", worktree) : NULL,
                .was_git = gittree_is_git(tree, git),
        };
        for (size_t i = 0; i < GIT_UNWANTED; i++)
                tree->repositories[tree->count - 1].had[i] = gittree_has(tree, git, git_unwanted[i]);
        work->depth++;
        if (*git)
                guard(work, git, "writable");
        guard_in(work, git, "config", "file");
        guard_in(work, git, "config.worktree", "file");
        guard_in(work, git, "hooks", "directory");
        guard_in(work, git, "info", "directory");
        guard_in(work, git, "worktrees", "directory");
        for (size_t i = 0; i < GIT_UNWANTED; i++)
                if (strcmp(git_unwanted[i], "modules") != 0 && gittree_has(tree, git, git_unwanted[i]))
                        guard_in(work, git, git_unwanted[i], "optional");
        hooks = gittree_below(git, "hooks");
        guard_hook_links(work, hooks);
        free(hooks);
        guard_named(work, git, worktree);
        guard_common(work, git, worktree);
        guard_worktrees(work, git);
        guard_modules(work, git);
        if (worktree)
                guard_links(work, git, worktree);
        work->depth--;
}

static void note_known(struct git_tree *tree, const char *path, bool absent)
{
        tree->known = must(reallocarray(tree->known, tree->known_count + 1, sizeof(*tree->known)));
        tree->known[tree->known_count++] = (struct git_known){.path = text("%s", path), .absent = absent};
}

/* The name of a submodule can hold slashes: what is no git directory is on the way to one. */
static void guard_module(struct work *work, const char *path)
{
        const struct dirent *entry;
        DIR *directory;

        if (work->depth == DEPTH_MAX)
                refuse(work, path, "is a directory too deep to be protected");
        if (work->failed)
                return;
        guard(work, path, "writable");
        directory = beneath_opendir(work->tree->directory, path);
        if (!directory)
                refuse_unknown(work, path, errno);
        work->depth++;
        while (directory && (entry = readdir(directory)) != NULL) {
                char *sub = gittree_below(path, entry->d_name);

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        ;
                else if (beneath_type(work->tree->directory, sub) != S_IFDIR)
                        note_known(work->tree, sub, false);
                else if (gittree_type(work->tree, sub, "HEAD") == S_IFREG || gittree_type(work->tree, sub, "config") == S_IFREG)
                        guard_repository(work, sub, NULL);
                else
                        guard_module(work, sub);
                free(sub);
        }
        work->depth--;
        if (directory)
                closedir(directory);
}

static void guard_modules(struct work *work, const char *git)
{
        char *path = gittree_below(git, "modules");
        mode_t type = beneath_type(work->tree->directory, path);

        if (type == S_IFLNK || type == BENEATH_UNKNOWN)
                guard(work, path, "writable"); /* complains */
        else if (type == S_IFDIR)
                guard_module(work, path);
        free(path);
}

/* A submodule's worktree: its .git is a file, or, of old, a directory; or not there yet. */
static void guard_link(void *userdata, const char *path)
{
        struct work *work = userdata;
        struct git_tree *tree = work->tree;
        char *git = gittree_below(path, ".git"), *leads = NULL;
        mode_t type = beneath_type(tree->directory, git);

        if (work->failed || gittree_is_known(tree, git) || beneath_type(tree->directory, path) != S_IFDIR) {
                free(git);
                return;
        }
        note_known(tree, git, type == 0);
        if (type == S_IFDIR) {
                guard_repository(work, git, path);
        } else if (type == 0) {
                guard_named(work, git, path); /* of your own, relative to it; git stops at an empty .git, so nothing stands in for that */
        } else {
                guard(work, git, "directory");
                leads = type == S_IFREG ? follow(tree, git, "gitdir: ") : NULL;
        }
        for (size_t i = 0; leads && i < tree->count; i++)
                if (strcmp(tree->repositories[i].git, leads) == 0 && !tree->repositories[i].worktree) {
                        tree->repositories[i].worktree = text("%s", path);
                        guard_named(work, leads, path); /* what is relative to it */
                }
        if (leads && work->depth < DEPTH_MAX) {
                work->depth++;
                guard_links(work, leads, path);
                work->depth--;
        }
        free(leads);
        free(git);
}

static void guard_links(struct work *work, const char *git, const char *worktree)
{
        struct git_links links = {.worktree = worktree, .each = guard_link, .userdata = work};

        if (!gittree_each_link(work->tree, git, &links) && !work->failed)
                complain("the index in %s/%s is not understood: submodules may not be protected", work->tree->source, git);
}

/* A directory, a file that says where that is, or nothing yet; where nobody can make anything, nothing will be. */
static void guard_top(struct work *work)
{
        struct git_tree *tree = work->tree;
        mode_t type = beneath_type(tree->directory, ".git");
        int error = errno;
        char *leads = type == S_IFREG ? follow(tree, ".git", "gitdir: ") : NULL;

        if (type == BENEATH_UNKNOWN)
                refuse_unknown(work, ".git", error);
        else if (type == S_IFDIR)
                guard_repository(work, ".git", "");
        else if (type != 0 || faccessat(tree->directory, ".", W_OK, AT_EACCESS) == 0)
                guard(work, ".git", "directory");
        else
                note_known(tree, ".git", true); /* nothing can be made there, until its owner, which may be the program, permits it */
        if (leads)
                guard_elsewhere(work, leads, "");
        free(leads);
}

int git_protect(struct git_tree *tree, struct plan *plan, const char *source, const char *target)
{
        struct work work = {.tree = tree, .plan = plan};

        *tree = (struct git_tree){.source = source, .target = target, .budget = GIT_BUDGET};
        tree->directory = open(source, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (tree->directory < 0 && is_absent(errno))
                return 0; /* a file; or what setup will complain of */
        if (tree->directory < 0) {
                complain("cannot protect what git would run in %s: %s", source, strerror(errno));
                return -1;
        }
        tree->bare = gittree_is_bare(tree);
        if (tree->bare)
                guard_repository(&work, "", NULL);
        guard_top(&work);
        guard_outside(&work);
        return work.failed ? -1 : 0;
}

void git_free(struct git_tree *tree)
{
        for (size_t i = 0; i < tree->count; i++) {
                free(tree->repositories[i].git);
                free(tree->repositories[i].worktree);
        }
        for (size_t i = 0; i < tree->known_count; i++)
                free(tree->known[i].path);
        texts_free(&tree->named);
        texts_free(&tree->pinned);
        free(tree->repositories);
        free(tree->known);
        if (tree->directory >= 0)
                close(tree->directory);
}
