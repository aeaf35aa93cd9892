/* SPDX-License-Identifier: MIT */
/* What git has to write itself cannot be protected: it is looked at when nothing of the container is alive any more. */
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/beneath.h"
#include "cli/git.h"
#include "cli/memory.h"
#include "cli/message.h"

struct inspection {
        struct git_tree *tree;
        bool failed;
};

/* No repository, and perhaps the place that another container keeps. */
static bool is_empty_directory(const struct git_tree *tree, const char *path)
{
        DIR *directory = beneath_opendir(tree->directory, path);
        size_t count = 0;

        while (directory && readdir(directory))
                count++;
        if (directory)
                closedir(directory);
        return directory && count == 2; /* "." and ".." */
}

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

static void permit(const struct git_tree *tree, const char *path)
{
        int fd = open_directory(tree, path);

        if (fd >= 0)
                close(fd);
}

/* Renames PATH/NAME to a name that means nothing, in the directory `to`. */
static void set_aside(struct inspection *inspection, const char *path, const char *name, const char *to)
{
        const struct git_tree *tree = inspection->tree;
        int from = open_directory(tree, path), into = open_directory(tree, to), r = -1;
        char *aside = NULL;

        for (int i = 0; from >= 0 && into >= 0 && r < 0 && i < 1000; i++) {
                free(aside);
                aside = text("%s.made-inside%s%.0d", name, i ? "-" : "", i);
                r = (int)syscall(SYS_renameat2, from, name, into, aside, RENAME_NOREPLACE);
                if (r < 0 && errno != EEXIST)
                        break;
        }
        if (r == 0) {
                bool here = strcmp(path, to) == 0;

                complain("the program has made %s/%s%s%s, by which git would run code of its making; it is %s%s%s now",
                         tree->source, path, *path ? "/" : "", name, here ? "" : to, here || !*to ? "" : "/", aside);
                hint("if you used git there meanwhile, see what is in it");
        } else {
                complain("the program has made %s/%s%s%s, by which git would run code of its making, and it cannot be renamed: %s",
                         tree->source, path, *path ? "/" : "", name, strerror(errno));
                hint("remove it before you use git there");
                inspection->failed = true;
        }
        free(aside);
        if (from >= 0)
                close(from);
        if (into >= 0)
                close(into);
}

static void inspect_link(void *userdata, const char *path)
{
        struct inspection *inspection = userdata;
        char *git = gittree_below(path, ".git");

        if (!gittree_is_known(inspection->tree, git) && beneath_type(inspection->tree->directory, git) != 0 &&
            !is_empty_directory(inspection->tree, git))
                set_aside(inspection, path, ".git", path);
        free(git);
}

/*
 * A repository there is used when a submodule of that name is fetched for the first time. Below `modules` what is set aside could
 * have the name of another one: it goes to the git directory `git`.
 */
static void inspect_modules(struct inspection *inspection, const char *path, const char *git)
{
        struct git_tree *tree = inspection->tree;
        const struct dirent *entry;
        DIR *directory;

        permit(tree, path);
        directory = beneath_opendir(tree->directory, path);
        while (directory && (entry = readdir(directory)) != NULL) {
                char *sub = gittree_below(path, entry->d_name);

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || gittree_is_repository(tree, sub) ||
                    gittree_is_known(tree, sub) || is_empty_directory(tree, sub))
                        ;
                else if (texts_has(&tree->pinned, sub))
                        inspect_modules(inspection, sub, git);
                else
                        set_aside(inspection, path, entry->d_name, git);
                free(sub);
        }
        if (!directory) {
                complain("%s/%s cannot be looked at: git may obey what the program has made there", tree->source, path);
                inspection->failed = true;
        }
        if (directory)
                closedir(directory);
}

static void inspect_repository(struct inspection *inspection, const struct git_repository *repository)
{
        struct git_links links = {.worktree = repository->worktree, .each = inspect_link, .userdata = inspection};

        permit(inspection->tree, repository->git);
        /* What is below one that is none any more, git would take for another one's. */
        if (!gittree_is_git(inspection->tree, repository->git) && repository->was_git) {
                complain("%s/%s is no git directory any more: git may obey what the program has made there", inspection->tree->source,
                         repository->git);
                inspection->failed = true;
        }
        for (size_t i = 0; i < GIT_UNWANTED; i++) {
                char *path = gittree_below(repository->git, git_unwanted[i]);

                if (!repository->had[i] && beneath_type(inspection->tree->directory, path) != 0 && !is_empty_directory(inspection->tree, path))
                        set_aside(inspection, repository->git, git_unwanted[i], repository->git);
                else if (repository->had[i] && strcmp(git_unwanted[i], "modules") == 0)
                        inspect_modules(inspection, path, repository->git);
                free(path);
        }
        if (repository->worktree && !gittree_each_link(inspection->tree, repository->git, &links)) {
                complain("the index in %s/%s is not understood: git may obey what the program has made", inspection->tree->source,
                         repository->git);
                inspection->failed = true;
        }
}

/* Where there was nothing, and nothing was to be made. The others are what was there. */
static void inspect_known(struct inspection *inspection, const struct git_known *known)
{
        const char *name = strrchr(known->path, '/');
        char *directory = text("%.*s", name ? (int)(name - known->path) : 0, known->path);

        if (known->absent && beneath_type(inspection->tree->directory, known->path) != 0 &&
            !is_empty_directory(inspection->tree, known->path))
                set_aside(inspection, directory, ".git", directory);
        free(directory);
}

/*
 * commondir makes git read hooks and configuration elsewhere; an empty one, to put a mount on, would stop git on the host for as
 * long as the container lives. HEAD makes a git directory of the tree, once .git is none. And where the index has a submodule,
 * git obeys the repository that is there.
 */
int git_inspect(struct git_tree *tree)
{
        struct inspection inspection = {.tree = tree};

        if (tree->directory < 0)
                return 0;
        tree->budget = GIT_BUDGET;
        for (size_t i = 0; i < tree->count; i++)
                inspect_repository(&inspection, &tree->repositories[i]);
        for (size_t i = 0; i < tree->known_count; i++)
                inspect_known(&inspection, &tree->known[i]);
        if (!tree->bare && gittree_is_bare(tree))
                set_aside(&inspection, "", "HEAD", "");
        return inspection.failed ? -1 : 0;
}
