/* SPDX-License-Identifier: MIT */
/* base/buffer.h: growing, and failing once for all. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>

#include "base/buffer.h"

TEST(grows_and_keeps_what_was_there)
{
        struct buffer buffer = {0};
        uint8_t piece[37];

        for (unsigned i = 0; i < 10000; i++) {
                memset(piece, (int)(i % 251), sizeof(piece));
                buffer_append(&buffer, piece, 1 + i % sizeof(piece));
        }
        assert_int_equal(buffer.error, 0);
        for (size_t i = 0, at = 0; i < 10000; i++)
                for (size_t j = 0; j < 1 + i % sizeof(piece); j++)
                        assert_int_equal(buffer.data[at++], i % 251);
        assert_true(buffer.room >= buffer.size);
        buffer_free(&buffer);
        assert_null(buffer.data);
        assert_int_equal(buffer.size + buffer.room, 0);
}

TEST(numbers_in_the_order_of_the_machine)
{
        struct buffer buffer = {0};
        uint32_t small = 0x01020304;

        buffer_append_u32(&buffer, small);
        assert_int_equal(buffer.size, 4);
        assert_memory_equal(buffer.data, &small, 4);
        buffer_free(&buffer);
}

TEST(nothing_appended_allocates_nothing)
{
        struct buffer buffer = {0};

        buffer_append(&buffer, NULL, 0);
        assert_null(buffer.data);
        assert_int_equal(buffer.error, 0);
}

/* Sizes near the end of the address space must not wrap around. */
TEST(failure_is_kept)
{
        volatile size_t absurd = SIZE_MAX; /* which the compiler must not see through */
        struct buffer buffer = {0};

        buffer_append(&buffer, "abc", 3);
        buffer_append(&buffer, "x", absurd);
        assert_int_equal(buffer.error, -ENOMEM);
        assert_int_equal(buffer.size, 3);
        buffer_append(&buffer, "def", 3);
        buffer_append_u32(&buffer, 1);
        assert_int_equal(buffer.error, -ENOMEM);
        assert_int_equal(buffer.size, 3);
        assert_memory_equal(buffer.data, "abc", 3);
        buffer_free(&buffer);
        assert_int_equal(buffer.error, 0);
}
