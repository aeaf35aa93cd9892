/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/memory.h"

#include <errno.h>
#include <link.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/call.h"
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

/* What is short ends without the cost of giving memory back. */
#define MOMENT_MS 500

#ifdef PINFOLD_STATIC
/* The program's segments that are as in its file: what is needed of them comes back by itself. */
struct pages {
        struct {
                uintptr_t start;
                size_t size;
        } segments[8];
        size_t count;
};

static int find_pages(struct dl_phdr_info *object, size_t size, void *userdata)
{
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
        struct pages *pages = userdata;

        (void)size;
        for (int i = 0; i < object->dlpi_phnum && pages->count < sizeof(pages->segments) / sizeof(pages->segments[0]); i++) {
                const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
                uintptr_t start = (object->dlpi_addr + segment->p_vaddr) & -page;

                if (segment->p_type != PT_LOAD || segment->p_flags & PF_W)
                        continue;
                pages->segments[pages->count].start = start;
                pages->segments[pages->count++].size = object->dlpi_addr + segment->p_vaddr + segment->p_memsz - start;
        }
        return 1; /* the program alone */
}

/*
 * Nobody else has these pages of the file. The kernel maps sixteen for one that is touched, so nothing is called between giving them
 * back and waiting: not even the C library's wrappers.
 */
static int poll_at_rest(struct pollfd *polled, nfds_t count, int timeout)
{
        const struct timespec left = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L};
        struct pages pages = {0};
        int r;

        dl_iterate_phdr(find_pages, &pages);
        for (size_t i = 0; i < pages.count; i++)
                sys_call(__NR_madvise, pages.segments[i].start, pages.segments[i].size, MADV_DONTNEED);
        r = sys_call(__NR_ppoll, polled, count, timeout < 0 ? NULL : &left, NULL, 0);
        if (r >= 0)
                return r;
        errno = -r;
        return -1;
}
#else
#define poll_at_rest poll
#endif

int memory_poll(struct pollfd *polled, nfds_t count, int timeout)
{
        bool soon = timeout >= 0 && timeout <= MOMENT_MS;
        int r = poll(polled, count, soon ? timeout : MOMENT_MS);

        if (r != 0 || soon)
                return r;
#ifdef __GLIBC__
        malloc_trim(0);
#endif
        return poll_at_rest(polled, count, timeout < 0 ? -1 : timeout - MOMENT_MS);
}
