/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/plan.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/memory.h"
#include "cli/options.h"
#include "cli/path.h"

/* As the kernel has it, path_resolution(7). */
#define LINKS_MAX 40

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

static char *escape(const char *path)
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
        char *from = source ? escape(source) : NULL, *to = escape(target);
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
        for (size_t i = 0; i < plan->count; i++)
                if (option_set(box, plan->steps[i].option, plan->steps[i].value) < 0)
                        return -1;
        return 0;
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

        if (step && is(step, "symlink") && !strstr(step->flags, "dereference"))
                return strcmp(step->target, path) == 0 ? text("%s", step->source) : NULL;
        source = source_at(plan, path);
        length = source ? readlink(source, linkname, sizeof(linkname)) : -1;
        free(source);
        return length > 0 && length < PATH_MAX ? text("%.*s", (int)length, linkname) : NULL;
}

char *plan_resolve(const struct plan *plan, const char *path)
{
        char *done = text("/"), *rest = text("%s", path), *source;
        int left = LINKS_MAX;

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
                    !strstr(plan->steps[i].flags, "writable"))
                        return false;
        return step && (is(step, "bind") || is(step, "root")) && strstr(step->flags, "writable");
}

/* The upper directory of an overlay; NULL: none. Allocated. */
static char *upper(const struct step *step)
{
        const char *at = is(step, "overlay") ? strstr(step->flags, "upper=") : NULL;

        return at ? text("%.*s", (int)strcspn(at + 6, ","), at + 6) : NULL;
}

bool plan_writes(const struct plan *plan, const char *path)
{
        char *real = realpath(path, NULL);
        bool found = false;

        for (size_t i = 0; real && i < plan->count && !found; i++) {
                const struct step *step = &plan->steps[i];
                bool bound = (is(step, "bind") || is(step, "root")) && strstr(step->flags, "writable");
                char *tree = bound ? text("%s", step->source) : upper(step);
                char *shown = tree ? realpath(tree, NULL) : NULL;

                found = shown && path_is_below(real, shown);
                free(shown);
                free(tree);
        }
        free(real);
        return found;
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
