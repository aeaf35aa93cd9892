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
        "# The words $1 come first, then what the function $2 completes.\n"
        "_pinfold_operand() {\n"
        "        if [[ $PREFIX == -* ]]; then compadd -- ${=1} --help\n"
        "        elif ((CURRENT == 2)) && [[ -n $1 ]]; then compadd -- ${=1}\n"
        "        else $2\n"
        "        fi\n"
        "}\n"
        "\n"
        "_pinfold_run() {\n"
        "        _arguments -S \"$@\" \\\n";

static const char middle[] =
        "                '(-):command: _command_names -e' \\\n"
        "                '*::argument: _normal'\n"
        "}\n"
        "\n"
        "_pinfold() {\n"
        "        local context state state_descr line curcontext=$curcontext\n"
        "        local -a commands\n"
        "        typeset -A opt_args\n"
        "        _arguments -C '(- *)--help[list the commands]' '(- *)--version[what this is, and what it was built with]' \\\n"
        "                '1: :->command' '*:: :->rest'\n"
        "        case $state in\n"
        "        command)\n"
        "                commands=(\n";

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

static void print_value(const struct option_spec *option)
{
        char words[VALUE_WORDS_MAX];
        enum value value = completion_value(option, words);

        if (value == VALUE_NONE)
                return;
        putchar(':');
        print_escaped(option->argument, ":\\");
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
        printf("                '*%s%s%s[", dashes, name, option->argument ? joint : "");
        print_escaped(option->help, "[]:\\");
        putchar(']');
        print_value(option);
        printf("' \\\n");
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
        const char *words = command->words ? command->words : "";

        printf("                %s) ", command->name);
        if (command->runs)
                printf("_pinfold_run %s", words);
        else
                printf("_pinfold_operand '%s' %s", words, command->profiles ? "_pinfold_profiles" : "_files");
        printf(" ;;\n");
}

void completion_zsh(void)
{
        printf("%s", head);
        request_each_option(print_option, NULL);
        printf("%s", middle);
        for (size_t i = 0; commands[i]; i++) {
                printf("                        '%s:", commands[i]->name);
                print_escaped(commands[i]->summary, "");
                printf("'\n");
        }
        printf("                )\n"
               "                _describe command commands\n"
               "                ;;\n"
               "        rest)\n"
               "                case $words[1] in\n");
        for (size_t i = 0; commands[i]; i++)
                print_command(commands[i]);
        printf("%s", tail);
}
