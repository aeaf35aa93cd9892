/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "ops/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/list.h"
#include "wire/message.h"

/* ---- Pieces and numbers ---------------------------------------------------------------------------------------- */

char *text_piece(const char **text, char separator)
{
        const char *in = *text;
        char *piece = malloc(strlen(in) + 1), *out = piece;

        if (!piece)
                return NULL;
        while (*in && *in != separator) {
                if (*in == '\\' && in[1])
                        in++;
                *out++ = *in++;
        }
        *out = '\0';
        *text = *in ? in + 1 : NULL;
        return piece;
}

int text_u32(const char *text, int base, uint32_t *ret)
{
        unsigned long long value;
        char *end;

        if (!isxdigit((unsigned char)*text))
                return -EINVAL;
        errno = 0;
        value = strtoull(text, &end, base);
        if (errno || *end || value > UINT32_MAX)
                return -EINVAL;
        *ret = (uint32_t)value;
        return 0;
}

int text_size(const char *text, int64_t *ret)
{
        static const char units[] = "KMGT";
        const char *unit;
        char *end;

        if (!isdigit((unsigned char)*text))
                return -EINVAL;
        errno = 0;
        *ret = strtoll(text, &end, 10);
        if (errno || *ret < 0)
                return -EINVAL;
        if (!*end)
                return 0;
        unit = strchr(units, toupper((unsigned char)*end));
        if (!unit || end[1])
                return -EINVAL;
        return __builtin_mul_overflow(*ret, INT64_C(1) << 10 * (unit - units + 1), ret) ? -EINVAL : 0;
}

/* ---- Into the struct ------------------------------------------------------------------------------------------- */

/* An operation being read, and what its pointers point to. */
struct parse {
        const struct op *op;
        void *object;
        struct list strings;
        struct list sources; /* of a FIELD_SOURCES */
        struct buffer bytes; /* of a FIELD_BYTES */
        uint32_t given;      /* bit N: field N */
};

static void parse_free(struct parse *parse)
{
        free(parse->object);
        list_free(&parse->strings);
        list_free(&parse->sources);
        buffer_free(&parse->bytes);
}

static int parse_fail(struct pinfold_error *err, const struct field *field, const char *value, const char *expected)
{
        return error_set(err, EINVAL, "%s=%s is not %s", field->name, value, expected);
}

static int read_file(struct buffer *buffer, const char *path, struct pinfold_error *err)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        int r;

        if (fd < 0)
                return error_path(err, errno, "open", path);
        r = buffer_read(buffer, fd, MESSAGE_LIMIT);
        return r < 0 ? error_path(err, -r, "read", path) : 0;
}

static int set_field(struct parse *parse, const struct field *field, const char *value, struct pinfold_error *err)
{
        char *place = (char *)parse->object + field->offset;
        uint32_t bit = 1u << (field - parse->op->record.fields);

        if (field->kind != FIELD_SOURCES && (parse->given & bit))
                return error_set(err, EINVAL, "%s is given twice", field->name);
        parse->given |= bit;
        switch (field->kind) {
        case FIELD_SOURCES:
                if (list_add(&parse->sources, value) < 0)
                        return error_set(err, ENOMEM, "out of memory");
                *(struct texts *)(void *)place =
                        (struct texts){(const char *const *)parse->sources.items, parse->sources.count};
                return 0;
        case FIELD_MODE:
                if (text_u32(value, 8, (uint32_t *)(void *)place) < 0)
                        return parse_fail(err, field, value, "an octal mode");
                return 0;
        case FIELD_SIZE:
                if (text_size(value, (int64_t *)(void *)place) < 0)
                        return parse_fail(err, field, value, "a size, such as 64M");
                return 0;
        default:
                if (list_add(&parse->strings, value) < 0)
                        return error_set(err, ENOMEM, "out of memory");
                *(const char **)(void *)place = parse->strings.items[parse->strings.count - 1];
                return 0;
        }
}

static int set_bytes(struct parse *parse, const struct field *field, bool from_file, const char *value,
                     struct pinfold_error *err)
{
        struct bytes *place = (struct bytes *)(void *)((char *)parse->object + field->offset);

        if (place->data)
                return error_set(err, EINVAL, "content is given twice");
        if (from_file) {
                int r = read_file(&parse->bytes, value, err);

                if (r < 0)
                        return r;
        } else {
                buffer_append(&parse->bytes, value, strlen(value));
        }
        buffer_append(&parse->bytes, "", 1); /* so that it is there even when empty */
        if (parse->bytes.error)
                return error_set(err, ENOMEM, "out of memory");
        *place = (struct bytes){parse->bytes.data, parse->bytes.size - 1};
        return 0;
}

static void append_words(struct buffer *buffer, const char *word, const char *ending)
{
        buffer_append(buffer, buffer->size ? ", " : "", buffer->size ? 2 : 0);
        buffer_append(buffer, word, strlen(word));
        buffer_append(buffer, ending, strlen(ending));
}

/* Says what options there are. */
static int unknown_option(const struct op *op, const char *option, struct pinfold_error *err)
{
        _cleanup_(buffer_free) struct buffer known = {0};

        for (size_t i = op->positional; i < op->record.count; i++) {
                const struct field *field = &op->record.fields[i];

                if (field->kind == FIELD_BYTES)
                        append_words(&known, "from=, text", "=");
                else if (field->kind != FIELD_FLAGS && field->kind != FIELD_U64)
                        append_words(&known, field->name, "=");
                for (const struct word *word = field->words; word && word->name; word++)
                        append_words(&known, word->name, "");
        }
        if (!known.size)
                return error_set(err, EINVAL, "unexpected \"%s\": it takes no options", option);
        buffer_append(&known, "", 1);
        return error_set(err, EINVAL, "unknown option \"%s\"; known are %s", option,
                         known.error ? "?" : (const char *)known.data);
}

static bool set_word(struct parse *parse, const struct field *field, const char *option)
{
        for (const struct word *word = field->words; word && word->name; word++) {
                if (strcmp(word->name, option) != 0)
                        continue;
                *(uint32_t *)(void *)((char *)parse->object + field->offset) |= word->bit;
                return true;
        }
        return false;
}

/* "word" or "name=value". */
static int set_option(struct parse *parse, const char *option, struct pinfold_error *err)
{
        size_t length = strcspn(option, "=");
        bool has_value = option[length] == '=';

        for (size_t i = parse->op->positional; i < parse->op->record.count; i++) {
                const struct field *field = &parse->op->record.fields[i];
                bool from = has_value && length == 4 && strncmp(option, "from", 4) == 0;
                bool text = has_value && length == 4 && strncmp(option, "text", 4) == 0;

                if (field->kind == FIELD_FLAGS && set_word(parse, field, option))
                        return 0;
                if (field->kind == FIELD_BYTES && (from || text))
                        return set_bytes(parse, field, from, option + length + 1, err);
                if (field->kind != FIELD_FLAGS && field->kind != FIELD_BYTES && field->kind != FIELD_U64 && has_value &&
                    strlen(field->name) == length && strncmp(field->name, option, length) == 0)
                        return set_field(parse, field, option + length + 1, err);
        }
        return unknown_option(parse->op, option, err);
}

static int parse_positional(struct parse *parse, const char **text, struct pinfold_error *err)
{
        const struct op *op = parse->op;

        for (size_t i = 0; i < op->positional; i++) {
                const struct field *field = &op->record.fields[i];
                _cleanup_free_ char *piece = *text ? text_piece(text, ':') : NULL;
                const char *value = piece;
                int r;

                if (i == op->same_as_first && i > 0 && (!piece || !*piece))
                        value = parse->strings.items[0];
                if (!value)
                        return error_set(err, EINVAL, "%s is missing; it takes %s", field->name, op->option.argument);
                r = set_field(parse, field, value, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int parse_options(struct parse *parse, const char *text, struct pinfold_error *err)
{
        int r = 0;

        while (r == 0 && text) {
                _cleanup_free_ char *option = text_piece(&text, ',');

                if (!option)
                        return error_set(err, ENOMEM, "out of memory");
                r = set_option(parse, option, err);
        }
        return r;
}

static int check_content(const struct parse *parse, struct pinfold_error *err)
{
        for (size_t i = 0; i < parse->op->record.count; i++) {
                const struct field *field = &parse->op->record.fields[i];

                if (field->kind == FIELD_BYTES && !parse->bytes.data)
                        return error_set(err, EINVAL, "content is missing; it takes %s", parse->op->option.argument);
        }
        return 0;
}

int op_add_text(struct op_sink *sink, const struct op *op, const char *text, struct pinfold_error *err)
{
        _cleanup_(parse_free) struct parse parse = {.op = op, .object = calloc(1, op->record.size)};
        int r;

        error_stage(err, PINFOLD_STAGE_CONFIGURE);
        if (!parse.object)
                return error_set(err, ENOMEM, "out of memory");
        for (size_t i = 0; i < op->record.count; i++)
                if (op->record.fields[i].kind == FIELD_MODE)
                        *(uint32_t *)(void *)((char *)parse.object + op->record.fields[i].offset) =
                                op->record.fields[i].fallback;
        r = parse_positional(&parse, &text, err);
        if (r == 0)
                r = parse_options(&parse, text, err);
        if (r == 0)
                r = check_content(&parse, err);
        if (r < 0) {
                error_prefix(err, "%s", op->option.name);
                error_stage(err, PINFOLD_STAGE_CONFIGURE);
                err->op_index = (int)sink->count;
                snprintf(err->op_name, sizeof(err->op_name), "%s", op->option.name);
                return r;
        }
        return op_add(sink, op, parse.object, err);
}
