/* SPDX-License-Identifier: MIT */
/* pinfold completion: a script with which a shell completes command lines, made of the descriptions of the options. */
#include "cli/completion.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/message.h"

static const struct {
        const char *name;
        void (*print)(void);
} shells[] = {
        {"bash", completion_bash},
        {"zsh", completion_zsh},
        {"fish", completion_fish},
};

#define SHELL_COUNT (sizeof(shells) / sizeof(shells[0]))

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

enum value completion_value(const struct option_spec *option, char words[VALUE_WORDS_MAX])
{
        const char *argument = option->argument;

        if (!argument)
                return VALUE_NONE;
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

static void help(void)
{
        printf("Usage: pinfold completion bash|zsh|fish\n\n"
               "Prints a script with which that shell completes the command lines of pinfold. An installed pinfold has\n"
               "it where the shell looks; otherwise:\n\n"
               "  source <(pinfold completion bash)     in ~/.bashrc\n"
               "  source <(pinfold completion zsh)      in ~/.zshrc, after compinit\n"
               "  pinfold completion fish | source      in ~/.config/fish/config.fish\n");
}

static int completion(int argc, char **argv)
{
        if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
                help();
                return 0;
        }
        for (size_t i = 0; argc == 2 && i < SHELL_COUNT; i++)
                if (strcmp(argv[1], shells[i].name) == 0) {
                        shells[i].print();
                        return 0;
                }
        complain("it is: pinfold completion bash|zsh|fish");
        return STATUS_SETUP;
}

const struct command command_completion = {
        .name = "completion",
        .summary = "print a script that completes command lines, for bash, zsh or fish",
        .words = "bash zsh fish",
        .run = completion,
};
