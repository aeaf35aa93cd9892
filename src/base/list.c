/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "base/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

int list_add(struct list *list, const char *item)
{
        _cleanup_free_ char *copy = strdup(item);
        char **grown = list->items;

        if (!copy)
                return -ENOMEM;
        /* Room for count + 1 items and a NULL: the array doubles whenever the count is a power of two. */
        if ((list->count & (list->count + 1)) == 0) {
                grown = reallocarray(list->items, 2 * (list->count + 1) + 1, sizeof(*grown));
                if (!grown)
                        return -ENOMEM;
                list->items = grown;
        }
        grown[list->count++] = take_pointer(copy);
        grown[list->count] = NULL;
        return 0;
}

int list_replace(struct list *list, const char *const items[])
{
        struct list copy = {0};

        for (; items && *items; items++) {
                if (list_add(&copy, *items) < 0) {
                        list_free(&copy);
                        return -ENOMEM;
                }
        }
        list_free(list);
        *list = copy;
        return 0;
}

void list_free(struct list *list)
{
        for (size_t i = 0; i < list->count; i++)
                free(list->items[i]);
        free(list->items);
        *list = (struct list){0};
}
