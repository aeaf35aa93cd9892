/* SPDX-License-Identifier: MIT */
/*
 * Options, from tables: a subcommand's own, which may go on with that of `pinfold run`, and that of the library
 * (<pinfold/options.h>), which parses their values itself. What help and completion say comes from the same tables.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <pinfold/pinfold.h>

#include "cli/nearest.h"

struct option_spec {
        const char *name;     /* hides the library's option of that name; NULL: the end of the table */
        const char *argument; /* NULL: takes no value */
        const char *help;
        /* Returns 0, or -1 after a message. */
        int (*apply)(void *userdata, char *value);
        char letter; /* the short form, -r; 0: none */
        const char *details; /* "word: meaning" of what the value can be, separated by newlines; or NULL */
        /* At the end of a table: */
        const struct option_spec *then; /* the table that it goes on with; NULL: none */
        bool library;                   /* the library's options follow */
};

/* Its last row, which has no name. */
const struct option_spec *options_end(const struct option_spec *table);

/* An option that was given: one of the two is not NULL. `value` belongs to argv, or to the choices that it is in. */
struct choice {
        const struct option_spec *own;
        const struct pinfold_option *library;
        char *value;
        const char *where; /* the place in a profile; NULL: the command line */
};

struct choices {
        struct choice *list;
        size_t count;
        char **texts; /* that they keep */
        size_t text_count;
};

void choices_add(struct choices *choices, const struct choice *choice);

/* An allocated text that is to be freed with the choices. */
void choices_keep(struct choices *choices, char *text);

/* What `from` keeps is kept by `to` from now on. */
void choices_move_texts(struct choices *to, struct choices *from);

void choices_free(struct choices *choices);

/*
 * Reads options in order, from the first of `words`, which end with NULL, up to `--`, the first word that is no option, or
 * `--help`. `--args-from` puts the words of a file in its place. Returns 1 with what follows in *ret_rest, 0 when help was
 * asked for, or -1 after a message. Nothing is applied yet. What is in `choices` may be needed for *ret_rest.
 */
int options_parse(const struct option_spec *own, char **words, struct choices *choices, char ***ret_rest);

/* Whether what --args-from takes is the number of a descriptor, and no path. */
bool options_is_descriptor(const char *from);

/* One option: `word`, which begins with a dash, and perhaps `next`. Returns how many it takes up, or -1 after a message. */
int option_parse(const struct option_spec *own, char *word, char *next, struct choice *ret);

/* Feeds the names of all options. */
void options_offer(const struct option_spec *own, struct nearest *nearest);

/* What the option of that name, or letter, takes; "": no value. NULL: there is no such option. */
const char *option_argument(const struct option_spec *own, const char *name);

const char *choice_name(const struct choice *choice);

/* The last one of that name; NULL: none was given. */
const struct choice *choices_find(const struct choices *choices, const char *name);

/* Its value. */
const char *choices_value(const struct choices *choices, const char *name);

bool choices_have(const struct choices *choices, const char *name);

/* Applies those that are in `table` itself, and takes them out. Returns 0, or -1 after a message. */
int choices_take(struct choices *choices, const struct option_spec *table, void *userdata);

/* Hands a value to the library. Returns 0, or -1 after a message. */
int option_set(struct pinfold *box, const struct pinfold_option *option, const char *value);

/* The library's option of that name, or NULL. */
const struct pinfold_option *option_find(const char *name);

/* Calls `each` for those of one table, which may be NULL; and where it goes on with no other, for --help and the library's. */
void options_each(const struct option_spec *table, void (*each)(void *userdata, const struct option_spec *option),
                  void *userdata);

/* All tables on standard output, and --help. */
void options_help(const struct option_spec *own);

/* One table, and --help. */
void options_help_table(const struct option_spec *table);

/* Which of `words`, "one|two", it is, from 0; -1: none. */
int words_find(const char *words, const char *word);

/* After a complaint about a wrong one: the nearest. */
void words_hint(const char *words, const char *wrong);

#endif
