/* SPDX-License-Identifier: MIT */
/*
 * A subcommand of pinfold: one file, one of these. main.c holds the table.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>

struct option_spec;

struct command {
        const char *name;
        const char *summary; /* one line, for `pinfold --help` */
        /* argv[0] is the subcommand's name. Returns the exit status. */
        int (*run)(int argc, char **argv);
        const struct option_spec *options; /* NULL: --help alone */
        /* What else follows, in this order, as the values of options are described: "list|show". NULL: no more. */
        const char *operands[3];
        bool runs; /* a command follows, with options of its own */
};

/* All of them, and NULL. */
extern const struct command *const commands[];

extern const struct command command_completion;
extern const struct command command_doctor;
extern const struct command command_explain;
extern const struct command command_profile;
extern const struct command command_run;
extern const struct command command_seccomp;
extern const struct command command_serve;
extern const struct command command_trust;

/* The statuses that pinfold itself ends with, as env(1) and timeout(1) do. */
enum {
        STATUS_TIMED_OUT = 124, /* --timeout */
        STATUS_SETUP = 125,     /* bad usage, or the container could not be set up */
        STATUS_NOT_EXECUTABLE = 126,
        STATUS_NOT_FOUND = 127,
};

#endif
