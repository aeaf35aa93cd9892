/* SPDX-License-Identifier: MIT */
/* <pinfold/options.h>: the descriptions say what the operations' records are; help and parser cannot drift apart. */
#define _GNU_SOURCE
#include "test.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>

#include <pinfold/pinfold.h>

#include "ops/list.h"

/* ---- The list --------------------------------------------------------------------------------------------------- */

TEST(operations_come_first_in_their_order)
{
        size_t count = 0;

        for (; pinfold_option_at(count); count++) {
                const struct pinfold_option *option = pinfold_option_at(count);

                assert_int_equal(option->size, sizeof(*option));
                assert_int_equal(option->kind, count < op_count ? PINFOLD_OPTION_OPERATION : PINFOLD_OPTION_PARAMETER);
                if (count < op_count)
                        assert_ptr_equal(option, &op_list[count]->option);
        }
        assert_true(count > op_count);
        assert_null(pinfold_option_at(count));
        assert_null(pinfold_option_at(count + 1));
        assert_null(pinfold_option_at(SIZE_MAX));
}

/* As words of a command line: lower case, unique, explained. */
TEST(names_and_help)
{
        for (size_t i = 0; pinfold_option_at(i); i++) {
                const struct pinfold_option *option = pinfold_option_at(i);

                for (const char *at = option->name; *at; at++)
                        assert_true(islower((unsigned char)*at) || *at == '-' || isdigit((unsigned char)*at));
                assert_true(strlen(option->name) < PINFOLD_ERROR_NAME_MAX || option->kind == PINFOLD_OPTION_PARAMETER);
                assert_non_null(option->help);
                assert_true(strlen(option->help) > 10);
                assert_null(strchr(option->help, '\n'));
                assert_int_not_equal(option->help[strlen(option->help) - 1], '.');
                for (size_t j = 0; j < i; j++)
                        assert_string_not_equal(option->name, pinfold_option_at(j)->name);
        }
}

/* What takes no value refuses one, and the other way round; nothing is added by that. */
TEST(values_are_expected_as_described)
{
        for (size_t i = 0; pinfold_option_at(i); i++) {
                const struct pinfold_option *option = pinfold_option_at(i);
                struct pinfold *box = pinfold_new("/x", NULL);
                struct pinfold_error err;
                char expected[256];

                assert_int_equal(pinfold_set(box, option->name, option->argument ? NULL : "x", &err), -EINVAL);
                if (option->argument)
                        snprintf(expected, sizeof(expected), "cannot set %s: it takes %s: Invalid argument",
                                 option->name, option->argument);
                else
                        snprintf(expected, sizeof(expected), "cannot set %s: it takes no value: Invalid argument",
                                 option->name);
                assert_string_equal(err.text, expected);
                assert_int_equal(((struct op_sink *)box)->count, 0);
                assert_int_equal(((struct op_sink *)box)->failure.error, 0);
                pinfold_free(box);
        }
}

/* ---- Descriptions and records ----------------------------------------------------------------------------------- */

/* "writable: not read-only" a line, of all words of the record. */
TEST(details_are_the_words)
{
        for (size_t i = 0; i < op_count; i++) {
                char *expected = NULL;
                size_t size;
                FILE *out = open_memstream(&expected, &size);

                for (size_t j = 0; j < op_list[i]->record.count; j++)
                        for (const struct word *word = op_list[i]->record.fields[j].words; word && word->name; word++)
                                fprintf(out, "%s: %s\n", word->name, word->help);
                fclose(out);
                assert_string_equal(op_list[i]->option.details ? op_list[i]->option.details : "", expected);
                free(expected);
        }
}

static bool may_be_left_out(const struct field *field)
{
        return field->optional || field->kind == FIELD_MODE || field->kind == FIELD_SIZE || field->kind == FIELD_FLAGS;
}

/* The placeholder for a field that stands by its place. */
static const char *positional(const struct field *field)
{
        return field->kind == FIELD_SOURCE   ? "SRC"
               : field->kind == FIELD_TARGET ? "DEST"
               : field->kind == FIELD_BELOW  ? "PATH"
                                             : "LINKNAME";
}

/* And for one that stands by its name. */
static void named(FILE *out, const struct field *field)
{
        switch (field->kind) {
        case FIELD_FLAGS:
                fputs("FLAGS", out);
                return;
        case FIELD_BYTES:
                fputs("from=FILE|text=TEXT", out);
                return;
        case FIELD_SIZE:
                fprintf(out, "%s=SIZE", field->name);
                return;
        case FIELD_MODE:
                fprintf(out, "%s=MODE", field->name);
                return;
        case FIELD_COMPONENT:
                fprintf(out, "%s=NAME", field->name);
                return;
        case FIELD_SOURCES:
                fprintf(out, "%s=DIR[,%s=DIR...]", field->name, field->name);
                return;
        default:
                fprintf(out, "%s=DIR", field->name);
        }
}

/*
 * SRC[:DEST[:FLAGS]], from the record alone. Optional fields that follow each other share their brackets; flags
 * do not.
 */
static char *describe(const struct op *op)
{
        char *text = NULL;
        size_t size, i;
        FILE *out = open_memstream(&text, &size);

        for (i = 0; i < op->positional; i++)
                fprintf(out, "%s%s%s", i && i == op->same_as_first ? "[" : "", i ? ":" : "",
                        positional(&op->record.fields[i]));
        while (i < op->record.count) {
                const struct field *field = &op->record.fields[i];
                bool bracket = may_be_left_out(field), flags = field->kind == FIELD_FLAGS;

                if (field->kind == FIELD_U64) { /* has no text form */
                        i++;
                        continue;
                }

                fprintf(out, "%s%c", bracket ? "[" : "", i == op->positional ? ':' : ',');
                named(out, field);
                for (i++; bracket && !flags && i < op->record.count && may_be_left_out(&op->record.fields[i]) &&
                          op->record.fields[i].kind != FIELD_FLAGS; i++) {
                        fputc(',', out);
                        named(out, &op->record.fields[i]);
                }
                if (bracket)
                        fputc(']', out);
        }
        if (op->same_as_first)
                fputc(']', out);
        fclose(out);
        return text;
}

TEST(argument_is_what_the_record_takes)
{
        for (size_t i = 0; i < op_count; i++) {
                char *expected = describe(op_list[i]);

                assert_string_equal(op_list[i]->option.argument, expected);
                free(expected);
        }
}

/* The parser reads positional fields as text, and takes the first of them for one that is left out. */
TEST(positional_fields_are_strings)
{
        for (size_t i = 0; i < op_count; i++) {
                const struct op *op = op_list[i];

                assert_in_range(op->positional, 1, op->record.count);
                for (size_t j = 0; j < op->positional; j++)
                        assert_true(op->record.fields[j].kind == FIELD_SOURCE ||
                                    op->record.fields[j].kind == FIELD_TARGET ||
                                    op->record.fields[j].kind == FIELD_BELOW ||
                                    op->record.fields[j].kind == FIELD_TEXT);
                assert_true(op->same_as_first < op->positional);
        }
}

/* What is read must be known to the other side: nothing can be set twice through two names. */
TEST(names_of_fields_are_unique)
{
        for (size_t i = 0; i < op_count; i++)
                for (size_t j = 0; j < op_list[i]->record.count; j++)
                        for (size_t k = 0; k < j; k++)
                                assert_string_not_equal(op_list[i]->record.fields[j].name,
                                                        op_list[i]->record.fields[k].name);
}

TEST(every_operation_can_be_told)
{
        for (size_t i = 0; i < op_count; i++) {
                assert_non_null(op_list[i]->describe);
                assert_non_null(op_list[i]->apply);
                assert_int_equal(op_list[i]->state_size > 0, op_list[i]->prepare != NULL);
                assert_true(strlen(op_list[i]->option.name) < PINFOLD_ERROR_NAME_MAX);
                assert_ptr_equal(op_find(op_list[i]->option.name, NULL), op_list[i]);
        }
        assert_null(op_find("", NULL));
        assert_null(op_find("bin", NULL));
}

/* Bits of one field's words are different, and single. */
TEST(words_have_bits_of_their_own)
{
        for (size_t i = 0; i < op_count; i++)
                for (size_t j = 0; j < op_list[i]->record.count; j++) {
                        uint32_t seen = 0;

                        for (const struct word *word = op_list[i]->record.fields[j].words; word && word->name; word++) {
                                assert_int_equal(word->bit & (word->bit - 1), 0);
                                assert_int_equal(seen & word->bit, 0);
                                seen |= word->bit;
                        }
                }
}
