/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/exposed.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/memory.h"
#include "cli/message.h"
#include "cli/path.h"

/* A tree of the host that it may write to, and where. */
struct exposed {
        const struct plan *plan;
        char *source; /* without links; NULL: there is none */
        const char *target; /* NULL: the upper directory of an overlay, which it does not see as such */
};

/* The upper directory of an overlay; NULL: none. Allocated. */
static char *upper(const struct step *step)
{
        return step_is(step, "overlay") ? step_flag(step, "upper=") : NULL;
}

static struct exposed tree_of(const struct plan *plan, const struct step *step)
{
        bool bound = (step_is(step, "bind") || step_is(step, "root")) && step_has_flag(step, "writable");
        char *named = bound ? text("%s", step->source) : upper(step);
        struct exposed tree = {.plan = plan, .source = named ? realpath(named, NULL) : NULL, .target = bound ? step->target : NULL};

        free(named);
        return tree;
}

static bool is_file(const char *path, const struct stat *info)
{
        struct stat other;

        return lstat(path, &other) == 0 && other.st_dev == info->st_dev && other.st_ino == info->st_ino;
}

/* By name; and by what it is, since a file system can be mounted twice, and a file have two names. */
static bool holds(const struct exposed *tree, const char *at)
{
        char *path = text("%s", at);
        struct stat info;
        bool known = stat(tree->source, &info) == 0, found = path_is_below(at, tree->source) || (known && is_file("/", &info));

        for (; !found && known && *path; *strrchr(path, '/') = '\0')
                found = is_file(path, &info);
        free(path);
        return found;
}

/* Where the program sees `at` in the tree, allocated. NULL: nowhere by that name, or it is covered there, also by itself, read-only. */
static char *inside_of(const struct exposed *tree, const char *at)
{
        const struct step *step;
        char *inside, *shown;
        bool writable;

        if (!tree->target || !path_is_below(at, tree->source))
                return NULL;
        inside = text("%s%s", strcmp(tree->target, "/") == 0 ? "" : tree->target,
                      at + (strcmp(tree->source, "/") == 0 ? 0 : strlen(tree->source)));
        shown = plan_source(tree->plan, inside);
        step = plan_decides(tree->plan, inside);
        writable = shown && strcmp(shown, at) == 0 && step && step_has_flag(step, "writable");
        free(shown);
        if (writable)
                return inside;
        free(inside);
        return NULL;
}

/* It has our ids: what is ours it can make writable. */
static bool may_change(const char *path)
{
        struct stat info;

        return stat(path, &info) == 0 && (info.st_uid == geteuid() || faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0);
}

/* The name can be given to something else. */
static bool may_rename(const char *at)
{
        char *directory = path_absolute(at, "..");
        bool may = may_change(directory);

        free(directory);
        return may;
}

/* A protection, which nothing later covers, keeps the name; and what is in it, unless it is writable. */
static bool is_kept(const struct plan *plan, const char *inside, bool content)
{
        for (size_t i = plan->count; i-- > 0 && !step_covers(&plan->steps[i], inside);) {
                const struct step *step = &plan->steps[i];

                if (step_is(step, "protect") && path_is_below(inside, step->target) &&
                    (!step_has_flag(step, "writable") || (!content && strcmp(inside, step->target) == 0)))
                        return true;
        }
        return false;
}

/* A file with several names, of which one may be in the tree. */
static bool may_be_within(const struct exposed *tree, const char *at)
{
        struct stat file, top;

        return stat(at, &file) == 0 && S_ISREG(file.st_mode) && file.st_nlink > 1 && stat(tree->source, &top) == 0 &&
               file.st_dev == top.st_dev && may_change(at);
}

struct search {
        struct exposed tree;
        bool found;
};

/* A name in the tree that leads to something else tomorrow, or a file with another content. */
static bool find_change(void *userdata, const char *at, mode_t type, bool last)
{
        struct search *search = userdata;
        const struct exposed *tree = &search->tree;
        bool within = holds(tree, at), itself = strcmp(at, tree->source) == 0;
        char *inside = inside_of(tree, at);
        bool covered = tree->target && path_is_below(at, tree->source) && !inside;

        (void)type;
        if (within && !covered)
                search->found = (!itself && !(inside && is_kept(tree->plan, inside, false)) && may_rename(at)) ||
                                (last && !(inside && is_kept(tree->plan, inside, true)) && may_change(at));
        else if (last && !within)
                search->found = may_be_within(tree, at);
        free(inside);
        return !search->found;
}

bool exposed_writes(const struct plan *plan, const char *path)
{
        bool found = false;

        for (size_t i = 0; i < plan->count && !found; i++) {
                struct search search = {.tree = tree_of(plan, &plan->steps[i])};

                if (search.tree.source)
                        path_walk(path, find_change, &search);
                found = search.found;
                free(search.tree.source);
        }
        return found;
}

struct keeping {
        struct exposed tree;
        struct plan *plan;
        const char *path, *why;
        bool made; /* what follows is in a directory that is made for it */
        int result;
};

static bool cannot_keep(struct keeping *keeping, const char *at, const char *what)
{
        complain("the program could write to %s, %s: %s %s", keeping->path, keeping->why, at, what);
        hint("let it write to nothing that holds, or is in, %s", keeping->path);
        keeping->result = -1;
        return false;
}

/* Directories that are missing are made for as long as the container is there. */
static bool keep_name(void *userdata, const char *at, mode_t type, bool last)
{
        struct keeping *keeping = userdata;
        const struct exposed *tree = &keeping->tree;
        char *inside;

        if (!holds(tree, at))
                return type != 0;
        if (strcmp(at, tree->source) == 0)
                return last ? cannot_keep(keeping, at, "is what it may change") : true;
        if (!keeping->made && !may_rename(at) && !(last && may_change(at)))
                return type != 0;
        keeping->made = type == 0;
        if (!tree->target)
                return cannot_keep(keeping, tree->source, "is the upper directory of an overlay");
        if (type == S_IFLNK)
                return cannot_keep(keeping, at, "is a symbolic link on the way, which it could replace");
        if (!path_is_below(at, tree->source))
                return cannot_keep(keeping, at, "is there by another name");
        inside = inside_of(tree, at);
        if (inside)
                plan_protect(keeping->plan, tree->target,
                             inside + (strcmp(tree->target, "/") == 0 ? 0 : strlen(tree->target)) + 1,
                             last ? "directory" : "writable,directory", keeping->why);
        free(inside);
        return true;
}

int exposed_keep(struct plan *plan, const char *path, const char *why)
{
        size_t count = plan->count;
        char *real = realpath(path, NULL);
        int r = 0;

        for (size_t i = 0; i < count && r == 0; i++) {
                struct keeping keeping = {.tree = tree_of(plan, &plan->steps[i]), .plan = plan, .path = path, .why = why};
                char *target = keeping.tree.target ? text("%s", keeping.tree.target) : NULL;

                keeping.tree.target = target; /* a step may move in memory */
                if (keeping.tree.source && real && path_is_below(keeping.tree.source, real))
                        cannot_keep(&keeping, keeping.tree.source, "is what it may change");
                else if (keeping.tree.source)
                        path_walk(path, keep_name, &keeping);
                r = keeping.result;
                free(target);
                free(keeping.tree.source);
        }
        free(real);
        return r;
}
