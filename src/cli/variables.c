/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/variables.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/homes.h"
#include "cli/memory.h"
#include "cli/plan.h"

/* What one stands for, found out when it is used; NULL: nothing. Allocated. */
static char *find(const char *name, const char *directory, bool *ret_known)
{
        const struct passwd *entry;
        const char *value = NULL;

        *ret_known = true;
        if (strcmp(name, "$") == 0)
                return text("$"); /* ${$}{HOME} is ${HOME}, as it stands */
        if (strcmp(name, "HOME") == 0)
                return home_own();
        if (strcmp(name, "CWD") == 0)
                value = directory;
        else if (strcmp(name, "USER") == 0)
                value = (entry = user_entry()) ? entry->pw_name : getenv("USER");
        else if (strcmp(name, "XDG_RUNTIME_DIR") == 0)
                value = getenv("XDG_RUNTIME_DIR");
        else
                *ret_known = false;
        return value ? text("%s", value) : NULL;
}

/* A profile is for projects: who shows a home directory says which. */
static bool is_private(const char *path)
{
        char *home = home_own();
        bool private = home_in(path, home) || (home && home_keeps_credentials(path, home));

        free(home);
        return private;
}

static bool has_control(const char *value)
{
        for (; *value; value++)
                if ((unsigned char)*value < ' ' || *value == 0x7f)
                        return true;
        return false;
}

/* NULL: it can stand there. */
static const char *judge(const char *name, const char *value, bool fields, const char **ret_cure)
{
        bool user = strcmp(name, "USER") == 0, dollar = strcmp(name, "$") == 0;

        if (!value)
                return "is not set";
        if (has_control(value))
                return "holds a line break or another control character";
        if (user && strchr(value, '/'))
                return "holds a slash";
        if (!user && !dollar && value[0] != '/')
                return "is no absolute path";
        if (!fields || strcmp(name, "CWD") != 0 || !is_private(value))
                return NULL;
        *ret_cure = "change to the directory of a project; a profile of your own can name a path, if it is meant";
        return "is a home directory, holds one, or is where private things are";
}

/* The variable that begins at `at` with "${". */
static char *look_up(const char *at, size_t length, const char *directory, bool fields, struct variables_fault *ret_fault)
{
        char *name = text("%.*s", (int)(length - 2), at + 2), *found;
        const char *wrong;
        bool known;

        found = find(name, directory, &known);
        wrong = known ? judge(name, found, fields, &ret_fault->cure) : "is no variable: there are HOME, USER, CWD and XDG_RUNTIME_DIR";
        if (wrong) {
                ret_fault->what = text("${%s} %s", name, wrong);
                free(found);
                found = NULL;
        } else if (fields) {
                char *escaped = plan_escape(found);

                free(found);
                found = escaped;
        }
        free(name);
        return found;
}

char *variables_expand(const char *value, const char *directory, bool fields, struct variables_fault *ret_fault)
{
        char *made = NULL;
        size_t size;
        FILE *out = must(open_memstream(&made, &size));

        *ret_fault = (struct variables_fault){0};
        for (const char *at = value; *at && !ret_fault->what;) {
                bool named = at[0] == '$' && at[1] == '{';
                size_t length = named ? strcspn(at, "}") : 1 + strcspn(at + 1, "$");
                char *found = NULL;

                if (!named)
                        fwrite(at, 1, length, out);
                else if (at[length])
                        found = look_up(at, length++, directory, fields, ret_fault);
                else
                        ret_fault->what = text("${ without }");
                if (found)
                        fputs(found, out);
                free(found);
                ret_fault->at = (size_t)(at - value);
                at += length;
        }
        must(fclose(out) == 0 ? made : NULL);
        if (!ret_fault->what)
                return made;
        free(made);
        return NULL;
}

char *variables_quote(const char *value)
{
        char *made = NULL;
        size_t size;
        FILE *out = must(open_memstream(&made, &size));

        for (; *value; value++) {
                bool named = value[0] == '$' && value[1] == '{';

                fputs(named ? "${$}" : "", out);
                if (!named)
                        fputc(*value, out);
        }
        return must(fclose(out) == 0 ? made : NULL);
}
