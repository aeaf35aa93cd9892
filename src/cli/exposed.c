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

/* A tree of the host that the program may write to, and where. */
struct exposed {
        size_t step;
        char *source; /* without links */
        char *target; /* NULL: the upper directory of an overlay, which it does not see as such */
        struct stat info;
        bool known;
        char *alias; /* the same by another name, on the way that is walked; NULL: none so far */
        bool elsewhere; /* the source is another one for the process that opens it */
        bool made; /* what follows on the way is in a directory that is made for it */
};

struct exposures {
        struct exposed *trees;
        size_t count;
};

/* What the step lets it write to, by the name that it has there, allocated. NULL: nothing. */
static char *named_by(const struct step *step)
{
        if ((step_is(step, "bind") || step_is(step, "root")) && step_has_flag(step, "writable"))
                return text("%s", step->source);
        return step_is(step, "overlay") ? step_flag(step, "upper=") : NULL;
}

static bool note_self(void *userdata, const char *at, char **ret_link)
{
        bool *self = userdata;
        struct stat info;

        (void)path_look(at, &info, ret_link);
        *self = *self || strcmp(at, "/proc/self") == 0 || strcmp(at, "/proc/thread-self") == 0;
        return true;
}

/* The same without links. */
static char *source_of(const struct step *step, bool *ret_elsewhere)
{
        char *named = named_by(step), *settled;

        *ret_elsewhere = false;
        settled = !named ? NULL : named[0] == '/' ? path_walk(named, note_self, ret_elsewhere) : realpath(named, NULL);
        free(named);
        return settled;
}

static struct exposures find_exposures(const struct plan *plan)
{
        struct exposures exposures = {0};

        for (size_t i = 0; i < plan->count; i++) {
                const struct step *step = &plan->steps[i];
                struct exposed *tree;
                bool elsewhere;
                char *source = source_of(step, &elsewhere);

                if (!source)
                        continue;
                exposures.trees = must(reallocarray(exposures.trees, exposures.count + 1, sizeof(*exposures.trees)));
                tree = &exposures.trees[exposures.count++];
                *tree = (struct exposed){.step = i, .source = source, .elsewhere = elsewhere, .target = step_is(step, "overlay") ? NULL : text("%s", step->target)};
                tree->known = stat(source, &tree->info) == 0;
        }
        return exposures;
}

static void free_exposures(struct exposures *exposures)
{
        for (size_t i = 0; i < exposures->count; i++) {
                free(exposures->trees[i].source);
                free(exposures->trees[i].target);
                free(exposures->trees[i].alias);
        }
        free(exposures->trees);
}

static void note(struct exposed *tree, const char *at, const struct stat *info)
{
        if (!info || !tree->known || tree->alias || info->st_dev != tree->info.st_dev || info->st_ino != tree->info.st_ino)
                return;
        tree->alias = text("%s", at);
}

/* A file system can be mounted twice, and a file have two names. */
static void begin_way(struct exposures *exposures)
{
        struct stat root;
        bool known = stat("/", &root) == 0;

        for (size_t i = 0; i < exposures->count; i++) {
                struct exposed *tree = &exposures->trees[i];

                free(tree->alias);
                tree->alias = NULL;
                tree->made = false;
                note(tree, "/", known ? &root : NULL);
        }
}

static bool holds(const struct exposed *tree, const char *at)
{
        return path_is_below(at, tree->source) || (tree->alias && path_is_below(at, tree->alias));
}

static bool is_top(const struct exposed *tree, const char *at)
{
        return strcmp(at, tree->source) == 0 || (tree->alias && strcmp(at, tree->alias) == 0);
}

/* Whether it is certain that something else is mounted over `path`. */
static bool mounts_over(const struct step *step, const char *path)
{
        static const char *const always[] = {"tmpfs", "readonly", "proc", "dev", "mqueue", "overlay"};
        bool mounts = (step_is(step, "bind") && !step_has_flag(step, "optional")) ||
                      (step_is(step, "place") && !step_has_flag(step, "copy"));

        for (size_t i = 0; !mounts && i < sizeof(always) / sizeof(always[0]); i++)
                mounts = step_is(step, always[i]);
        return mounts && path_is_below(path, step->target);
}

/* Where the program sees `at` in the tree, allocated. NULL: nowhere by that name, or something else lies there. */
static char *inside_of(const struct plan *plan, const struct exposed *tree, const char *at)
{
        char *inside;

        if (!tree->target || !path_is_below(at, tree->source))
                return NULL;
        inside = path_moved(at, tree->source, tree->target);
        for (size_t i = plan->count; --i > tree->step;)
                if (mounts_over(&plan->steps[i], inside)) {
                        free(inside);
                        return NULL;
                }
        return inside;
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

/* A protection, which nothing later might cover, keeps the name; and what is in it, unless it is writable. */
static bool is_kept(const struct plan *plan, const char *inside, bool content)
{
        for (size_t i = plan->count; i-- > 0 && !step_covers(&plan->steps[i], inside);) {
                const struct step *step = &plan->steps[i];

                if (step_is(step, "protect") && !step_has_flag(step, "optional") && path_is_below(inside, step->target) &&
                    (!step_has_flag(step, "writable") || (!content && strcmp(inside, step->target) == 0)))
                        return true;
        }
        return false;
}

/* What cannot be looked at, but for what is not there. */
static bool is_unknown(const struct stat *info, int error)
{
        return !info && error != ENOENT && error != ENOTDIR && error != EACCES;
}

bool exposed_any(const struct plan *plan)
{
        bool any = false;

        for (size_t i = 0; i < plan->count && !any; i++) {
                char *named = named_by(&plan->steps[i]);

                any = named != NULL;
                free(named);
        }
        return any;
}

/* ---- What it could change --------------------------------------------------------------------------------------- */

struct search {
        const struct plan *plan;
        struct exposures exposures;
        const char *end; /* of the way */
        bool found;
};

/* A name in the tree that leads to something else tomorrow, or a file with another content, also one that has a name in there. */
static bool can_change(const struct plan *plan, const struct exposed *tree, const char *at, const struct stat *info, bool last)
{
        char *inside = inside_of(plan, tree, at);
        bool covered = tree->target && path_is_below(at, tree->source) && !inside, found;

        if (!holds(tree, at))
                found = last && info && S_ISREG(info->st_mode) && info->st_nlink > 1 && tree->known &&
                        info->st_dev == tree->info.st_dev && may_change(plan, at);
        else
                found = !covered && ((!is_top(tree, at) && !(inside && is_kept(plan, inside, false)) && may_rename(plan, at)) ||
                                     (last && !(inside && is_kept(plan, inside, true)) && may_change(plan, at)));
        free(inside);
        return found;
}

static bool find_change(void *userdata, const char *at, char **ret_link)
{
        struct search *search = userdata;
        struct stat there;
        int error = path_look(at, &there, ret_link);
        const struct stat *info = error ? NULL : &there;
        bool last = strcmp(at, search->end) == 0;

        for (size_t i = 0; i < search->exposures.count && !search->found; i++) {
                struct exposed *tree = &search->exposures.trees[i];

                note(tree, at, info);
                search->found = tree->elsewhere || is_unknown(info, error) || can_change(search->plan, tree, at, info, last);
        }
        return !search->found;
}

bool exposed_writes(const struct plan *plan, const char *path)
{
        struct search search = {.plan = plan, .exposures = find_exposures(plan)};
        char *end = path_walk(path, NULL, NULL);

        search.end = end;
        begin_way(&search.exposures);
        free(path_walk(path, find_change, &search));
        free(end);
        free_exposures(&search.exposures);
        return search.found;
}

/* ---- What is kept from it --------------------------------------------------------------------------------------- */

struct keeping {
        struct exposures exposures;
        struct plan *plan;
        const struct exposed_place *place;
        const char *end;
        int result;
};

static int cannot_keep(struct keeping *keeping, const char *at, const char *what)
{
        complain("the program could write to %s, %s: %s %s", keeping->place->path, keeping->place->why, at, what);
        hint("let it write to nothing that holds, or is in, %s", keeping->place->path);
        return -1;
}

/* Returns 1 where that is the end of the way: below a file there is nothing. */
static int protect(struct keeping *keeping, const struct exposed *tree, const char *inside, const struct stat *info, bool last)
{
        bool file = info && !S_ISDIR(info->st_mode), whole = last || file;

        if (!is_kept(keeping->plan, inside, whole))
                plan_protect(keeping->plan, tree->target, path_rest(inside, tree->target),
                             whole ? "directory" : "writable,directory", keeping->place->why);
        keeping->result = 1;
        return file && !last;
}

/* Directories that are missing are made for as long as the container is there. Returns 0, 1 at the end of the way, or -1 after a message. */
static int keep_in(struct keeping *keeping, struct exposed *tree, const char *at, const struct stat *info, int error)
{
        bool last = strcmp(at, keeping->end) == 0, made = tree->made;
        char *inside;
        int r;

        tree->made = false;
        if (!holds(tree, at))
                return 0;
        if (is_top(tree, at)) {
                tree->made = !info;
                return 0;
        }
        if (!made && !may_rename(keeping->plan, at) && !(last && may_change(keeping->plan, at)))
                return 0;
        tree->made = !info;
        if (!tree->target)
                return cannot_keep(keeping, tree->source, "is the upper directory of an overlay");
        if (is_unknown(info, error))
                return cannot_keep(keeping, at, strerror(error));
        if (info && S_ISLNK(info->st_mode))
                return cannot_keep(keeping, at, "is a symbolic link on the way, which it could replace");
        if (!path_is_below(at, tree->source))
                return cannot_keep(keeping, at, "is there by another name");
        inside = inside_of(keeping->plan, tree, at);
        r = inside ? protect(keeping, tree, inside, info, last) : 0;
        free(inside);
        return r;
}

static bool keep_name(void *userdata, const char *at, char **ret_link)
{
        struct keeping *keeping = userdata;
        struct stat there;
        int error = path_look(at, &there, ret_link);
        const struct stat *info = error ? NULL : &there;
        bool on = info != NULL;

        for (size_t i = 0; i < keeping->exposures.count; i++) {
                struct exposed *tree = &keeping->exposures.trees[i];
                int r;

                note(tree, at, info);
                r = keep_in(keeping, tree, at, info, error);
                if (r < 0)
                        keeping->result = -1;
                if (r != 0)
                        return false;
                on = on || tree->made;
        }
        return on;
}

static void keep(struct keeping *keeping, const struct exposed_place *place)
{
        char *end = path_walk(place->path, NULL, NULL);

        keeping->place = place;
        keeping->end = end;
        for (size_t i = 0; i < keeping->exposures.count && keeping->result >= 0; i++) {
                const struct exposed *tree = &keeping->exposures.trees[i];

                if (tree->elsewhere)
                        keeping->result = cannot_keep(keeping, "/proc/self", "is that of another process where it is mounted");
                else if (path_is_below(tree->source, end))
                        keeping->result = cannot_keep(keeping, tree->source, "is what it may change");
        }
        begin_way(&keeping->exposures);
        if (keeping->result >= 0)
                free(path_walk(place->path, keep_name, keeping));
        free(end);
}

/* Several variables lead to the same. */
static bool is_earlier(const struct exposed_place *places, size_t index)
{
        for (size_t i = 0; i < index; i++)
                if (places[i].path && strcmp(places[i].path, places[index].path) == 0)
                        return true;
        return false;
}

int exposed_keep(struct plan *plan, const struct exposed_place *places, size_t count)
{
        struct keeping keeping = {.exposures = find_exposures(plan), .plan = plan};

        for (size_t i = 0; i < count && keeping.exposures.count > 0 && keeping.result >= 0; i++)
                if (places[i].path && !is_earlier(places, i))
                        keep(&keeping, &places[i]);
        free_exposures(&keeping.exposures);
        return keeping.result;
}
