/* SPDX-License-Identifier: MIT */
/* base/list.h: arrays of strings as argv is one. */
#define _GNU_SOURCE

#include "test.h"

#include "base/list.h"

static void check_numbers(const struct list *list, size_t count)
{
        char text[32];

        assert_int_equal(list->count, count);
        for (size_t i = 0; i < count; i++) {
                snprintf(text, sizeof(text), "%zu", i);
                assert_string_equal(list->items[i], text);
        }
        if (count > 0)
                assert_null(list->items[count]);
}

TEST(add_keeps_copies_and_a_null_behind)
{
        struct list list = {0};
        char text[32];

        for (size_t i = 0; i < 1000; i++) {
                snprintf(text, sizeof(text), "%zu", i);
                assert_int_equal(list_add(&list, text), 0);
                if (i < 20 || i % 100 == 0)
                        check_numbers(&list, i + 1);
        }
        check_numbers(&list, 1000);
        list_free(&list);
        assert_null(list.items);
        assert_int_equal(list.count, 0);
}

TEST(replace)
{
        struct list list = {0};

        assert_int_equal(list_add(&list, "old"), 0);
        assert_int_equal(list_replace(&list, (const char *const[]){"0", "1", "2", NULL}), 0);
        check_numbers(&list, 3);
        assert_int_equal(list_add(&list, "3"), 0);
        check_numbers(&list, 4);
        assert_int_equal(list_replace(&list, (const char *const[]){NULL}), 0);
        assert_null(list.items);
        assert_int_equal(list_add(&list, "0"), 0);
        assert_int_equal(list_replace(&list, NULL), 0);
        assert_int_equal(list.count, 0);
        list_free(&list);
}

TEST(replace_by_itself)
{
        struct list list = {0};

        assert_int_equal(list_add(&list, "0"), 0);
        assert_int_equal(list_add(&list, "1"), 0);
        assert_int_equal(list_replace(&list, (const char *const *)list.items), 0);
        check_numbers(&list, 2);
        list_free(&list);
}

TEST(free_of_nothing)
{
        struct list list = {0};

        list_free(&list);
        list_free(&list);
}
