/* SPDX-License-Identifier: MIT */
/* pinfold completion: a script with which a shell completes command lines, made of the descriptions of the options. */
#include "cli/completion.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/request.h"

#define SHELLS "bash|zsh|fish"

static void (*const print[])(void) = {completion_bash, completion_zsh, completion_fish};

static const struct {
        const char *begin; /* of the argument in the description */
        enum value value;
} values[] = {
        {"NAME|PATH", VALUE_PROFILE},
        {"PATH", VALUE_FILE},
        {"FILE", VALUE_FILE},
        {"SRC", VALUE_FILE},
        {"DEST", VALUE_FILE}, /* most places inside are places outside as well */
        {"DIR", VALUE_DIRECTORY},
};

/* "ext: clocks, swap", and others of that kind; not "errno=NAME: ...", which is none yet. */
static enum value details_words(enum value value, const char *details, char words[VALUE_WORDS_MAX])
{
        size_t size = 0;

        for (const char *line = details; line && *line; line += strcspn(line, "\n"), line += *line == '\n') {
                size_t length = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789-");

                if (line[length] == ':' && size + length + 2 <= VALUE_WORDS_MAX)
                        size += (size_t)snprintf(words + size, VALUE_WORDS_MAX - size, "%s%.*s", size ? " " : "", (int)length, line);
        }
        return size ? value : VALUE_ANY;
}

enum value completion_value(const char *argument, const char *details, char words[VALUE_WORDS_MAX])
{
        if (!argument)
                return VALUE_NONE;
        if (strcmp(argument, "LIST") == 0)
                return details_words(VALUE_WORDS, details, words);
        if (strcmp(argument, "ACTION") == 0)
                return details_words(VALUE_WORD, details, words);
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
                if (strncmp(argument, values[i].begin, strlen(values[i].begin)) == 0)
                        return values[i].value;
        if (!islower((unsigned char)*argument))
                return VALUE_ANY;
        snprintf(words, VALUE_WORDS_MAX, "%.*s", (int)strcspn(argument, "["), argument);
        for (char *at = words; (at = strchr(at, '|')) != NULL;)
                *at = ' ';
        return strchr(argument, '[') ? VALUE_WORDS : VALUE_WORD;
}

bool completion_is_run(const struct command *command)
{
        return command->options && options_end(command->options)->then == request_options;
}

static void help(void)
{
        printf("Usage: pinfold completion " SHELLS "\n\n"
               "Prints a script with which that shell completes the command lines of pinfold. An installed pinfold has\n"
               "it where the shell looks; otherwise:\n\n"
               "  source <(pinfold completion bash)     in ~/.bashrc\n"
               "  source <(pinfold completion zsh)      in ~/.zshrc, after compinit\n"
               "  pinfold completion fish | source      in ~/.config/fish/config.fish\n");
}

static int completion(int argc, char **argv)
{
        int shell;

        if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
                help();
                return 0;
        }
        shell = argc == 2 ? words_find(SHELLS, argv[1]) : -1;
        if (shell >= 0) {
                print[shell]();
                return 0;
        }
        complain("it is: pinfold completion " SHELLS);
        if (argc == 2)
                words_hint(SHELLS, argv[1]);
        return STATUS_SETUP;
}

const struct command command_completion = {
        .name = "completion",
        .summary = "print a script that completes command lines, for bash, zsh or fish",
        .run = completion,
        .operands = {SHELLS},
};
