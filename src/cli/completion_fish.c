/* SPDX-License-Identifier: MIT */
#include <stdio.h>

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

static void print_value(const struct option_spec *option)
{
        char words[VALUE_WORDS_MAX];
        enum value value = completion_value(option, words);

        if (value == VALUE_FILE)
                printf(" -r -F");
        else if (value == VALUE_PROFILE)
                printf(" -r -F -a '(__pinfold_profiles)'");
        else if (value == VALUE_DIRECTORY)
                printf(" -x -a '(__fish_complete_directories)'");
        else if (value == VALUE_WORD)
                printf(" -x -a '%s'", words);
        else if (value == VALUE_WORDS)
                printf(" -x -a '(__fish_append , (string split \" \" \"%s\"))'", words);
        else if (value == VALUE_ANY)
                printf(" -x");
}

static void print_option(void *userdata, const struct option_spec *option)
{
        (void)userdata;
        printf("complete -c pinfold -n __pinfold_in_options");
        if (option->letter)
                printf(" -s %c", option->letter);
        printf(" -l %s", option->name);
        print_value(option);
        printf(" -d ");
        print_quoted(option->help);
        printf("\n");
}

static void print_name(void *userdata, const struct option_spec *option)
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
        if (command->words)
                printf("complete -c pinfold -n '__fish_seen_subcommand_from %s; and __pinfold_is_second' -a '%s'\n",
                       command->name, command->words);
        if (!command->runs)
                printf("complete -c pinfold -n '__fish_seen_subcommand_from %s%s' %s\n", command->name,
                       command->words ? "; and not __pinfold_is_second" : "",
                       command->profiles ? "-F -a '(__pinfold_profiles)'" : "-F");
}

static void print_functions(void)
{
        printf("# SPDX-License-Identifier: MIT\n"
               "# Made by `pinfold completion fish`.\n\n"
               "function __pinfold_profiles\n"
               "    pinfold profile list 2>/dev/null | string replace -r '^(\\S+) +' '$1\\t'\n"
               "end\n\n"
               "function __pinfold_runs\n"
               "    set -l words (commandline -opc)\n"
               "    contains -- \"$words[2]\"");
        for (size_t i = 0; commands[i]; i++)
                if (commands[i]->runs)
                        printf(" %s", commands[i]->name);
        printf("\n"
               "end\n\n"
               "# Not a value, and no command has begun yet.\n"
               "function __pinfold_in_options\n"
               "    __pinfold_runs; or return\n"
               "    set -l words (commandline -opc)\n"
               "    set -l skip false\n"
               "    for word in $words[3..-1]\n"
               "        if $skip\n"
               "            set skip false\n"
               "        else if contains -- $word");
        request_each_option(print_name, NULL);
        printf("\n"
               "            set skip true\n"
               "        else if not string match -q -- '-?*' $word; or test $word = --\n"
               "            return 1\n"
               "        end\n"
               "    end\n"
               "end\n\n"
               "function __pinfold_is_second\n"
               "    test (count (commandline -opc)) = 2\n"
               "end\n\n");
}

void completion_fish(void)
{
        print_functions();
        printf("complete -c pinfold -f\n"
               "complete -c pinfold -n __fish_use_subcommand -l help -d 'list the commands'\n"
               "complete -c pinfold -n __fish_use_subcommand -l version -d 'what this is, and what it was built with'\n");
        for (size_t i = 0; commands[i]; i++)
                print_command(commands[i]);
        request_each_option(print_option, NULL);
        printf("complete -c pinfold -n __pinfold_runs -a '(__fish_complete_subcommand --fcs-skip=2 --");
        request_each_option(print_name, NULL);
        printf(")'\n");
}
