/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The length of the UTF-8 character at `text`, or 0 when there is none: a control character (C0, DEL, or C1, which some
 * terminals obey in both its encoded and its bare form), one that changes the direction of what follows, or a byte that is not UTF-8.
 */
static size_t printable(const unsigned char *text)
{
        size_t more = text[0] >= 0xf0 ? 3 : text[0] >= 0xe0 ? 2 : 1;

        if (text[0] < 0x80)
                return text[0] >= 0x20 && text[0] != 0x7f;
        if (text[0] < 0xc2 || text[0] > 0xf4 || (text[0] == 0xc2 && text[1] < 0xa0))
                return 0;
        /* Overlong forms, surrogates, and what is past U+10FFFF: a lax terminal makes control characters of the first. */
        if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90) ||
            (text[0] == 0xed && text[1] > 0x9f) || (text[0] == 0xf4 && text[1] > 0x8f))
                return 0;
        /* U+202A to U+202E, U+2066 to U+2069. */
        if (text[0] == 0xe2 && ((text[1] == 0x80 && text[2] >= 0xaa && text[2] <= 0xae) || (text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9)))
                return 0;
        for (size_t i = 1; i <= more; i++)
                if ((text[i] & 0xc0) != 0x80)
                        return 0;
        return more + 1;
}

bool message_is_text(const char *text)
{
        const unsigned char *at = (const unsigned char *)text;

        while (*at) {
                size_t length = strchr("\t\r\n", *at) ? 1 : printable(at);

                if (length == 0)
                        return false;
                at += length;
        }
        return true;
}

static const char *place;
static char last[512];

/* One fprintf per line, so that the lines of processes that share a log do not mix. */
static void print(FILE *out, const char *prefix, const char *text)
{
        static const char out_of_memory[] = "pinfold: out of memory\n";
        char *shown = NULL, *end;

        if (text)
                shown = malloc(4 * strlen(text) + 1);
        if (!shown) {
                fputs(out_of_memory, stderr);
                return;
        }

        end = shown;
        for (const unsigned char *at = (const unsigned char *)text; *at;) {
                size_t length = printable(at);

                if (length > 0)
                        end = mempcpy(end, at, length);
                else
                        end += sprintf(end, "\\x%02x", *at);
                at += length > 0 ? length : 1;
        }
        *end = '\0';
        fprintf(out, "%s%s\n", prefix, shown);
        free(shown);
}

/* Allocated; NULL without memory for it. */
__attribute__((format(printf, 1, 0))) static char *format_text(const char *format, va_list arguments)
{
        char *text;

        return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

void answer(const char *format, ...)
{
        va_list arguments;
        char *text;

        va_start(arguments, format);
        text = format_text(format, arguments);
        va_end(arguments);
        print(stdout, "", text);
        free(text);
}

void complain(const char *format, ...)
{
        char *said, *text = NULL;
        va_list arguments;

        va_start(arguments, format);
        said = format_text(format, arguments);
        va_end(arguments);
        if (said && asprintf(&text, "%s%s%s", place ? place : "", place ? ": " : "", said) < 0)
                text = NULL;
        print(stderr, "pinfold: ", text);
        snprintf(last, sizeof(last), "%s", text ? text : "out of memory");
        free(text);
        free(said);
}

void message_at(const char *where)
{
        place = where;
}

const char *message_last(void)
{
        return last;
}

void hint(const char *format, ...)
{
        va_list arguments;
        char *text;

        va_start(arguments, format);
        text = format_text(format, arguments);
        va_end(arguments);
        print(stderr, "hint: ", text);
        free(text);
}
