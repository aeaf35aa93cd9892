/* SPDX-License-Identifier: MIT */
/* Bytes that end where memory ends: one read too far is SIGSEGV, in every build. */
#ifndef UNIT_GUARDED_H
#define UNIT_GUARDED_H

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guarded {
        uint8_t *data; /* `size` bytes; behind them nothing is mapped */
        size_t size;
        uint8_t *map;
        size_t mapped;
};

static inline struct guarded guarded_copy(const void *data, size_t size)
{
        size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (size + page - 1) / page + 1;
        struct guarded copy = {.size = size, .mapped = pages * page};

        copy.map = mmap(NULL, copy.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_true(copy.map != MAP_FAILED);
        assert_int_equal(mprotect(copy.map + copy.mapped - page, page, PROT_NONE), 0);
        copy.data = copy.map + copy.mapped - page - size;
        if (size > 0)
                memcpy(copy.data, data, size);
        return copy;
}

static inline void guarded_free(struct guarded *copy)
{
        munmap(copy->map, copy->mapped);
}

#endif
