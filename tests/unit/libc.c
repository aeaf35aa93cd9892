/* SPDX-License-Identifier: MIT */
/*
 * init/libc.c: printing in pinfold-init, compared with the C library's. (That init's sources use no other conversion is seen
 * to by tools/check-formats.sh.)
 */
#define _GNU_SOURCE

#include "test.h"

#include <limits.h>

int plain_vsnprintf(char *text, size_t size, const char *format, va_list arguments);
int plain_snprintf(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
void plain_free(void *memory);

#undef vsnprintf
#undef snprintf
#define vsnprintf plain_vsnprintf
#define snprintf plain_snprintf
#define free plain_free
#include "../../src/init/libc.c"
#undef vsnprintf
#undef snprintf
#undef free

/* Into every size of room: the same text, the same length, and nothing behind the end. */
#define SAME(...)                                                                                    \
        do {                                                                                         \
                char expected_[512], got_[513];                                                      \
                int length_ = snprintf(NULL, 0, __VA_ARGS__);                                        \
                                                                                                     \
                assert_int_equal(plain_snprintf(NULL, 0, __VA_ARGS__), length_);                     \
                for (size_t size_ = 1; size_ <= (size_t)length_ + 2; size_++) {                      \
                        memset(got_, 'X', sizeof(got_));                                             \
                        snprintf(expected_, size_, __VA_ARGS__);                                     \
                        assert_int_equal(plain_snprintf(got_, size_, __VA_ARGS__), length_);         \
                        assert_string_equal(got_, expected_);                                        \
                        assert_int_equal(got_[size_], 'X');                                          \
                }                                                                                    \
        } while (0)

TEST(texts)
{
        SAME("%s", "");
        SAME("plain");
        SAME("100%%");
        SAME("%s%s", "one", "two");
        SAME("open %s: %s", "/data", "No such file");
        SAME("%c%c", 'a', 0x7f);
        SAME("\"%.64s...\"", "short");
        SAME("%.3s|", "abcdef");
        SAME("%.0s|", "abcdef");
        SAME("%.*s/%s", 2, "abcdef", "x");
        SAME("%.*s/%s", 0, "abcdef", "x");
        SAME("%.*s", -1, "abcdef");
        SAME("%10s|", "abc");
        SAME("%2s|", "abc");
}

/* With a precision nothing behind it is read, there may be no end. */
TEST(text_without_an_end)
{
        char bytes[] = {'a', 'b', 'c'}, got[8];

        assert_int_equal(plain_snprintf(got, sizeof(got), "%.3s", bytes), 3);
        assert_string_equal(got, "abc");
        assert_int_equal(plain_snprintf(got, sizeof(got), "%.*s", 2, bytes), 2);
        assert_string_equal(got, "ab");
}

TEST(numbers)
{
        SAME("%d %d %d", 0, INT_MAX, INT_MIN);
        SAME("%u %u", 0u, UINT_MAX);
        SAME("%o %x 0%o 0x%x", 07777u, 0xdeadbeefu, 0755u, UINT_MAX);
        SAME("%zu %zu", (size_t)0, SIZE_MAX);
        SAME("%ld %ld", LONG_MAX, LONG_MIN);
        SAME("%lu %llu", ULONG_MAX, ULLONG_MAX);
        SAME("%lld", LLONG_MIN);
        SAME("%jd %td", INTMAX_MIN, PTRDIFF_MAX);
        SAME("%02x%02x%02x", 0u, 0xau, 0xffu);
        SAME("%08x|%3u|%1u", 0xbeefu, 7u, 12345u);
        SAME("%05d|%05d", 42, -42);
        SAME("%u %u 1\n", 1000u, 0u);
}

TEST(no_room_at_all)
{
        char text[] = "untouched";

        assert_int_equal(plain_snprintf(text, 0, "%s", "other"), 5);
        assert_string_equal(text, "untouched");
}
