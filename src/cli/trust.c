/* SPDX-License-Identifier: MIT */
/* pinfold trust: a project's profile can be used by name from now on, as long as it stays what it is. */
#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/request.h"
#include "cli/trusted.h"

static void help(void)
{
        printf("Usage: pinfold trust FILE [NAME]\n\n"
               "Lets the profile in FILE be used as `pinfold run -p NAME` (otherwise the name of the file). Look at it first:\n"
               "what is kept is its content; once the file has changed, it is an error to use it until you trust it again.\n");
}

struct taken {
        const char *name;
        bool by_other;
};

static void compare(void *userdata, const char *name, const char *from, const char *summary)
{
        struct taken *taken = userdata;

        (void)summary;
        if (strcmp(name, taken->name) == 0 && strcmp(from, "trusted") != 0)
                taken->by_other = true;
}

static int add(const char *file, const char *name)
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
        return trusted_add(name, file);
}

/* One that cannot be read is nothing to trust. */
static int check(const char *file)
{
        char *path = strchr(file, '/') == NULL ? text("./%s", file) : text("%s", file);
        struct profile_files files = {0};
        struct choices choices = {0};
        int r = request_profile("/", path, &choices, &files);

        choices_free(&choices);
        profile_files_free(&files);
        free(path);
        return r;
}

static int trust(int argc, char **argv)
{
        const char *name;

        if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
                help();
                return 0;
        }
        if (argc < 2 || argc > 3) {
                complain("it is: pinfold trust FILE [NAME]");
                return STATUS_SETUP;
        }
        name = argc == 3 ? argv[2] : basename(argv[1]);
        if (check(argv[1]) < 0 || add(argv[1], name) < 0)
                return STATUS_SETUP;
        printf("pinfold run -p %s\n", name);
        return 0;
}

const struct command command_trust = {
        .name = "trust",
        .summary = "let a project's profile be used by name",
        .run = trust,
        .operands = {"FILE", "NAME"},
};
