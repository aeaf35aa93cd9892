/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/memory.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/pages.h"
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

static __attribute__((noinline)) int poll_at_rest(struct pollfd *polled, nfds_t count, int timeout)
{
        const struct timespec left = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L};
        int r;

        pages_rest((uintptr_t)poll_at_rest);
        r = sys_call(__NR_ppoll, polled, count, timeout < 0 ? NULL : &left, NULL, 0);
        if (r >= 0)
                return r;
        errno = -r;
        return -1;
}

int memory_poll(struct pollfd *polled, nfds_t count, int timeout)
{
        bool soon = timeout >= 0 && timeout <= PAGES_MOMENT_MS;
        int r = poll(polled, count, soon ? timeout : PAGES_MOMENT_MS);

        if (r != 0 || soon)
                return r;
#ifdef __GLIBC__
        malloc_trim(0);
#endif
        return poll_at_rest(polled, count, timeout < 0 ? -1 : timeout - PAGES_MOMENT_MS);
}
