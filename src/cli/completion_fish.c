/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/completion.h"
#include "cli/request.h"

static void print_quoted(const char *text)
{
        putchar('\'');
        for (; *text; text++) {
                if (*text == '\'' || *text == '\\')
                        putchar('\\');
                putchar(*text);
        }
        putchar('\'');
}

static void print_action(const char *argument, const char *details)
{
        char words[VALUE_WORDS_MAX];

        switch (completion_value(argument, details, words)) {
        case VALUE_FILE:
                printf(" -F");
                break;
        case VALUE_PROFILE:
                printf(" -F -a '(__pinfold_profiles)'");
                break;
        case VALUE_DIRECTORY:
                printf(" -f -a '(__fish_complete_directories)'");
                break;
        case VALUE_WORD:
                printf(" -f -a '%s'", words);
                break;
        case VALUE_WORDS:
                printf(" -f -a '(__fish_append , (string split \" \" \"%s\"))'", words);
                break;
        default:
                printf(" -f");
        }
}

/* `userdata` is the condition under which it can be given. */
static void print_option(void *userdata, const struct option_spec *option)
{
        printf("complete -c pinfold -n '__pinfold_in %s'", (const char *)userdata);
        if (option->letter)
                printf(" -s %c", option->letter);
        printf(" -l %s", option->name);
        if (option->argument) {
                printf(" -r");
                print_action(option->argument, option->details);
        }
        printf(" -d ");
        print_quoted(option->help);
        printf("\n");
}

static void print_takes_value(void *userdata, const struct option_spec *option)
{
        (void)userdata;
        if (!option->argument)
                return;
        printf(" --%s", option->name);
        if (option->letter)
                printf(" -%c", option->letter);
}

static void print_command(const struct command *command)
{
        printf("complete -c pinfold -n __fish_use_subcommand -a %s -d ", command->name);
        print_quoted(command->summary);
        printf("\n");
        options_each(command->options, print_option, (void *)(uintptr_t)command->name);
        for (size_t i = 0; command->operands[i]; i++) {
                printf("complete -c pinfold -n '__pinfold_at %s %zu'", command->name, i);
                print_action(command->operands[i], NULL);
                printf("\n");
        }
}

static void print_takes(void)
{
        printf("# The options of a subcommand that take a value.\n"
               "function __pinfold_takes_value\n"
               "    set -l run");
        options_each(request_options, print_takes_value, NULL);
        printf("\n"
               "    switch $argv[1]\n");
        for (size_t i = 0; commands[i]; i++) {
                printf("        case %s\n"
                       "            string join \\n --", commands[i]->name);
                options_each(commands[i]->options, print_takes_value, NULL);
                printf("%s\n", completion_is_run(commands[i]) ? " $run" : "");
        }
        printf("    end\n"
               "end\n\n");
}

static const char functions[] =
        "# How many operands there are before the cursor. Fails where no option can follow.\n"
        "function __pinfold_operands\n"
        "    set -l words (commandline -opc)\n"
        "    set -l takes_value (__pinfold_takes_value $words[2])\n"
        "    set -l count 0\n"
        "    set -l over 0\n"
        "    set -l skip false\n"
        "    for word in $words[3..-1]\n"
        "        if $skip\n"
        "            set skip false\n"
        "        else if test $over = 1; or not string match -q -- '-?*' $word\n"
        "            set count (math $count + 1)\n"
        "            __pinfold_runs; and set over 1\n"
        "        else if test $word = --\n"
        "            set over 1\n"
        "        else if contains -- $word $takes_value\n"
        "            set skip true\n"
        "        end\n"
        "    end\n"
        "    echo $count\n"
        "    return $over\n"
        "end\n\n"
        "# Among the options of one of these subcommands.\n"
        "function __pinfold_in\n"
        "    set -l words (commandline -opc)\n"
        "    contains -- \"$words[2]\" $argv; and __pinfold_operands >/dev/null\n"
        "end\n\n"
        "# At operand $argv[2] of the subcommand $argv[1].\n"
        "function __pinfold_at\n"
        "    set -l words (commandline -opc)\n"
        "    test \"$words[2]\" = $argv[1]; and test (__pinfold_operands) = $argv[2]\n"
        "end\n\n";

static void print_functions(void)
{
        printf("# SPDX-License-Identifier: MIT\n"
               "# Made by `pinfold completion fish`.\n\n"
               "function __pinfold_profiles\n"
               "    pinfold profile list 2>/dev/null | string replace -r '^(\\S+) +' '$1\\t'\n"
               "end\n\n"
               "# A command follows.\n"
               "function __pinfold_runs\n"
               "    set -l words (commandline -opc)\n"
               "    contains -- \"$words[2]\"");
        for (size_t i = 0; commands[i]; i++)
                if (commands[i]->runs)
                        printf(" %s", commands[i]->name);
        printf("\n"
               "end\n\n");
        print_takes();
        printf("%s", functions);
}

void completion_fish(void)
{
        char runs[256] = "";

        print_functions();
        printf("complete -c pinfold -f\n"
               "complete -c pinfold -n __fish_use_subcommand -l help -d 'list the commands'\n"
               "complete -c pinfold -n __fish_use_subcommand -l version -d 'what this is, and what it was built with'\n");
        for (size_t i = 0; commands[i]; i++) {
                print_command(commands[i]);
                if (completion_is_run(commands[i]))
                        snprintf(runs + strlen(runs), sizeof(runs) - strlen(runs), "%s%s", *runs ? " " : "", commands[i]->name);
        }
        options_each(request_options, print_option, runs);
        /* What ends that function's own options it takes for one of ours: with "--", the word behind it would be a value. */
        printf("complete -c pinfold -n '__pinfold_runs; and test (__pinfold_operands) = 0'"
               " -a '(__fish_complete_subcommand --fcs-skip=2 - (__pinfold_takes_value (commandline -opc)[2]))'\n"
               "# Not what the command itself would complete: that of make runs the Makefile, outside of any container.\n"
               "complete -c pinfold -n '__pinfold_runs; and test (__pinfold_operands) != 0' -F\n");
}
