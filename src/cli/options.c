/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/file.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/nearest.h"

/* Files with arguments that one command line may name. */
#define SPLICED_MAX 100

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

const struct option_spec *options_end(const struct option_spec *table)
{
        while (table->name)
                table++;
        return table;
}

/* The one at `at`, or, where that is the end of a table, the first of the next. NULL: there are no more. */
static const struct option_spec *option_at(const struct option_spec *at)
{
        while (at && !at->name)
                at = at->then;
        return at;
}

static bool has_library(const struct option_spec *own)
{
        for (; own; own = options_end(own)->then)
                if (options_end(own)->library)
                        return true;
        return false;
}

static const struct option_spec *find_own(const struct option_spec *own, const struct given *given)
{
        for (own = option_at(own); own; own = option_at(own + 1))
                if (is_name(given, own->name))
                        return own;
        return NULL;
}

/* Where `own` goes on with the library's options; NULL: in any case. */
static const struct pinfold_option *find_library(const struct option_spec *own, const struct given *given)
{
        const struct pinfold_option *option;

        for (size_t i = 0; (!own || has_library(own)) && (option = pinfold_option_at(i)) != NULL; i++)
                if (is_name(given, option->name))
                        return option;
        return NULL;
}

void options_offer(const struct option_spec *own, struct nearest *nearest)
{
        const struct pinfold_option *option;

        for (size_t i = 0; has_library(own) && (option = pinfold_option_at(i)) != NULL; i++)
                nearest_offer(nearest, option->name);
        for (own = option_at(own); own; own = option_at(own + 1))
                nearest_offer(nearest, own->name);
}

static void complain_unknown(const struct option_spec *own, const struct given *given)
{
        char name[64];
        struct nearest nearest = {.wanted = name};

        snprintf(name, sizeof(name), "%.*s", (int)given->name_length, given->name);
        options_offer(own, &nearest);
        complain("unknown option --%.*s", (int)given->name_length, given->name);
        if (nearest.name)
                hint("did you mean --%s?", nearest.name);
        else
                hint("--help lists the options");
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

int option_set(struct pinfold *box, const struct pinfold_option *option, const char *value)
{
        struct pinfold_error err = {0};

        if (pinfold_set(box, option->name, value, &err) >= 0)
                return 0;
        complain("%s", err.text);
        if (option->argument)
                hint("--%s takes %s", option->name, option->argument);
        return -1;
}

const struct pinfold_option *option_find(const char *name)
{
        const struct given given = {.name = name, .name_length = strlen(name)};

        return find_library(NULL, &given);
}

const char *option_argument(const struct option_spec *own, const char *name)
{
        const struct given given = {.name = name, .name_length = strlen(name)};
        const struct pinfold_option *library = find_library(own, &given);

        for (own = option_at(own); own; own = option_at(own + 1))
                if (is_name(&given, own->name) || (own->letter && name[0] == own->letter && !name[1]))
                        return own->argument ? own->argument : "";
        return !library ? NULL : library->argument ? library->argument : "";
}

/* Returns how many arguments were taken, or -1 after a message. */
static int parse_long(const struct option_spec *own, char *word, char *next, struct choice *ret)
{
        struct given given = {.name = word + 2, .name_length = strcspn(word + 2, "=")};
        char *equals = strchr(word, '=');
        int taken;

        given.value = equals ? equals + 1 : NULL;
        ret->own = find_own(own, &given);
        ret->library = ret->own ? NULL : find_library(own, &given);
        if (!ret->own && !ret->library) {
                complain_unknown(own, &given);
                return -1;
        }
        taken = find_value(&given, ret->own ? ret->own->name : ret->library->name,
                           ret->own ? ret->own->argument : ret->library->argument, next);
        ret->value = given.value;
        return taken;
}

/* -r VALUE, -rVALUE, or -t. */
static int parse_short(const struct option_spec *own, char *word, char *next, struct choice *ret)
{
        for (own = option_at(own); own; own = option_at(own + 1))
                if (own->letter && own->letter == word[1])
                        break;
        if (!own) {
                complain("unknown option %s", word);
                hint("--help lists the options");
                return -1;
        }
        ret->own = own;
        if (!own->argument && word[2]) {
                complain("option -%c takes no value; options of one letter stand alone", own->letter);
                return -1;
        }
        if (!own->argument)
                return 1;
        if (!word[2] && !next) {
                complain("option -%c needs a value: -%c %s", own->letter, own->letter, own->argument);
                return -1;
        }
        ret->value = word[2] ? word + 2 : next;
        return word[2] ? 1 : 2;
}

int option_parse(const struct option_spec *own, char *word, char *next, struct choice *ret)
{
        return word[1] == '-' ? parse_long(own, word, next, ret) : parse_short(own, word, next, ret);
}

bool options_is_descriptor(const char *from)
{
        char *end;
        long fd = strtol(from, &end, 10);

        return *from >= '0' && *from <= '9' && !*end && fd <= INT_MAX;
}

/* The words of a file or descriptor, each ended by a NUL, and behind them `rest`. NULL after a message. */
static char **words_from(const char *from, char **rest, struct choices *choices)
{
        size_t size, rest_count = 0, count = 0;
        char *content, **words;
        int given = options_is_descriptor(from) ? atoi(from) : open(from, O_RDONLY | O_CLOEXEC);

        /* What is read is closed; a standard stream stays, for the program, at its end. */
        if (given >= 0 && given <= STDERR_FILENO)
                given = fcntl(given, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        content = given < 0 ? NULL : file_read(given, &size);
        if (!content) {
                complain("--args-from %s: %s", from, strerror(errno));
                return NULL;
        }
        choices_keep(choices, content);
        while (rest[rest_count])
                rest_count++;
        for (size_t at = 0; at < size; at += strlen(content + at) + 1)
                count++;
        words = must(calloc(count + rest_count + 1, sizeof(*words)));
        choices_keep(choices, (char *)words);
        count = 0;
        for (size_t at = 0; at < size; at += strlen(content + at) + 1)
                words[count++] = content + at;
        memcpy(words + count, rest, rest_count * sizeof(*rest));
        return words;
}

int options_parse(const struct option_spec *own, char **words, struct choices *choices, char ***ret_rest)
{
        int spliced = 0;

        while (*words && strcmp(*words, "--") != 0 && words[0][0] == '-' && words[0][1] != '\0') {
                struct choice choice = {0};
                int taken;

                if (strcmp(*words, "--help") == 0 || strcmp(*words, "-h") == 0)
                        return 0;
                taken = option_parse(own, words[0], words[1], &choice);
                if (taken < 0)
                        return -1;
                words += taken;
                choices_add(choices, &choice);
                if (strcmp(choice_name(&choice), "args-from") != 0)
                        continue;
                if (spliced++ == SPLICED_MAX) {
                        complain("--args-from %s: more than %d of these; does it name itself?", choice.value, SPLICED_MAX);
                        return -1;
                }
                words = words_from(choice.value, words, choices);
                if (!words)
                        return -1;
        }
        *ret_rest = *words && strcmp(*words, "--") == 0 ? words + 1 : words;
        return 1;
}

void choices_add(struct choices *choices, const struct choice *choice)
{
        choices->list = must(reallocarray(choices->list, choices->count + 1, sizeof(*choice)));
        choices->list[choices->count++] = *choice;
}

void choices_keep(struct choices *choices, char *text)
{
        choices->texts = must(reallocarray(choices->texts, choices->text_count + 1, sizeof(text)));
        choices->texts[choices->text_count++] = text;
}

void choices_move_texts(struct choices *to, struct choices *from)
{
        for (size_t i = 0; i < from->text_count; i++)
                choices_keep(to, from->texts[i]);
        from->text_count = 0;
}

void choices_free(struct choices *choices)
{
        for (size_t i = 0; i < choices->text_count; i++)
                free(choices->texts[i]);
        free(choices->texts);
        free(choices->list);
        *choices = (struct choices){0};
}

const char *choice_name(const struct choice *choice)
{
        return choice->own ? choice->own->name : choice->library->name;
}

const struct choice *choices_find(const struct choices *choices, const char *name)
{
        for (size_t i = choices->count; i-- > 0;)
                if (strcmp(choice_name(&choices->list[i]), name) == 0)
                        return &choices->list[i];
        return NULL;
}

const char *choices_value(const struct choices *choices, const char *name)
{
        const struct choice *choice = choices_find(choices, name);

        return choice ? choice->value : NULL;
}

bool choices_have(const struct choices *choices, const char *name)
{
        return choices_find(choices, name) != NULL;
}

static bool is_in(const struct option_spec *table, const struct option_spec *option)
{
        for (; table->name; table++)
                if (table == option)
                        return true;
        return false;
}

int choices_take(struct choices *choices, const struct option_spec *table, void *userdata)
{
        size_t kept = 0;
        int r = 0;

        for (size_t i = 0; i < choices->count; i++) {
                const struct choice *choice = &choices->list[i];

                if (!is_in(table, choice->own))
                        choices->list[kept++] = *choice;
                else if (r == 0)
                        r = choice->own->apply(userdata, choice->value);
        }
        choices->count = kept;
        return r;
}

int words_find(const char *words, const char *word)
{
        size_t length = strlen(word);

        for (int i = 0;; i++, words++) {
                size_t end = strcspn(words, "|");

                if (end == length && memcmp(words, word, length) == 0)
                        return i;
                words += end;
                if (!*words)
                        return -1;
        }
}

void words_hint(const char *words, const char *wrong)
{
        struct nearest nearest = {.wanted = wrong};
        char *copy = must(strdup(words)), *at = copy;

        for (char *word; (word = strsep(&at, "|")) != NULL;)
                nearest_offer(&nearest, word);
        if (nearest.name)
                hint("did you mean %s?", nearest.name);
        free(copy);
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

static const struct option_spec help_option = {.name = "help", .help = "this text", .letter = 'h'};

static void print_option(const struct option_spec *option)
{
        const char *details = option->details;

        printf("  ");
        if (option->letter)
                printf("-%c, ", option->letter);
        printf("--%s%s%s\n", option->name, option->argument ? " " : "", option->argument ? option->argument : "");
        print_wrapped(option->help, strlen(option->help), 8);
        for (size_t length; details && *details; details += length + (details[length] == '\n')) {
                length = strcspn(details, "\n");
                print_wrapped(details, length, 10);
        }
}

/* The library's, unless it is hidden by one of `own`. False: hidden. */
static bool take_library(const struct option_spec *own, const struct pinfold_option *option, struct option_spec *ret)
{
        const struct given name = {.name = option->name, .name_length = strlen(option->name)};

        *ret = (struct option_spec){.name = option->name, .argument = option->argument, .help = option->help, .details = option->details};
        return !find_own(own, &name);
}

static void print_library(const struct option_spec *own, int kind)
{
        const struct pinfold_option *option;
        struct option_spec spec;

        for (size_t i = 0; (option = pinfold_option_at(i)) != NULL; i++)
                if (option->kind == kind && take_library(own, option, &spec))
                        print_option(&spec);
}

void options_each(const struct option_spec *table, void (*each)(void *userdata, const struct option_spec *option),
                  void *userdata)
{
        const struct pinfold_option *option;
        struct option_spec spec;

        for (const struct option_spec *own = table; own && own->name; own++)
                each(userdata, own);
        if (table && options_end(table)->then)
                return;
        each(userdata, &help_option);
        for (size_t i = 0; table && has_library(table) && (option = pinfold_option_at(i)) != NULL; i++)
                if (take_library(table, option, &spec))
                        each(userdata, &spec);
}

void options_help_table(const struct option_spec *table)
{
        for (; table->name; table++)
                print_option(table);
        print_option(&help_option);
}

void options_help(const struct option_spec *own)
{
        for (const struct option_spec *option = option_at(own); option; option = option_at(option + 1))
                print_option(option);
        print_option(&help_option);
        if (!has_library(own))
                return;
        printf("\nThe file system, in the order given:\n");
        print_library(own, PINFOLD_OPTION_OPERATION);
        printf("\nThe container:\n");
        print_library(own, PINFOLD_OPTION_PARAMETER);
}
