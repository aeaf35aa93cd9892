/* SPDX-License-Identifier: MIT */
/*
 * Options, from two tables: those of a subcommand, and those of the library (<pinfold/options.h>), which parses their
 * values itself. What the help says comes from the same two.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <pinfold/pinfold.h>

struct option_spec {
        const char *name;     /* hides the library's option of that name; NULL: the end of the table */
        const char *argument; /* NULL: takes no value */
        const char *help;
        /* Returns 0, or -1 after a message. */
        int (*apply)(void *userdata, char *value);
        char letter; /* the short form, -r; 0: none */
};

/* An option that was given: one of the two is not NULL. `value` belongs to argv. */
struct choice {
        const struct option_spec *own;
        const struct pinfold_option *library;
        char *value;
};

struct choices {
        struct choice *list; /* for the caller to free */
        size_t count;
};

/*
 * Reads options in order, from argv[1], up to `--`, the first word that is no option, or `--help`. Returns the index of
 * the first argument after them, 0 when help was asked for, or -1 after a message. Nothing is applied yet.
 */
int options_parse(const struct option_spec *own, int argc, char **argv, struct choices *ret_choices);

const char *choice_name(const struct choice *choice);

/* The last value that was given; NULL: none. */
const char *choices_value(const struct choices *choices, const char *name);

bool choices_have(const struct choices *choices, const char *name);

/* Hands a value to the library. Returns 0, or -1 after a message. */
int option_set(struct pinfold *box, const struct pinfold_option *option, const char *value);

/* The library's option of that name, or NULL. */
const struct pinfold_option *option_find(const char *name);

/* The tables on standard output. */
void options_help(const struct option_spec *own);

#endif
