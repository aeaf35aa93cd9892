/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/texts.h"

#include <stdlib.h>
#include <string.h>

#include "cli/memory.h"

bool texts_has(const struct texts *texts, const char *item)
{
        for (size_t i = 0; i < texts->count; i++)
                if (strcmp(texts->items[i], item) == 0)
                        return true;
        return false;
}

void texts_add(struct texts *texts, const char *item)
{
        if (texts_has(texts, item))
                return;
        texts->items = must(reallocarray(texts->items, texts->count + 1, sizeof(*texts->items)));
        texts->items[texts->count++] = text("%s", item);
}

void texts_free(struct texts *texts)
{
        for (size_t i = 0; i < texts->count; i++)
                free(texts->items[i]);
        free(texts->items);
}
