/* SPDX-License-Identifier: MIT */
#include "bwrap/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "cli/json.h"

static bool levels;
static int json_fd = -1;

void say_levels(void)
{
        levels = true;
}

void say_json(int fd)
{
        json_fd = fd;
}

static void say(int level, const char *text)
{
        if (levels)
                fprintf(stderr, "<%d>", level);
        fprintf(stderr, "bwrap: %s\n", text);
}

static _Noreturn void end(const char *text)
{
        FILE *out = json_fd >= 0 ? fdopen(json_fd, "w") : NULL;

        say(LOG_ERR, text);
        if (out) {
                struct json json = {.out = out};

                json_open(&json, NULL, '{');
                json_string(&json, "error", text);
                json_close(&json, '}');
                fputc('\n', out);
                fclose(out);
        }
        exit(1);
}

void warn(const char *format, ...)
{
        char text[4096];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        say(LOG_WARNING, text);
}

void die(const char *format, ...)
{
        char text[8192];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        end(text);
}

void die_with(int error, const char *format, ...)
{
        char text[8192];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        die("%s: %s", text, strerror(error));
}
