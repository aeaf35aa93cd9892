/* SPDX-License-Identifier: MIT */
/* An index of git as a program in a container may have left it. The first byte chooses the size of object names. */
#include "fuzz.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/gitindex.h"

/* Everything that is told must be readable as a string. */
static void each(void *userdata, const char *path)
{
        size_t *count = userdata;

        CHECK(strlen(path) < PATH_MAX);
        (*count)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        size_t count = 0;
        char *index;

        if (size == 0)
                return 0;
        /* In memory of exactly that size, so that the sanitizer sees one byte too many. */
        index = malloc(size > 1 ? size - 1 : 1);
        CHECK(index);
        memcpy(index, data + 1, size - 1);
        (void)gitindex_links(index, size - 1, data[0] & 1 ? 32 : 20, each, &count);
        free(index);
        CHECK(count <= size);
        return 0;
}
