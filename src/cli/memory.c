/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "cli/message.h"

void *must(void *pointer)
{
        if (pointer)
                return pointer;
        complain("out of memory");
        exit(STATUS_SETUP);
}

char *text(const char *format, ...)
{
        va_list arguments;
        char *made;

        va_start(arguments, format);
        if (vasprintf(&made, format, arguments) < 0)
                made = NULL;
        va_end(arguments);
        return must(made);
}
