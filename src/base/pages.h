/* SPDX-License-Identifier: MIT */
/*
 * The pages of the program's own file, for a process that waits for long: they need not be its memory meanwhile, and are
 * mapped again when they are touched.
 */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "base/call.h"

#define PAGES_SIZE 4096 /* where pages are larger, the kernel refuses, and they stay */
#define PAGES_SEGMENTS 8

/* What is waited for no longer than that, in milliseconds, is not worth the cost of giving memory back. */
#define PAGES_MOMENT_MS 500

extern const char __ehdr_start[]; /* of the linker: where the file begins */

/*
 * Gives back all but what `function` takes, which is the caller, not inlined, and then waits without calling anything. The kernel maps
 * sixteen pages for one that is touched, but none beyond a mapping: so the function's become one of their own.
 */
static inline __attribute__((always_inline)) void pages_rest(uintptr_t function)
{
        const ElfW(Ehdr) *file = (const void *)__ehdr_start;
        const ElfW(Phdr) *segments = (const void *)(__ehdr_start + file->e_phoff);
        struct {
                uintptr_t start;
                size_t size;
        } found[PAGES_SEGMENTS];
        uintptr_t base = 0;
        size_t count = 0;

        /* All of it before the first page goes: this is in the file, too. */
        for (int i = 0; i < file->e_phnum && count < PAGES_SEGMENTS; i++) {
                uintptr_t start = segments[i].p_vaddr & -(uintptr_t)PAGES_SIZE;

                if (segments[i].p_type != PT_LOAD)
                        continue;
                if (segments[i].p_offset == 0)
                        base = (uintptr_t)__ehdr_start - start;
                if (segments[i].p_flags & PF_W)
                        continue; /* not as in the file any more */
                found[count].start = base + start;
                found[count++].size = segments[i].p_vaddr + segments[i].p_memsz - start;
        }
        sys_call(__NR_madvise, function & -(uintptr_t)PAGES_SIZE, 2 * PAGES_SIZE, MADV_DONTDUMP);
        for (size_t i = 0; i < count; i++)
                sys_call(__NR_madvise, found[i].start, found[i].size, MADV_DONTNEED);
}

#endif
