/* SPDX-License-Identifier: MIT */
/* pinfold profile: which profiles there are, and what is in them. Nothing is started. */
#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/request.h"

#define VERBS "list|show"

static void help(void)
{
        printf("Usage: pinfold profile list\n"
               "       pinfold profile show NAME|PATH\n\n"
               "list says which profiles can be used by name, where they are, and what they are for; show prints the\n"
               "options of one, after includes and variables, as they would count in the current directory.\n\n"
               "A profile is used with `pinfold run -p NAME`; pinfold-profile(5) tells how to write one.\n");
}

static void print_entry(void *userdata, const struct profile_entry *entry)
{
        (void)userdata;
        answer("%-12s %s%s%s%s%s", entry->name, entry->summary, *entry->summary ? "  " : "", entry->from,
               entry->trusted ? ", " : "", entry->trusted ? entry->trusted : "");
}

static int show(const char *profile)
{
        char *directory = request_here();
        struct profile_files files = {0};
        struct choices choices = {0};
        int r = directory ? request_profile(directory, profile, &choices, &files) : -1;

        if (r == 0)
                r = request_check(&choices);
        if (r == 0)
                profile_print(&choices);
        choices_free(&choices);
        profile_files_free(&files);
        free(directory);
        return r < 0 ? STATUS_SETUP : 0;
}

static int profile(int argc, char **argv)
{
        if (argc > 1 && (strcmp(argv[argc - 1], "--help") == 0 || strcmp(argv[argc - 1], "-h") == 0)) {
                help();
                return 0;
        }
        if (argc == 2 && strcmp(argv[1], "list") == 0) {
                profile_each(print_entry, NULL);
                return 0;
        }
        if (argc == 3 && strcmp(argv[1], "show") == 0)
                return show(argv[2]);
        complain("it is: pinfold profile list, or: pinfold profile show NAME");
        if (argc > 1 && words_find(VERBS, argv[1]) < 0)
                words_hint(VERBS, argv[1]);
        return STATUS_SETUP;
}

const struct command command_profile = {
        .name = "profile",
        .summary = "list the profiles, show one",
        .run = profile,
        .operands = {VERBS, "NAME|PATH"},
};
