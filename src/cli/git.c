/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/git.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/beneath.h"
#include "cli/gitconfig.h"
#include "cli/gitindex.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/path.h"

#define WHY "git runs, or obeys, what is in it"

/* More are refused: whoever made them wants to keep us busy. */
#define REPOSITORIES_MAX 1000
#define DEPTH_MAX 16

#define CONFIG_MAX (1024 * 1024)
#define INDEX_MAX (512 * 1024 * 1024)

/* `name` in the directory `path` of the tree. Allocated. */
static char *below(const char *path, const char *name)
{
        return *path ? text("%s/%s", path, name) : text("%s", name);
}

static bool has(const struct git_tree *tree, const char *path, const char *name)
{
        char *full = below(path, name);
        bool there = beneath_type(tree->directory, full) != 0;

        free(full);
        return there;
}

static bool has_file(const struct git_tree *tree, const char *path, const char *name)
{
        char *full = below(path, name);
        bool there = beneath_type(tree->directory, full) == S_IFREG;

        free(full);
        return there;
}

/* ---- What is in a repository ------------------------------------------------------------------------------------ */

struct config {
        char *hooks; /* core.hooksPath */
        size_t hash; /* of object names */
};

static void take_config(void *userdata, const char *section, const char *name, const char *value)
{
        struct config *config = userdata;

        if (strcmp(section, "core") == 0 && strcmp(name, "hookspath") == 0) {
                free(config->hooks);
                config->hooks = text("%s", value);
        }
        if (strcmp(section, "extensions") == 0 && strcmp(name, "objectformat") == 0)
                config->hash = strcasecmp(value, "sha256") == 0 ? 32 : 20;
}

static struct config read_config(const struct git_tree *tree, const char *git)
{
        char *path = below(git, "config"), *content = beneath_read(tree->directory, path, CONFIG_MAX, NULL);
        struct config config = {.hash = 20};

        if (content)
                gitconfig_each(content, take_config, &config);
        free(content);
        free(path);
        return config;
}

struct links {
        const char *worktree;
        void (*each)(void *userdata, const char *path); /* with the path in the tree */
        void *userdata;
};

static void link_found(void *userdata, const char *path)
{
        const struct links *links = userdata;
        char *full = below(links->worktree, path);

        links->each(links->userdata, full);
        free(full);
}

static void read_index(const struct git_tree *tree, const char *path, size_t hash, struct links *links)
{
        size_t size;
        char *index = beneath_read(tree->directory, path, INDEX_MAX, &size);

        if (index)
                gitindex_links(index, size, hash, link_found, links);
        free(index);
}

/* Where the index of the repository says that there are submodules; an index can have a part that is shared. */
static void each_link(const struct git_tree *tree, const char *git, struct links *links)
{
        struct config config = read_config(tree, git);
        int fd = beneath_open(tree->directory, *git ? git : ".", O_RDONLY | O_DIRECTORY);
        DIR *directory = fd < 0 ? NULL : fdopendir(fd);
        const struct dirent *entry;

        while (directory && (entry = readdir(directory)) != NULL)
                if (strcmp(entry->d_name, "index") == 0 || strncmp(entry->d_name, "sharedindex.", 12) == 0) {
                        char *path = below(git, entry->d_name);

                        read_index(tree, path, config.hash, links);
                        free(path);
                }
        if (directory)
                closedir(directory);
        free(config.hooks);
}

/* ---- Protection ------------------------------------------------------------------------------------------------ */

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

/* `flags`: what to do where there is nothing. A link is what the program could have put there the last time. */
static void guard(struct work *work, const char *path, const char *flags)
{
        if (beneath_type(work->tree->directory, path) == S_IFLNK)
                refuse(work, path, "is a symbolic link, which the program could replace by hooks and configuration of its own");
        else
                plan_protect(work->plan, work->tree->target, path, flags, WHY);
}

static void guard_in(struct work *work, const char *git, const char *name, const char *flags)
{
        char *path = below(git, name);

        guard(work, path, flags);
        free(path);
}

/* Where hooks are elsewhere in the worktree. */
static void guard_hooks_path(struct work *work, const char *git, const char *worktree)
{
        struct config config = read_config(work->tree, git);
        char *root = text("/%s", worktree ? worktree : "");
        char *path = config.hooks && *config.hooks != '/' && *config.hooks != '~' ? path_absolute(root, config.hooks) : NULL;

        if (path && strcmp(path, "/") != 0 && path_is_below(path, root))
                guard(work, path + 1, "optional");
        free(path);
        free(root);
        free(config.hooks);
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
                .commondir = has(tree, git, "commondir"),
        };
        work->depth++;
        if (*git)
                guard(work, git, "writable");
        guard_in(work, git, "config", "file");
        guard_in(work, git, "config.worktree", "file");
        guard_in(work, git, "hooks", "directory");
        guard_in(work, git, "info", "directory");
        guard_in(work, git, "worktrees", "optional");
        guard_in(work, git, "commondir", "optional");
        guard_hooks_path(work, git, worktree);
        guard_modules(work, git);
        if (worktree)
                guard_links(work, git, worktree);
        work->depth--;
}

/* The name of a submodule can hold slashes: what is no git directory is on the way to one. */
static void guard_module(struct work *work, const char *path)
{
        int fd;
        DIR *directory;
        const struct dirent *entry;

        if (work->depth == DEPTH_MAX)
                refuse(work, path, "is a directory too deep to be protected");
        if (work->failed)
                return;
        guard(work, path, "writable");
        fd = beneath_open(work->tree->directory, path, O_RDONLY | O_DIRECTORY);
        directory = fd < 0 ? NULL : fdopendir(fd);
        work->depth++;
        while (directory && (entry = readdir(directory)) != NULL) {
                char *sub = below(path, entry->d_name);

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                    beneath_type(work->tree->directory, sub) != S_IFDIR)
                        ;
                else if (has_file(work->tree, sub, "HEAD") || has_file(work->tree, sub, "config"))
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
        char *path = below(git, "modules");
        mode_t type = beneath_type(work->tree->directory, path);

        if (type == S_IFLNK)
                guard(work, path, "writable"); /* complains */
        else if (type == S_IFDIR)
                guard_module(work, path);
        free(path);
}

static bool is_known(const struct git_tree *tree, const char *path)
{
        for (size_t i = 0; i < tree->known_count; i++)
                if (strcmp(tree->known[i], path) == 0)
                        return true;
        return false;
}

/* The git directory that a .git file leads to, if it is in the tree: allocated, or NULL. */
static char *follow(const struct git_tree *tree, const char *path)
{
        char *content = beneath_read(tree->directory, path, 8192, NULL), *found = NULL;

        if (content && strncmp(content, "gitdir: ", 8) == 0 && content[8] != '/') {
                char *file = text("/%s", path), *directory = path_absolute(file, ".."), *end = strchr(content, '\n');
                char *full;

                if (end)
                        *end = '\0';
                full = path_absolute(directory, content + 8);
                found = full[1] ? text("%s", full + 1) : NULL;
                free(full);
                free(directory);
                free(file);
        }
        free(content);
        return found;
}

/* A submodule's worktree: its .git is a file, or, of old, a directory; or not there yet. */
static void guard_link(void *userdata, const char *path)
{
        struct work *work = userdata;
        struct git_tree *tree = work->tree;
        char *git = below(path, ".git"), *leads = NULL;
        mode_t type = beneath_type(tree->directory, git);

        if (work->failed || is_known(tree, git) || beneath_type(tree->directory, path) != S_IFDIR) {
                free(git);
                return;
        }
        tree->known = must(reallocarray(tree->known, tree->known_count + 1, sizeof(*tree->known)));
        tree->known[tree->known_count++] = text("%s", git);
        if (type == S_IFDIR) {
                guard_repository(work, git, path);
        } else {
                guard(work, git, "directory");
                leads = type == S_IFREG ? follow(tree, git) : NULL;
        }
        for (size_t i = 0; leads && i < tree->count; i++)
                if (strcmp(tree->repositories[i].git, leads) == 0 && !tree->repositories[i].worktree)
                        tree->repositories[i].worktree = text("%s", path);
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
        struct links links = {.worktree = worktree, .each = guard_link, .userdata = work};

        each_link(work->tree, git, &links);
}

static bool is_bare(const struct git_tree *tree)
{
        return has(tree, "", "HEAD") && ((has(tree, "", "objects") && has(tree, "", "refs")) || has(tree, "", "commondir"));
}

int git_protect(struct git_tree *tree, struct plan *plan, const char *source, const char *target)
{
        struct work work = {.tree = tree, .plan = plan};

        *tree = (struct git_tree){.source = source, .target = target};
        tree->directory = open(source, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (tree->directory < 0)
                return 0; /* a file; or what setup will complain of */
        tree->bare = has(tree, "", "HEAD");
        if (is_bare(tree))
                guard_repository(&work, "", NULL);
        else if (beneath_type(tree->directory, ".git") == S_IFDIR)
                guard_repository(&work, ".git", "");
        else
                guard(&work, ".git", "directory"); /* a file that says where the git directory is, or nothing yet */
        return work.failed ? -1 : 0;
}

/* ---- Inspection ------------------------------------------------------------------------------------------------ */

struct inspection {
        const struct git_tree *tree;
        bool failed;
};

/* The program may have taken our rights away. */
static int open_directory(const struct git_tree *tree, const char *path)
{
        int fd = beneath_open(tree->directory, *path ? path : ".", O_PATH | O_DIRECTORY);
        char link[32];
        struct stat info;

        if (fd >= 0 && fstat(fd, &info) == 0 && (info.st_mode & 0700) != 0700) {
                snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
                chmod(link, (info.st_mode & 07777) | 0700);
        }
        return fd;
}

/* Renames PATH/NAME to a name that means nothing. */
static void set_aside(struct inspection *inspection, const char *path, const char *name)
{
        const struct git_tree *tree = inspection->tree;
        int directory = open_directory(tree, path), r = -1;
        char aside[64];

        for (int i = 0; directory >= 0 && r < 0 && i < 1000; i++) {
                snprintf(aside, sizeof(aside), "%s.made-inside%s%.0d", name, i ? "-" : "", i);
                r = renameat2(directory, name, directory, aside, RENAME_NOREPLACE);
                if (r < 0 && errno != EEXIST)
                        break;
        }
        if (r == 0) {
                complain("the program has made %s/%s%s%s, by which git would run code of its making; it is %s now",
                         tree->source, path, *path ? "/" : "", name, aside);
                hint("if you used git there meanwhile, see what is in it");
        } else {
                complain("the program has made %s/%s%s%s, by which git would run code of its making, and it cannot be renamed: %s",
                         tree->source, path, *path ? "/" : "", name, strerror(errno));
                hint("remove it before you use git there");
                inspection->failed = true;
        }
        if (directory >= 0)
                close(directory);
}

static void inspect_link(void *userdata, const char *path)
{
        struct inspection *inspection = userdata;
        char *git = below(path, ".git");

        if (!is_known(inspection->tree, git) && beneath_type(inspection->tree->directory, git) != 0)
                set_aside(inspection, path, ".git");
        free(git);
}

static void inspect_repository(struct inspection *inspection, const struct git_repository *repository)
{
        struct links links = {.worktree = repository->worktree, .each = inspect_link, .userdata = inspection};
        int fd = open_directory(inspection->tree, repository->git);

        if (fd >= 0)
                close(fd);
        if (!repository->commondir && has(inspection->tree, repository->git, "commondir"))
                set_aside(inspection, repository->git, "commondir");
        if (repository->worktree)
                each_link(inspection->tree, repository->git, &links);
}

/*
 * commondir makes git read hooks and configuration elsewhere; an empty one, to put a mount on, would stop git on the host for as
 * long as the container lives. HEAD makes a git directory of the tree, once .git is none. And where the index has a submodule,
 * git obeys the repository that is there.
 */
int git_inspect(const struct git_tree *tree)
{
        struct inspection inspection = {.tree = tree};

        if (tree->directory < 0)
                return 0;
        for (size_t i = 0; i < tree->count; i++)
                inspect_repository(&inspection, &tree->repositories[i]);
        if (!tree->bare && is_bare(tree))
                set_aside(&inspection, "", "HEAD");
        return inspection.failed ? -1 : 0;
}

void git_free(struct git_tree *tree)
{
        for (size_t i = 0; i < tree->count; i++) {
                free(tree->repositories[i].git);
                free(tree->repositories[i].worktree);
        }
        for (size_t i = 0; i < tree->known_count; i++)
                free(tree->known[i]);
        free(tree->repositories);
        free(tree->known);
        if (tree->directory >= 0)
                close(tree->directory);
}
