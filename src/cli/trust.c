/* SPDX-License-Identifier: MIT */
/* pinfold trust: a project's profile can be used by name from now on, as long as it stays what it is. */
#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/file.h"
#include "cli/message.h"
#include "cli/request.h"
#include "cli/trusted.h"

static int set_remove(void *userdata, char *value)
{
        *(const char **)userdata = value;
        return 0;
}

static const struct option_spec options[] = {
        {"remove", "NAME", "forgets what is trusted by this name", set_remove},
        {0},
};

static void help(void)
{
        printf("Usage: pinfold trust FILE [NAME]\n"
               "       pinfold trust --remove NAME\n\n"
               "Lets the profile in FILE be used as `pinfold run -p NAME` (otherwise the name of the file), and prints its\n"
               "options, as pinfold profile show does. What is kept is its content: once the file has changed, it is an error to\n"
               "use it until you trust it again. pinfold profile list says which files are trusted.\n\n");
        options_help(options);
}

struct taken {
        const char *name;
        bool by_other;
};

static void compare(void *userdata, const struct profile_entry *entry)
{
        struct taken *taken = userdata;

        if (strcmp(entry->name, taken->name) == 0 && !entry->trusted)
                taken->by_other = true;
}

static int add(const char *file, const char *content, const char *name)
{
        struct taken taken = {.name = name};

        if (!profile_is_name(name)) {
                complain("%s cannot be the name of a profile", name);
                hint("pinfold trust %s NAME", file);
                return -1;
        }
        profile_each(compare, &taken);
        if (taken.by_other) {
                complain("there is a profile %s, which this one would not replace", name);
                hint("pinfold trust %s NAME", file);
                return -1;
        }
        return trusted_add(name, file, content);
}

/* What is kept is what was printed: it is read once. One that cannot be understood is nothing to trust. */
static int check_and_add(const char *file, const char *name)
{
        char *path = realpath(file, NULL), *directory = request_here();
        struct choices choices = {0};
        size_t size = 0;
        char *content = path ? file_load(path, &size) : NULL;
        int r = -1;

        if (!content)
                complain("%s: %s", file, strerror(errno));
        else if (directory)
                r = request_profile_content(directory, path, content, size, &choices);
        if (r == 0)
                r = request_check(&choices);
        if (r == 0)
                r = add(path, content, name);
        if (r == 0) {
                profile_print(&choices);
                answer("pinfold run -p %s", name);
        }
        choices_free(&choices);
        free(content);
        free(directory);
        free(path);
        return r;
}

static int trust(int argc, char **argv)
{
        struct choices choices = {0};
        const char *removed = NULL;
        char **rest;
        int r = options_parse(options, argv + 1, &choices, &rest);

        (void)argc;
        if (r > 0)
                choices_take(&choices, options, &removed);
        choices_free(&choices);
        if (r == 0)
                help();
        if (r <= 0)
                return r == 0 ? 0 : STATUS_SETUP;
        if (removed ? rest[0] != NULL : !rest[0] || (rest[1] && rest[2])) {
                complain("it is: pinfold trust FILE [NAME], or: pinfold trust --remove NAME");
                return STATUS_SETUP;
        }
        if (removed)
                return trusted_remove(removed) < 0 ? STATUS_SETUP : 0;
        return check_and_add(rest[0], rest[1] ? rest[1] : basename(rest[0])) < 0 ? STATUS_SETUP : 0;
}

const struct command command_trust = {
        .name = "trust",
        .summary = "let a project's profile be used by name",
        .run = trust,
        .options = options,
        .operands = {"FILE", "NAME"},
};
