/* SPDX-License-Identifier: MIT */
#include "cli/gitindex.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define HEAD 12        /* "DIRC", version, number of entries */
#define MODE 24        /* where in an entry; object name and flags follow at STAT */
#define STAT 40
#define EXTENDED 0x4000
#define GITLINK 0160000

static uint32_t number(const char *at, int bytes)
{
        uint32_t value = 0;

        for (int i = 0; i < bytes; i++)
                value = value << 8 | (unsigned char)at[i];
        return value;
}

/* How much of the last path stays, in version 4: all but a number of bytes, a variable-width integer. */
static bool kept(const char *index, size_t size, size_t *at, size_t length, size_t *ret_kept)
{
        size_t drop = 0;
        unsigned char byte;

        do {
                if (*at >= size || drop > PATH_MAX)
                        return false;
                byte = (unsigned char)index[(*at)++];
                drop = (drop << 7) + (byte & 0x7f) + (byte & 0x80 ? 1 : 0);
        } while (byte & 0x80);
        *ret_kept = length - drop;
        return drop <= length;
}

void gitindex_links(const char *index, size_t size, size_t hash, void (*each)(void *userdata, const char *path),
                    void *userdata)
{
        uint32_t version = size < HEAD ? 0 : number(index + 4, 4), count = size < HEAD ? 0 : number(index + 8, 4);
        char path[PATH_MAX] = "";
        size_t at = HEAD, length = 0;

        if (version < 2 || version > 4 || memcmp(index, "DIRC", 4) != 0)
                return;
        for (; count > 0; count--) {
                size_t start = at, name = at + STAT + hash + 2, more, end;
                uint32_t mode;

                if (name > size)
                        return;
                mode = number(index + at + MODE, 4);
                if (version > 2 && (number(index + name - 2, 2) & EXTENDED))
                        name += 2;
                if (version < 4)
                        length = 0;
                else if (!kept(index, size, &name, length, &length))
                        return;
                end = name;
                while (end < size && index[end])
                        end++;
                more = end - name;
                if (end >= size || length + more >= sizeof(path))
                        return;
                memcpy(path + length, index + name, more + 1);
                length += more;
                if (mode == GITLINK)
                        each(userdata, path);
                /* Up to version 3 one to eight NULs, to a multiple of eight bytes. */
                at = version < 4 ? start + ((end - start) / 8 + 1) * 8 : end + 1;
        }
}
