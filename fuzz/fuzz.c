/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void check_failed(const char *file, int line, const char *condition)
{
        fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
        abort();
}

void check_printable(const char *text, size_t size)
{
        CHECK(strnlen(text, size) < size);
        for (size_t shown; *text; text += shown) {
                shown = printable(text);
                CHECK(shown > 0);
        }
}

uint32_t choose(struct decisions *left, uint32_t limit)
{
        uint32_t number = 0;

        for (uint32_t room = 1; room < limit && left->size > 0; room <<= 8, left->size--)
                number = number << 8 | *left->data++;
        return number % limit;
}

/* SplitMix64 */
uint32_t random_below(uint64_t *seed, uint32_t limit)
{
        uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return (uint32_t)((z ^ z >> 31) >> 32) % limit;
}
