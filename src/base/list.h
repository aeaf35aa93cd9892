/* SPDX-License-Identifier: MIT */
/* A growing array of strings of one's own, followed by a NULL, as argv and environ are. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stddef.h>

struct list {
        char **items; /* NULL while empty */
        size_t count;
};

/* -ENOMEM leaves the list as it was. */
int list_add(struct list *list, const char *item);

/* A copy of `items`, which ends with NULL, in place of what was there. */
int list_replace(struct list *list, const char *const items[]);

void list_free(struct list *list);

#endif
