/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/exposed.h"

#include <errno.h>
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
        char *settled = named && named[0] == '/' ? path_walk(named, NULL, NULL) : named ? realpath(named, NULL) : NULL;
        struct exposed tree = {.plan = plan, .source = settled, .target = bound ? step->target : NULL};

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

/* It has our ids, and what is ours it can make writable; root's has no capability. With other ids, anything could be its own. */
static bool may_change(const struct plan *plan, const char *path)
{
        struct stat info;
        bool writable = faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;

        if ((!writable && errno == EROFS) || stat(path, &info) < 0)
                return false;
        return plan->mapped || info.st_uid == geteuid() || (writable && (geteuid() != 0 || (info.st_mode & 022)));
}

/* The name can be given to something else. */
static bool may_rename(const struct plan *plan, const char *at)
{
        char *directory = path_absolute(at, "..");
        bool may = may_change(plan, directory);

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
               file.st_dev == top.st_dev && may_change(tree->plan, at);
}

struct search {
        struct exposed tree;
        const char *end; /* of the way */
        bool found;
};

/* A name in the tree that leads to something else tomorrow, or a file with another content. */
static bool find_change(void *userdata, const char *at, mode_t type)
{
        struct search *search = userdata;
        const struct exposed *tree = &search->tree;
        bool last = strcmp(at, search->end) == 0, within = holds(tree, at), itself = strcmp(at, tree->source) == 0;
        char *inside = inside_of(tree, at);
        bool covered = tree->target && path_is_below(at, tree->source) && !inside;

        (void)type;
        if (within && !covered)
                search->found = (!itself && !(inside && is_kept(tree->plan, inside, false)) && may_rename(tree->plan, at)) ||
                                (last && !(inside && is_kept(tree->plan, inside, true)) && may_change(tree->plan, at));
        else if (last && !within)
                search->found = may_be_within(tree, at);
        free(inside);
        return !search->found;
}

bool exposed_writes(const struct plan *plan, const char *path)
{
        char *end = path_walk(path, NULL, NULL);
        bool found = false;

        for (size_t i = 0; i < plan->count && !found; i++) {
                struct search search = {.tree = tree_of(plan, &plan->steps[i]), .end = end};

                if (search.tree.source)
                        free(path_walk(path, find_change, &search));
                found = search.found;
                free(search.tree.source);
        }
        free(end);
        return found;
}

struct keeping {
        struct exposed tree;
        struct plan *plan;
        const char *path, *end, *why;
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

/* Unless that has been done. */
static void protect(struct keeping *keeping, const char *inside, bool whole)
{
        const char *target = keeping->tree.target;

        for (size_t i = 0; i < keeping->plan->count; i++) {
                const struct step *step = &keeping->plan->steps[i];

                if (step_is(step, "protect") && strcmp(step->target, inside) == 0 && !(whole && step_has_flag(step, "writable")))
                        return;
        }
        plan_protect(keeping->plan, target, inside + (strcmp(target, "/") == 0 ? 0 : strlen(target)) + 1,
                     whole ? "directory" : "writable,directory", keeping->why);
}

/* Directories that are missing are made for as long as the container is there. */
static bool keep_name(void *userdata, const char *at, mode_t type)
{
        struct keeping *keeping = userdata;
        const struct exposed *tree = &keeping->tree;
        const struct plan *plan = tree->plan;
        bool last = strcmp(at, keeping->end) == 0;
        char *inside;

        if (!holds(tree, at))
                return type != 0;
        if (strcmp(at, tree->source) == 0) {
                keeping->made = type == 0;
                return true;
        }
        if (!keeping->made && !may_rename(plan, at) && !(last && may_change(plan, at)))
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
                protect(keeping, inside, last);
        free(inside);
        return true;
}

int exposed_keep(struct plan *plan, const char *path, const char *why)
{
        size_t count = plan->count;
        char *end = path_walk(path, NULL, NULL);
        int r = 0;

        for (size_t i = 0; i < count && r == 0; i++) {
                struct keeping keeping = {.tree = tree_of(plan, &plan->steps[i]), .plan = plan, .path = path, .end = end, .why = why};
                char *target = keeping.tree.target ? text("%s", keeping.tree.target) : NULL;

                keeping.tree.target = target; /* a step may move in memory */
                if (keeping.tree.source && path_is_below(keeping.tree.source, end))
                        cannot_keep(&keeping, keeping.tree.source, "is what it may change");
                else if (keeping.tree.source)
                        free(path_walk(path, keep_name, &keeping));
                r = keeping.result;
                free(target);
                free(keeping.tree.source);
        }
        free(end);
        return r;
}

bool exposed_any(const struct plan *plan)
{
        bool any = false;

        for (size_t i = 0; i < plan->count && !any; i++) {
                char *source = tree_of(plan, &plan->steps[i]).source;

                any = source != NULL;
                free(source);
        }
        return any;
}
