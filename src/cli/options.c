/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/options.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/message.h"
#include "cli/nearest.h"

/* One option on the command line. */
struct given {
        const char *name; /* not terminated */
        size_t name_length;
        char *value; /* after '=', or NULL */
};

static bool is_name(const struct given *given, const char *name)
{
        return strlen(name) == given->name_length && memcmp(name, given->name, given->name_length) == 0;
}

static const struct option_spec *find_own(const struct option_spec *own, const struct given *given)
{
        for (; own->name; own++)
                if (is_name(given, own->name))
                        return own;
        return NULL;
}

static const struct pinfold_option *find_library(const struct given *given)
{
        const struct pinfold_option *option;

        for (size_t i = 0; (option = pinfold_option_at(i)) != NULL; i++)
                if (is_name(given, option->name))
                        return option;
        return NULL;
}

static void complain_unknown(const struct option_spec *own, const struct given *given)
{
        char name[64];
        struct nearest nearest = {.wanted = name};
        const struct pinfold_option *option;

        snprintf(name, sizeof(name), "%.*s", (int)given->name_length, given->name);
        for (; own->name; own++)
                nearest_offer(&nearest, own->name);
        for (size_t i = 0; (option = pinfold_option_at(i)) != NULL; i++)
                nearest_offer(&nearest, option->name);
        complain("unknown option --%.*s", (int)given->name_length, given->name);
        if (nearest.name)
                hint("did you mean --%s?", nearest.name);
}

/*
 * Settles where an option's value is: after '=', in the next argument, or nowhere. Returns how many arguments the
 * option takes up, or -1 after a message.
 */
static int find_value(struct given *given, const char *name, const char *argument, char *next)
{
        if (!argument && given->value) {
                complain("option --%s takes no value", name);
                return -1;
        }
        if (!argument || given->value)
                return 1;
        if (!next) {
                complain("option --%s needs a value: --%s %s", name, name, argument);
                return -1;
        }
        given->value = next;
        return 2;
}

static int set(const struct options *options, const struct pinfold_option *option, const char *value)
{
        struct pinfold_error err = {0};

        if (pinfold_set(options->box, option->name, value, &err) >= 0) {
                if (options->noticed)
                        options->noticed(options->userdata, option->name, value);
                return 0;
        }
        complain("%s", err.text);
        if (option->argument)
                hint("--%s takes %s", option->name, option->argument);
        return -1;
}

/* Returns how many arguments were taken, or -1 after a message. */
static int parse_one(const struct options *options, struct given given, char *next)
{
        const struct option_spec *own = find_own(options->own, &given);
        const struct pinfold_option *library = own ? NULL : find_library(&given);
        int taken;

        if (!own && !library) {
                complain_unknown(options->own, &given);
                return -1;
        }
        taken = find_value(&given, own ? own->name : library->name, own ? own->argument : library->argument, next);
        if (taken < 0)
                return -1;
        if (own ? own->apply(options->userdata, given.value) < 0 : set(options, library, given.value) < 0)
                return -1;
        return taken;
}

static const struct option_spec *find_letter(const struct option_spec *own, const char *text)
{
        for (; own->name; own++)
                if (own->letter && text[0] == own->letter && text[1] == '\0')
                        return own;
        return NULL;
}

int options_parse(const struct options *options, int argc, char **argv)
{
        int i = 1;

        while (i < argc) {
                struct given given;
                int taken;

                if (strcmp(argv[i], "--") == 0)
                        return i + 1;
                if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
                        return 0;
                if (argv[i][0] != '-')
                        return i;
                if (argv[i][1] != '-') {
                        const struct option_spec *own = find_letter(options->own, argv[i] + 1);

                        if (own) {
                                if (own->apply(options->userdata, NULL) < 0)
                                        return -1;
                                i++;
                                continue;
                        }
                        complain("unknown option %s; options are words, such as --bind", argv[i]);
                        return -1;
                }
                given.name = argv[i] + 2;
                given.name_length = strcspn(given.name, "=");
                given.value = strchr(argv[i], '=');
                if (given.value)
                        given.value++;
                taken = parse_one(options, given, argv[i + 1]);
                if (taken < 0)
                        return -1;
                i += taken;
        }
        return i;
}

/* Prints `text` in lines of at most 80 columns, each indented. */
static void print_wrapped(const char *text, size_t length, int indent)
{
        const size_t width = 80 - (size_t)indent;

        while (length > 0) {
                size_t line = length;

                if (length > width) {
                        for (line = width; line > 0 && text[line] != ' '; line--)
                                ;
                        if (line == 0)
                                line = width;
                }
                printf("%*s%.*s\n", indent, "", (int)line, text);
                while (line < length && text[line] == ' ')
                        line++;
                text += line;
                length -= line;
        }
}

static void print_option(const char *name, char letter, const char *argument, const char *help, const char *details)
{
        printf("  --%s%s%s", name, argument ? " " : "", argument ? argument : "");
        if (letter)
                printf(", -%c", letter);
        putchar('\n');
        print_wrapped(help, strlen(help), 8);
        for (size_t length; details && *details; details += length + (details[length] == '\n')) {
                length = strcspn(details, "\n");
                print_wrapped(details, length, 10);
        }
}

static void print_library(const struct option_spec *own, int kind)
{
        const struct pinfold_option *option;

        for (size_t i = 0; (option = pinfold_option_at(i)) != NULL; i++) {
                struct given name = {.name = option->name, .name_length = strlen(option->name)};

                if (option->kind == kind && !find_own(own, &name))
                        print_option(option->name, 0, option->argument, option->help, option->details);
        }
}

void options_help(const struct option_spec *own)
{
        printf("\nThe file system, in the order given:\n");
        print_library(own, PINFOLD_OPTION_OPERATION);
        printf("\nThe container:\n");
        print_library(own, PINFOLD_OPTION_PARAMETER);
        printf("\nThe run:\n");
        for (; own->name; own++)
                print_option(own->name, own->letter, own->argument, own->help, NULL);
        print_option("help", 'h', NULL, "this text", NULL);
}
