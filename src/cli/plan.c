/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/plan.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/memory.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/path.h"

/* ---- The text form --------------------------------------------------------------------------------------------- */

/* The next field of *text, unescaped and allocated; *text is then behind its separator, or NULL at the end. */
static char *next_field(const char **text)
{
        const char *in = *text;
        char *field = must(malloc(strlen(in) + 1)), *out = field;

        while (*in && *in != ':') {
                if (*in == '\\' && in[1])
                        in++;
                *out++ = *in++;
        }
        *out = '\0';
        *text = *in ? in + 1 : NULL;
        return field;
}

char *plan_escape(const char *path)
{
        char *escaped = must(malloc(2 * strlen(path) + 1)), *out = escaped;

        for (; *path; path++) {
                if (strchr("\\:,", *path))
                        *out++ = '\\';
                *out++ = *path;
        }
        *out = '\0';
        return escaped;
}

static bool is(const struct step *step, const char *operation)
{
        return strcmp(step->option->name, operation) == 0;
}

void plan_add(struct plan *plan, const struct pinfold_option *option, const char *value, const char *why)
{
        const char *rest = value;
        struct step step = {.option = option, .why = why};

        plan->steps = must(reallocarray(plan->steps, plan->count + 1, sizeof(*plan->steps)));
        step.value = text("%s", value);
        if (is(&step, "bind") || is(&step, "symlink") || is(&step, "root") || is(&step, "etc"))
                step.source = next_field(&rest);
        if (is(&step, "protect")) {
                char *directory = next_field(&rest), *path = rest ? next_field(&rest) : text("%s", "");

                step.target = text("%s/%s", strcmp(directory, "/") == 0 ? "" : directory, path);
                free(directory);
                free(path);
        } else if (is(&step, "root")) {
                step.target = text("/");
        } else if (is(&step, "etc")) {
                step.target = text("/etc");
        } else {
                step.target = rest ? next_field(&rest) : text("%s", step.source);
        }
        step.flags = text("%s", rest ? rest : "");
        plan->steps[plan->count++] = step;
}

static void add_fields(struct plan *plan, const char *operation, const char *source, const char *target, const char *flags,
                       const char *why)
{
        char *from = source ? plan_escape(source) : NULL, *to = plan_escape(target);
        char *value = text("%s%s%s%s%s", from ? from : "", from ? ":" : "", to, *flags ? ":" : "", flags);

        plan_add(plan, option_find(operation), value, why);
        free(from);
        free(to);
        free(value);
}

void plan_bind(struct plan *plan, const char *source, const char *target, const char *flags, const char *why)
{
        add_fields(plan, "bind", source, target, flags, why);
}

void plan_target(struct plan *plan, const char *operation, const char *target, const char *flags, const char *why)
{
        add_fields(plan, operation, NULL, target, flags, why);
}

void plan_protect(struct plan *plan, const char *target, const char *path, const char *flags, const char *why)
{
        add_fields(plan, "protect", target, path, flags, why);
}

void plan_link(struct plan *plan, const char *linkname, const char *target, const char *why)
{
        add_fields(plan, "symlink", linkname, target, "", why);
}

int plan_apply(const struct plan *plan, struct pinfold *box)
{
        int r = 0;

        for (size_t i = 0; i < plan->count && r == 0; i++) {
                message_at(plan->steps[i].where);
                r = option_set(box, plan->steps[i].option, plan->steps[i].value);
        }
        message_at(NULL);
        return r;
}

const char *plan_place(const struct plan *plan, int index)
{
        return index >= 0 && (size_t)index < plan->count ? plan->steps[index].where : NULL;
}

/* ---- Flags ------------------------------------------------------------------------------------------------------ */

/* What stands behind `word` in the flags of a step, unescaped and allocated; "" for a word alone. NULL: the word is not there. */
static char *flag(const struct step *step, const char *word)
{
        size_t length = strlen(word);
        char *found = NULL;

        for (const char *in = step->flags; !found && *in; in += *in == ',') {
                char *copy = must(malloc(strlen(in) + 1)), *out = copy;

                for (; *in && *in != ','; in++) {
                        if (*in == '\\' && in[1])
                                in++;
                        *out++ = *in;
                }
                *out = '\0';
                if (strncmp(copy, word, length) == 0 && (copy[length] == '\0' || word[length - 1] == '='))
                        found = text("%s", copy + length);
                free(copy);
        }
        return found;
}

bool step_has_flag(const struct step *step, const char *word)
{
        char *found = flag(step, word);

        free(found);
        return found != NULL;
}

/* ---- What is where --------------------------------------------------------------------------------------------- */

/* The entries of "/" that the operation root leaves out. */
static bool left_out_by_root(const char *path)
{
        static const char *const names[] = {"/proc", "/dev", "/tmp", "/mnt", "/etc"};

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (path_is_below(path, names[i]))
                        return true;
        return strcmp(path, "/") == 0;
}

/* The last step that decides which file is at `path`, or NULL. A protection leaves it what it is. */
static const struct step *decides(const struct plan *plan, const char *path)
{
        for (size_t i = plan->count; i-- > 0;) {
                const struct step *step = &plan->steps[i];

                if (is(step, "protect") || is(step, "remount") || is(step, "mkdir") || !path_is_below(path, step->target))
                        continue;
                if (is(step, "root") && left_out_by_root(path))
                        continue;
                return step;
        }
        return NULL;
}

/* The file of the host that is at `path`, links apart; NULL: none is. Allocated. */
static char *source_at(const struct plan *plan, const char *path)
{
        const struct step *step = decides(plan, path);

        if (!step || !(is(step, "bind") || is(step, "root")))
                return NULL;
        return text("%s%s", strcmp(step->source, "/") == 0 ? "" : step->source,
                    path + (strcmp(step->target, "/") == 0 ? 0 : strlen(step->target)));
}

bool plan_shows(const struct plan *plan, const char *path)
{
        char *source = source_at(plan, path);
        bool same = source && strcmp(source, path) == 0;

        free(source);
        return same;
}

/* What the symbolic link at `path` says; NULL: there is none. Allocated. */
static char *link_at(const struct plan *plan, const char *path)
{
        const struct step *step = decides(plan, path);
        char linkname[PATH_MAX], *source;
        ssize_t length;

        if (step && is(step, "symlink") && !step_has_flag(step, "dereference"))
                return strcmp(step->target, path) == 0 ? text("%s", step->source) : NULL;
        source = source_at(plan, path);
        length = source ? readlink(source, linkname, sizeof(linkname)) : -1;
        free(source);
        return length > 0 && length < PATH_MAX ? text("%.*s", (int)length, linkname) : NULL;
}

char *plan_resolve(const struct plan *plan, const char *path)
{
        char *done = text("/"), *rest = text("%s", path), *source;
        int left = PATH_LINKS_MAX;

        while (*rest && left > 0) {
                size_t length = strcspn(rest, "/");
                char *name = text("%.*s", (int)length, rest), *at = path_absolute(done, name), *link = link_at(plan, at);
                char *more = text("%s%s", link ? link : "", rest + length);

                free(name);
                free(rest);
                rest = text("%s", link ? more : more + strspn(more, "/"));
                free(more);
                if (!link || link[0] == '/') {
                        free(done);
                        done = link ? text("/") : text("%s", at);
                }
                left -= link ? 1 : 0;
                free(at);
                free(link);
        }
        source = left > 0 ? source_at(plan, done) : NULL;
        free(done);
        free(rest);
        return source;
}

bool plan_writable(const struct plan *plan, const char *path)
{
        const struct step *step = decides(plan, path);

        for (size_t i = 0; i < plan->count; i++)
                if (is(&plan->steps[i], "protect") && path_is_below(path, plan->steps[i].target) &&
                    !step_has_flag(&plan->steps[i], "writable"))
                        return false;
        return step && (is(step, "bind") || is(step, "root")) && step_has_flag(step, "writable");
}

/* The upper directory of an overlay; NULL: none. Allocated. */
static char *upper(const struct step *step)
{
        return is(step, "overlay") ? flag(step, "upper=") : NULL;
}

/* ---- What the program could change ------------------------------------------------------------------------------- */

/* A tree of the host that it may write to, and where. */
struct exposed {
        const struct plan *plan;
        char *source; /* without links; NULL: there is none */
        const char *target; /* NULL: the upper directory of an overlay, which it does not see as such */
};

static struct exposed tree_of(const struct plan *plan, const struct step *step)
{
        bool bound = (is(step, "bind") || is(step, "root")) && step_has_flag(step, "writable");
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
        bool found = path_is_below(at, tree->source), known = stat(tree->source, &info) == 0;

        for (; !found && known && *path; *strrchr(path, '/') = '\0')
                found = is_file(path, &info);
        free(path);
        return found;
}

/* Where the program sees `at` in the tree, allocated. NULL: nowhere by that name, or it is covered there. */
static char *inside_of(const struct exposed *tree, const char *at)
{
        char *inside, *shown;
        bool same;

        if (!tree->target || !path_is_below(at, tree->source))
                return NULL;
        inside = text("%s%s", strcmp(tree->target, "/") == 0 ? "" : tree->target,
                      at + (strcmp(tree->source, "/") == 0 ? 0 : strlen(tree->source)));
        shown = source_at(tree->plan, inside);
        same = shown != NULL;
        free(shown);
        if (same)
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

static bool is_kept(const struct plan *plan, const char *inside)
{
        for (size_t i = 0; i < plan->count; i++) {
                const struct step *step = &plan->steps[i];

                if (is(step, "protect") &&
                    (strcmp(inside, step->target) == 0 || (!step_has_flag(step, "writable") && path_is_below(inside, step->target))))
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
        if (within && !covered && !(inside && is_kept(tree->plan, inside)))
                search->found = (!itself && may_rename(at)) || (last && may_change(at));
        else if (last && !within)
                search->found = may_be_within(tree, at);
        free(inside);
        return !search->found;
}

bool plan_writes(const struct plan *plan, const char *path)
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
        hint("let it write to less than %s", keeping->tree.source);
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
        if (!keeping->made && !may_rename(at))
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

int plan_keep(struct plan *plan, const char *path, const char *why)
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

bool plan_has(const struct plan *plan, const char *operation, const char *target)
{
        for (size_t i = 0; i < plan->count; i++)
                if (is(&plan->steps[i], operation) && strcmp(plan->steps[i].target, target) == 0)
                        return true;
        return false;
}

void plan_free(struct plan *plan)
{
        for (size_t i = 0; i < plan->count; i++) {
                free(plan->steps[i].value);
                free(plan->steps[i].source);
                free(plan->steps[i].target);
                free(plan->steps[i].flags);
        }
        free(plan->steps);
}
