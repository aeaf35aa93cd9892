/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cli/command.h"
#include "cli/completion.h"
#include "cli/request.h"

static const char head[] =
        "#compdef pinfold\n"
        "# SPDX-License-Identifier: MIT\n"
        "# Made by `pinfold completion zsh`.\n"
        "\n"
        "_pinfold_profiles() {\n"
        "        local -a names=(${${(f)\"$(pinfold profile list 2>/dev/null)\"}%% *})\n"
        "        compadd -a names\n"
        "        _files\n"
        "}\n"
        "\n"
        "_pinfold_run() {\n"
        "        _arguments -S \"$@\"";

static const char middle[] =
        "\n"
        "}\n"
        "\n"
        "_pinfold() {\n"
        "        local context state state_descr line curcontext=$curcontext\n"
        "        local -a subcommands\n"
        "        typeset -A opt_args\n"
        "        _arguments -C '(- *)--help[list the commands]' '(- *)--version[what this is, and what it was built with]' \\\n"
        "                '1: :->command' '*:: :->rest'\n"
        "        case $state in\n"
        "        command)\n"
        "                subcommands=(\n";

static const char tail[] =
        "                esac\n"
        "                ;;\n"
        "        esac\n"
        "}\n"
        "\n"
        "# Loaded by compinit, as a function; or sourced.\n"
        "if [[ $funcstack[1] == _pinfold ]]; then _pinfold \"$@\"; else compdef _pinfold pinfold; fi\n";

/* Between single quotes, in a place where `special` take a '\'. */
static void print_escaped(const char *text, const char *special)
{
        for (; *text; text++) {
                for (const char *at = special; *at; at++)
                        if (*at == *text)
                                putchar('\\');
                if (*text == '\'')
                        printf("'\\''");
                else
                        putchar(*text);
        }
}

/* ":what it is:what completes it" */
static void print_value(const char *argument, const char *details)
{
        char words[VALUE_WORDS_MAX];
        enum value value = completion_value(argument, details, words);

        if (value == VALUE_NONE)
                return;
        putchar(':');
        print_escaped(argument, ":\\");
        putchar(':');
        if (value == VALUE_WORD)
                printf("(%s)", words);
        else if (value == VALUE_WORDS)
                printf("_values -s , word %s", words);
        else if (value == VALUE_PROFILE)
                printf("_pinfold_profiles");
        else if (value != VALUE_ANY)
                printf("_files%s", value == VALUE_DIRECTORY ? " -/" : "");
}

static void print_form(const char *dashes, const struct option_spec *option, const char *name, const char *joint)
{
        printf(" \\\n                        '*%s%s%s[", dashes, name, option->argument ? joint : "");
        print_escaped(option->help, "[]:\\");
        putchar(']');
        print_value(option->argument, option->details);
        putchar('\'');
}

static void print_option(void *userdata, const struct option_spec *option)
{
        const char letter[] = {option->letter, '\0'};

        (void)userdata;
        print_form("--", option, option->name, "=");
        if (option->letter)
                print_form("-", option, letter, "+");
}

static void print_command(const struct command *command)
{
        printf("                %s)\n"
               "                        %s", command->name, completion_is_run(command) ? "_pinfold_run" : "_arguments -S");
        options_each(command->options, print_option, NULL);
        for (size_t i = 0; command->operands[i]; i++) {
                printf(" \\\n                        '%zu", i + 1);
                print_value(command->operands[i], NULL);
                putchar('\'');
        }
        if (command->runs)
                printf(" \\\n                        '(-):command: _command_names -e' '*:file: _files'");
        printf("\n"
               "                        ;;\n");
}

void completion_zsh(void)
{
        printf("%s", head);
        options_each(request_options, print_option, NULL);
        printf("%s", middle);
        for (size_t i = 0; commands[i]; i++) {
                printf("                        '%s:", commands[i]->name);
                print_escaped(commands[i]->summary, "");
                printf("'\n");
        }
        printf("                )\n"
               "                _describe command subcommands\n"
               "                ;;\n"
               "        rest)\n"
               "                case $words[1] in\n");
        for (size_t i = 0; commands[i]; i++)
                print_command(commands[i]);
        printf("%s", tail);
}
