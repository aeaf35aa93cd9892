/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/json.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

/* The length of the well-formed UTF-8 sequence at `text` that is not ASCII, or 0. */
static size_t sequence(const unsigned char *text)
{
        size_t more = text[0] >= 0xf0 ? 3 : text[0] >= 0xe0 ? 2 : 1;

        if (text[0] < 0xc2 || text[0] > 0xf4 || (text[0] == 0xe0 && text[1] < 0xa0) ||
            (text[0] == 0xed && text[1] > 0x9f) || (text[0] == 0xf0 && text[1] < 0x90) ||
            (text[0] == 0xf4 && text[1] > 0x8f))
                return 0;
        for (size_t i = 1; i <= more; i++)
                if ((text[i] & 0xc0) != 0x80)
                        return 0;
        return more + 1;
}

static void quoted(FILE *out, const char *text)
{
        const unsigned char *at = (const unsigned char *)text;

        fputc('"', out);
        while (*at) {
                size_t length = *at < 0x80 ? 1 : sequence(at);

                if (length == 0)
                        fputs("\\ufffd", out);
                else if (*at < 0x20 || *at == 0x7f)
                        fprintf(out, "\\u%04x", *at);
                else if (*at == 0xc2 && at[1] < 0xa0) /* C1, which some terminals obey */
                        fprintf(out, "\\u%04x", at[1]);
                else if (*at == '"' || *at == '\\')
                        fprintf(out, "\\%c", *at);
                else
                        fwrite(at, 1, length, out);
                at += length ? length : 1;
        }
        fputc('"', out);
}

static void begin(struct json *json, const char *name)
{
        if (json->more)
                fputc(',', json->out);
        json->more = true;
        if (name) {
                quoted(json->out, name);
                fputc(':', json->out);
        }
}

void json_open(struct json *json, const char *name, char bracket)
{
        begin(json, name);
        fputc(bracket, json->out);
        json->more = false;
}

void json_close(struct json *json, char bracket)
{
        fputc(bracket, json->out);
        json->more = true;
}

void json_string(struct json *json, const char *name, const char *value)
{
        begin(json, name);
        quoted(json->out, value);
}

void json_integer(struct json *json, const char *name, int64_t value)
{
        begin(json, name);
        fprintf(json->out, "%" PRId64, value);
}

void json_boolean(struct json *json, const char *name, bool value)
{
        begin(json, name);
        fputs(value ? "true" : "false", json->out);
}
