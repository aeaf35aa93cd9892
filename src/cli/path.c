/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/path.h"

#include <string.h>

#include "cli/memory.h"

char *path_absolute(const char *directory, const char *path)
{
        char *joined = path[0] == '/' ? text("%s", path) : text("%s/%s", directory, path);
        char *out = joined; /* behind what is settled, in place: it only gets shorter */

        for (const char *in = joined; *in;) {
                size_t length = strcspn(in, "/");

                if (length == 2 && memcmp(in, "..", 2) == 0) {
                        while (out > joined && *--out != '/')
                                ;
                } else if (length > 0 && !(length == 1 && *in == '.')) {
                        *out++ = '/';
                        memmove(out, in, length);
                        out += length;
                }
                in += length + (in[length] == '/');
        }
        if (out == joined)
                *out++ = '/';
        *out = '\0';
        return joined;
}

bool path_is_below(const char *path, const char *directory)
{
        size_t length = strcmp(directory, "/") == 0 ? 0 : strlen(directory);

        return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}
