/* SPDX-License-Identifier: MIT */
/* What a shell can know about the value of an option, or another word, from the description: see <pinfold/options.h>. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include <stdbool.h>

#include "cli/command.h"
#include "cli/options.h"

enum value {
        VALUE_NONE,
        VALUE_ANY,       /* nobody can know */
        VALUE_WORD,      /* "none|host", or ACTION, with the words in the details */
        VALUE_WORDS,     /* "ext|deny-ns[,...]", or LIST: several, joined by commas */
        VALUE_FILE,
        VALUE_DIRECTORY,
        VALUE_PROFILE,   /* a file or a name */
};

#define VALUE_WORDS_MAX 256

/*
 * `argument` and `details` are an option's, or NULL. `words` is filled with those of VALUE_WORD and VALUE_WORDS, separated by
 * spaces.
 */
enum value completion_value(const char *argument, const char *details, char words[VALUE_WORDS_MAX]);

/* Has it the options of `pinfold run`, besides those of its own table? */
bool completion_is_run(const struct command *command);

/* The script for a shell, on standard output. */
void completion_bash(void);
void completion_zsh(void);
void completion_fish(void);

#endif
