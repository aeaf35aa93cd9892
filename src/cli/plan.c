/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/plan.h"

#include <stdlib.h>
#include <string.h>

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

bool step_is(const struct step *step, const char *operation)
{
        return strcmp(step->option->name, operation) == 0;
}

void plan_add(struct plan *plan, const struct pinfold_option *option, const char *value, const char *why)
{
        const char *rest = value;
        struct step step = {.option = option, .why = why};

        plan->steps = must(reallocarray(plan->steps, plan->count + 1, sizeof(*plan->steps)));
        step.value = text("%s", value);
        if (step_is(&step, "bind") || step_is(&step, "symlink") || step_is(&step, "root") || step_is(&step, "etc"))
                step.source = next_field(&rest);
        if (step_is(&step, "protect")) {
                char *directory = next_field(&rest), *path = rest ? next_field(&rest) : text("%s", "");

                step.target = text("%s/%s", strcmp(directory, "/") == 0 ? "" : directory, path);
                free(directory);
                free(path);
        } else if (step_is(&step, "root")) {
                step.target = text("/");
        } else if (step_is(&step, "etc")) {
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

char *step_flag(const struct step *step, const char *word)
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
        char *found = step_flag(step, word);

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

bool step_covers(const struct step *step, const char *path)
{
        static const char *const leave[] = {"protect", "remount", "mkdir", "chmod", "lock"};

        for (size_t i = 0; i < sizeof(leave) / sizeof(leave[0]); i++)
                if (step_is(step, leave[i]))
                        return false;
        return path_is_below(path, step->target) && !(step_is(step, "root") && left_out_by_root(path));
}

const struct step *plan_decides(const struct plan *plan, const char *path)
{
        for (size_t i = plan->count; i-- > 0;)
                if (step_covers(&plan->steps[i], path))
                        return &plan->steps[i];
        return NULL;
}

char *plan_source(const struct plan *plan, const char *path)
{
        const struct step *step = plan_decides(plan, path);

        if (!step || !(step_is(step, "bind") || step_is(step, "root")))
                return NULL;
        return path_moved(path, step->target, step->source);
}

bool plan_shows(const struct plan *plan, const char *path)
{
        char *source = plan_source(plan, path);
        bool same = source && strcmp(source, path) == 0;

        free(source);
        return same;
}

/* What the link at `at` holds inside. */
static bool follow_inside(void *userdata, const char *at, char **ret_link)
{
        const struct plan *const *plan = userdata;
        const struct step *step = plan_decides(*plan, at);
        struct stat info;
        char *source;

        if (step && step_is(step, "symlink") && !step_has_flag(step, "dereference")) {
                *ret_link = strcmp(step->target, at) == 0 ? text("%s", step->source) : NULL;
                return true;
        }
        source = plan_source(*plan, at);
        if (source)
                (void)path_look(source, &info, ret_link);
        free(source);
        return true;
}

char *plan_resolve(const struct plan *plan, const char *path)
{
        char *end = path_walk(path, follow_inside, &plan), *source = plan_source(plan, end);

        free(end);
        return source;
}

bool plan_merges(const struct plan *plan, const char *path)
{
        char *end = path_walk(path, follow_inside, &plan);
        const struct step *step = plan_decides(plan, end);

        free(end);
        return step && step_is(step, "overlay");
}

bool plan_writable(const struct plan *plan, const char *path)
{
        for (size_t i = 0; i < plan->count; i++)
                if (step_is(&plan->steps[i], "protect") && path_is_below(path, plan->steps[i].target) &&
                    !step_has_flag(&plan->steps[i], "writable"))
                        return false;
        /* What is optional may be missing, and then leaves what was there. */
        for (size_t i = plan->count; i-- > 0;) {
                const struct step *step = &plan->steps[i];

                if (step_covers(step, path) && !step_has_flag(step, "optional"))
                        return (step_is(step, "bind") || step_is(step, "root")) && step_has_flag(step, "writable");
                if (step_covers(step, path) && step_is(step, "bind") && step_has_flag(step, "writable"))
                        return true;
        }
        return false;
}

bool plan_has(const struct plan *plan, const char *operation, const char *target)
{
        for (size_t i = 0; i < plan->count; i++)
                if (step_is(&plan->steps[i], operation) && strcmp(plan->steps[i].target, target) == 0)
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
