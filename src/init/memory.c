/* SPDX-License-Identifier: MIT */
/*
 * malloc(3) of init. A setup is short, and nothing of it is needed once the program has been executed: memory is handed out one
 * piece behind the other, and taken back all at once. So PID 1 keeps nothing for the life of the container, and a start does
 * without the pages and system calls of an allocator that can do more.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "init/init.h"

#define ALIGNMENT 16
#define REGION_SIZE (64 * 1024)

/* What is mapped at a time begins with this, and then has pieces, each behind its size. */
struct region {
        struct region *older;
        size_t size, used;
};

_Static_assert(sizeof(struct region) % ALIGNMENT == ALIGNMENT - sizeof(size_t), "pieces are aligned");

static struct region *newest;

static struct region *add_region(size_t least)
{
        size_t size = least > REGION_SIZE ? least : REGION_SIZE;
        struct region *region = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (region == MAP_FAILED)
                return NULL;
        *region = (struct region){newest, size, sizeof(*region)};
        return newest = region;
}

static size_t *size_of(void *piece)
{
        return (size_t *)piece - 1;
}

/* Nothing is handed out twice, so that it is always zero. */
static void *allocate(size_t size)
{
        struct region *region = newest;
        char *piece;
        size_t room;

        if (size > PTRDIFF_MAX - REGION_SIZE)
                return NULL;
        room = sizeof(size_t) + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        room += (ALIGNMENT - room % ALIGNMENT) % ALIGNMENT;
        if (!region || region->size - region->used < room)
                region = add_region(sizeof(*region) + room);
        if (!region)
                return NULL;
        piece = (char *)region + region->used + sizeof(size_t);
        region->used += room;
        *size_of(piece) = size;
        return piece;
}

void *malloc(size_t size)
{
        return allocate(size);
}

void *calloc(size_t count, size_t size)
{
        size_t bytes;

        return __builtin_mul_overflow(count, size, &bytes) ? NULL : allocate(bytes);
}

void *realloc(void *piece, size_t size)
{
        void *moved;

        if (piece && size <= *size_of(piece))
                return piece;
        moved = allocate(size);
        if (moved && piece)
                memcpy(moved, piece, *size_of(piece));
        return moved;
}

void free(void *piece)
{
        (void)piece;
}

void memory_release(void)
{
        while (newest) {
                struct region *region = newest;

                newest = region->older;
                munmap(region, region->size);
        }
}
