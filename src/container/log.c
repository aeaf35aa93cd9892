/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>

#include "container/container.h"

void container_log(const struct pinfold *box, const char *format, ...)
{
        char raw[1024], line[sizeof(raw)];
        va_list arguments;

        if (!box->log)
                return;
        va_start(arguments, format);
        vsnprintf(raw, sizeof(raw), format, arguments);
        va_end(arguments);
        escape(raw, line, sizeof(line));
        box->log(box->log_data, line);
}
