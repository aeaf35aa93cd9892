/* SPDX-License-Identifier: MIT */
/*
 * Long options, from two tables: those of a subcommand, and those of the library (<pinfold/options.h>), which parses
 * their values itself. What the help says comes from the same two.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <pinfold/pinfold.h>

struct option_spec {
        const char *name;     /* hides the library's option of that name; NULL: the end of the table */
        const char *argument; /* NULL: takes no value */
        const char *help;
        /* Returns 0, or -1 after a message. */
        int (*apply)(void *userdata, char *value);
        char letter; /* `-t` is the same as `--tty`; 0: none. For options without a value. */
};

struct options {
        const struct option_spec *own;
        void *userdata;
        struct pinfold *box;
        /* Told of each of the library's options that was set. May be NULL. */
        void (*noticed)(void *userdata, const char *name, const char *value);
};

/*
 * Reads options in order, from argv[1], up to `--`, the first word that is no option, or `--help`. Returns the index of
 * the first argument after them, 0 when help was asked for, or -1 after a message.
 */
int options_parse(const struct options *options, int argc, char **argv);

/* The tables on standard output. */
void options_help(const struct option_spec *own);

#endif
