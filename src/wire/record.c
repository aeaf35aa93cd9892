/* SPDX-License-Identifier: MIT */
#include "wire/record.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const void *field_at(const struct field *field, const void *object)
{
        return (const char *)object + field->offset;
}

static void *field_in(const struct field *field, void *object)
{
        return (char *)object + field->offset;
}

/* ---- Checking -------------------------------------------------------------------------------------------------- */

static bool has_dotdot(const char *path)
{
        for (const char *part = path; *part; part += *part == '/') {
                size_t length = strcspn(part, "/");

                if (length == 2 && part[0] == '.' && part[1] == '.')
                        return true;
                part += length;
        }
        return false;
}

int check_path(const char *name, const char *path, bool inside, struct pinfold_error *err)
{
        if (path[0] != '/')
                return error_set(err, EINVAL, "%s \"%s\" is not an absolute path", name, path);
        if (strlen(path) >= PATH_MAX)
                return error_set(err, ENAMETOOLONG, "%s \"%.64s...\"", name, path);
        if (inside && has_dotdot(path))
                return error_set(err, EINVAL, "%s \"%s\" contains \"..\"", name, path);
        return 0;
}

static int check_component(const char *name, const char *text, struct pinfold_error *err)
{
        if (!*text || strchr(text, '/') || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
                return error_set(err, EINVAL, "%s \"%s\" is not one path component", name, text);
        if (strlen(text) > NAME_MAX)
                return error_set(err, ENAMETOOLONG, "%s \"%.64s...\"", name, text);
        return 0;
}

/* Every component has a name: none is empty, "." or "..". */
static int check_below(const char *name, const char *path, struct pinfold_error *err)
{
        for (const char *at = path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL) {
                size_t length = strcspn(at, "/");

                if (length == 0 || (length <= 2 && strspn(at, ".") == length))
                        return error_set(err, EINVAL, "%s \"%s\" is not a path below a directory", name, path);
        }
        return strlen(path) < PATH_MAX ? 0 : error_set(err, ENAMETOOLONG, "%s", name);
}

static int check_string(const struct field *field, const char *text, struct pinfold_error *err)
{
        if (!text)
                return field->optional ? 0 : error_set(err, EINVAL, "%s is missing", field->name);
        switch (field->kind) {
        case FIELD_SOURCE:
                return check_path(field->name, text, false, err);
        case FIELD_TARGET:
                return check_path(field->name, text, true, err);
        case FIELD_COMPONENT:
                return check_component(field->name, text, err);
        case FIELD_BELOW:
                return check_below(field->name, text, err);
        default:
                return *text ? 0 : error_set(err, EINVAL, "%s is empty", field->name);
        }
}

static int check_texts(const struct field *field, const struct texts *texts, struct pinfold_error *err)
{
        if (texts->count == 0 && !field->optional)
                return error_set(err, EINVAL, "%s is missing", field->name);
        for (size_t i = 0; field->kind == FIELD_SOURCES && i < texts->count; i++) {
                int r = check_path(field->name, texts->items[i], false, err);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int check_flags(const struct field *field, uint32_t value, struct pinfold_error *err)
{
        uint32_t known = 0;

        for (const struct word *word = field->words; word->name; word++)
                known |= word->bit;
        if (value & ~known)
                return error_set(err, EINVAL, "%s has unknown bits 0x%x", field->name, value & ~known);
        return 0;
}

static int check_bytes(const struct field *field, const struct bytes *bytes, struct pinfold_error *err)
{
        if (bytes->size >= TEXT_ABSENT)
                return error_set(err, E2BIG, "%s", field->name);
        return bytes->size > 0 && !bytes->data ? error_set(err, EINVAL, "%s is missing", field->name) : 0;
}

static int check_field(const struct field *field, const void *object, struct pinfold_error *err)
{
        const void *value = field_at(field, object);

        switch (field->kind) {
        case FIELD_SOURCE:
        case FIELD_TARGET:
        case FIELD_COMPONENT:
        case FIELD_BELOW:
        case FIELD_TEXT:
                return check_string(field, *(const char *const *)value, err);
        case FIELD_SOURCES:
        case FIELD_TEXTS:
                return check_texts(field, value, err);
        case FIELD_FLAGS:
                return check_flags(field, *(const uint32_t *)value, err);
        case FIELD_MODE:
                if (*(const uint32_t *)value > 07777)
                        return error_set(err, EINVAL, "%s 0%o is not a mode", field->name, *(const uint32_t *)value);
                return 0;
        case FIELD_SIZE:
                if (*(const int64_t *)value < 0)
                        return error_set(err, EINVAL, "%s is negative", field->name);
                return 0;
        case FIELD_BYTES:
                return check_bytes(field, value, err);
        case FIELD_U32:
        case FIELD_U64:
        case FIELD_I64:
                return 0;
        }
        return error_set(err, EINVAL, "%s is of an unknown kind", field->name);
}

int record_check(const struct record *record, const void *object, struct pinfold_error *err)
{
        for (size_t i = 0; i < record->count; i++) {
                int r = check_field(&record->fields[i], object, err);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- Encoding -------------------------------------------------------------------------------------------------- */

static void encode_string(const char *text, struct buffer *buffer)
{
        if (!text) {
                buffer_append_u32(buffer, TEXT_ABSENT);
                return;
        }
        buffer_append_u32(buffer, (uint32_t)strlen(text));
        buffer_append(buffer, text, strlen(text) + 1);
}

static void encode_field(const struct field *field, const void *object, struct buffer *buffer)
{
        const void *value = field_at(field, object);

        switch (field->kind) {
        case FIELD_SOURCE:
        case FIELD_TARGET:
        case FIELD_COMPONENT:
        case FIELD_BELOW:
        case FIELD_TEXT:
                encode_string(*(const char *const *)value, buffer);
                return;
        case FIELD_SOURCES:
        case FIELD_TEXTS: {
                const struct texts *texts = value;

                buffer_append_u32(buffer, (uint32_t)texts->count);
                for (size_t i = 0; i < texts->count; i++)
                        encode_string(texts->items[i], buffer);
                return;
        }
        case FIELD_BYTES: {
                const struct bytes *bytes = value;

                buffer_append_u32(buffer, (uint32_t)bytes->size);
                buffer_append(buffer, bytes->data, bytes->size);
                return;
        }
        case FIELD_MODE:
        case FIELD_FLAGS:
        case FIELD_U32:
                buffer_append(buffer, value, sizeof(uint32_t));
                return;
        case FIELD_SIZE:
        case FIELD_U64:
        case FIELD_I64:
                buffer_append(buffer, value, sizeof(uint64_t));
                return;
        }
}

void record_encode(const struct record *record, const void *object, struct buffer *buffer)
{
        for (size_t i = 0; i < record->count; i++)
                encode_field(&record->fields[i], object, buffer);
}

/* ---- Decoding -------------------------------------------------------------------------------------------------- */

static int read_bytes(struct reader *reader, size_t size, const uint8_t **ret)
{
        if (size > reader->size - reader->at)
                return -EBADMSG;
        *ret = reader->data + reader->at;
        reader->at += size;
        return 0;
}

static int read_value(struct reader *reader, void *value, size_t size)
{
        const uint8_t *bytes;
        int r = read_bytes(reader, size, &bytes);

        if (r == 0)
                memcpy(value, bytes, size);
        return r;
}

int reader_u32(struct reader *reader, uint32_t *ret)
{
        return read_value(reader, ret, sizeof(*ret));
}

static int decode_string(struct reader *reader, const char **ret)
{
        const uint8_t *bytes;
        uint32_t length;
        int r = reader_u32(reader, &length);

        if (r < 0)
                return r;
        if (length == TEXT_ABSENT) {
                *ret = NULL;
                return 0;
        }
        r = read_bytes(reader, (size_t)length + 1, &bytes);
        if (r < 0)
                return r;
        if (strnlen((const char *)bytes, (size_t)length + 1) != length)
                return -EBADMSG;
        *ret = (const char *)bytes;
        return 0;
}

static int decode_texts(struct reader *reader, struct texts *ret)
{
        const char **items;
        uint32_t count;
        int r = reader_u32(reader, &count);

        if (r < 0)
                return r;
        /* An item takes five bytes at least: a lying count cannot make us allocate more than the message explains. */
        if (count > (reader->size - reader->at) / 5)
                return -EBADMSG;
        items = calloc((size_t)count + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        *ret = (struct texts){items, count};
        for (uint32_t i = 0; i < count; i++) {
                r = decode_string(reader, &items[i]);
                if (r < 0)
                        return r;
                if (!items[i])
                        return -EBADMSG;
        }
        return 0;
}

static int decode_blob(struct reader *reader, struct bytes *ret)
{
        const uint8_t *bytes;
        uint32_t size;
        int r = reader_u32(reader, &size);

        if (r == 0)
                r = read_bytes(reader, size, &bytes);
        if (r == 0)
                *ret = (struct bytes){bytes, size};
        return r;
}

static int decode_field(const struct field *field, struct reader *reader, void *object)
{
        void *value = field_in(field, object);

        switch (field->kind) {
        case FIELD_SOURCE:
        case FIELD_TARGET:
        case FIELD_COMPONENT:
        case FIELD_BELOW:
        case FIELD_TEXT:
                return decode_string(reader, value);
        case FIELD_SOURCES:
        case FIELD_TEXTS:
                return decode_texts(reader, value);
        case FIELD_BYTES:
                return decode_blob(reader, value);
        case FIELD_MODE:
        case FIELD_FLAGS:
        case FIELD_U32:
                return read_value(reader, value, sizeof(uint32_t));
        case FIELD_SIZE:
        case FIELD_U64:
        case FIELD_I64:
                return read_value(reader, value, sizeof(uint64_t));
        }
        return -EBADMSG;
}

int record_decode(const struct record *record, struct reader *reader, void *ret_object, struct pinfold_error *err)
{
        memset(ret_object, 0, record->size);
        for (size_t i = 0; i < record->count; i++) {
                int r = decode_field(&record->fields[i], reader, ret_object);

                if (r < 0)
                        return error_set(err, -r, "%s", record->fields[i].name);
        }
        return record_check(record, ret_object, err);
}

void record_free(const struct record *record, void *object)
{
        for (size_t i = 0; i < record->count; i++) {
                const struct field *field = &record->fields[i];

                if (field->kind == FIELD_SOURCES || field->kind == FIELD_TEXTS) {
                        struct texts *texts = field_in(field, object);

                        free((void *)(uintptr_t)texts->items);
                        *texts = (struct texts){0};
                }
        }
}
