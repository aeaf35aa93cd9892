/* SPDX-License-Identifier: MIT */
/* The pinfold command: finds the subcommand and runs it. */
#define _GNU_SOURCE

#include <stdio.h>
#include <string.h>

#include <pinfold/pinfold.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/nearest.h"
#include "cli/streams.h"

const struct command *const commands[] = {
        &command_run,
        &command_explain,
        &command_seccomp,
        &command_profile,
        &command_trust,
        &command_doctor,
        &command_serve,
        &command_completion,
        NULL,
};

static void help(void)
{
        printf("Usage: pinfold COMMAND [ARGUMENT]...\n\n"
               "Linux containers without root: programs that see only what you give them.\n\n");
        for (size_t i = 0; commands[i]; i++)
                printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
        printf("\n"
               "A build that can change nothing but its own directory, and has no network:\n\n"
               "  pinfold run -w . make\n\n"
               "Each command explains itself: pinfold run --help. Manual pages: pinfold(1).\n");
}

static int unknown(const char *name)
{
        struct nearest nearest = {.wanted = name};

        complain("unknown command %s", name);
        for (size_t i = 0; commands[i]; i++)
                nearest_offer(&nearest, commands[i]->name);
        if (nearest.name)
                hint("did you mean pinfold %s?", nearest.name);
        else
                hint("pinfold --help lists the commands");
        return STATUS_SETUP;
}

static int dispatch(int argc, char **argv)
{
        if (argc < 2) {
                complain("no command given; try: pinfold --help");
                return STATUS_SETUP;
        }
        if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
                help();
                return 0;
        }
        if (strcmp(argv[1], "--version") == 0) {
                printf("pinfold %s\nbuilt with %s\n", pinfold_version(), BUILT_WITH);
                return 0;
        }
        for (size_t i = 0; commands[i]; i++)
                if (strcmp(argv[1], commands[i]->name) == 0)
                        return commands[i]->run(argc - 1, argv + 1);
        return unknown(argv[1]);
}

int main(int argc, char **argv)
{
        int r = streams_complete();
        int status;

        if (r < 0) {
                complain("cannot open /dev/null: %s", strerror(-r));
                return STATUS_SETUP;
        }
        status = dispatch(argc, argv);
        /* Output that could not be written, on a full disk, is a failure. */
        if (fflush(stdout) != 0 || ferror(stdout)) {
                complain("cannot write to standard output");
                return STATUS_SETUP;
        }
        return status;
}
