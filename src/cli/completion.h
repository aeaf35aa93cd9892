/* SPDX-License-Identifier: MIT */
/* What a shell can know about an option's value, from what the description says that it takes: see <pinfold/options.h>. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "cli/options.h"

enum value {
        VALUE_NONE,
        VALUE_ANY,       /* nobody can know */
        VALUE_WORD,      /* "none|host" */
        VALUE_WORDS,     /* "ext|deny-ns[,...]": several, joined by commas */
        VALUE_FILE,
        VALUE_DIRECTORY,
        VALUE_PROFILE,   /* a file or a name */
};

#define VALUE_WORDS_MAX 128

/* `words` is filled with those of VALUE_WORD and VALUE_WORDS, separated by spaces. */
enum value completion_value(const struct option_spec *option, char words[VALUE_WORDS_MAX]);

/* The script for a shell, on standard output. */
void completion_bash(void);
void completion_zsh(void);
void completion_fish(void);

#endif
