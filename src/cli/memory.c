/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/memory.h"

#include <link.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

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

#ifdef PINFOLD_STATIC
/* Nobody else has these pages of the file. What is needed of them comes back by itself. */
static int forget_pages(struct dl_phdr_info *object, size_t size, void *userdata)
{
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

        (void)size;
        (void)userdata;
        for (int i = 0; i < object->dlpi_phnum; i++) {
                const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
                uintptr_t start = (object->dlpi_addr + segment->p_vaddr) & -page;

                if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W))
                        madvise((void *)start, segment->p_memsz, MADV_DONTNEED);
        }
        return 1; /* the program alone */
}
#endif

void memory_rest(void)
{
#ifdef PINFOLD_STATIC
        dl_iterate_phdr(forget_pages, NULL);
#endif
#ifdef __GLIBC__
        malloc_trim(0);
#endif
}
