/* SPDX-License-Identifier: MIT */
#include "cli/gitindex.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#define HEAD 12        /* "DIRC", version, number of entries */
#define MODE 24        /* where in an entry; object name and flags follow at STAT */
#define STAT 40
#define EXTENDED 0x4000
#define LENGTH 0x0fff  /* of the path, in the flags; this value: as long as it is */
#define GITLINK 0160000

static uint32_t number(const char *at, int bytes)
{
        uint32_t value = 0;

        for (int i = 0; i < bytes; i++)
                value = value << 8 | (unsigned char)at[i];
        return value;
}

/* Those that git writes; of others it looks at some bits, here or there. A directory stands for what is in it (a sparse index). */
static bool is_mode(uint32_t mode)
{
        return mode == 0100644 || mode == 0100755 || mode == 0120000 || mode == GITLINK;
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

/* Below the worktree, and no git directory: git would not write another one. */
static bool is_canonical(const char *path)
{
        for (const char *at = path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL) {
                size_t length = strcspn(at, "/");

                if (length == 0 || (length <= 2 && strspn(at, ".") == length) || (length == 4 && strncmp(at, ".git", 4) == 0))
                        return false;
        }
        return true;
}

/* Where git may begin to read, and how many entries from there: the extension IEOT. */
struct blocks {
        const char *at; /* NULL: nowhere else */
        size_t count;
        size_t next;    /* of them, to be met */
        uint32_t left;  /* entries of the present one */
};

/* Whether the entry at `at` is one where git would begin if that is due, then *ret_begins, and none otherwise. */
static bool in_step(struct blocks *blocks, size_t at, bool *ret_begins)
{
        *ret_begins = false;
        if (!blocks->at)
                return true;
        if (blocks->left == 0) {
                if (blocks->next == blocks->count || number(blocks->at + 8 * blocks->next, 4) != at)
                        return false;
                blocks->left = number(blocks->at + 8 * blocks->next++ + 4, 4);
                *ret_begins = true;
        }
        return blocks->left-- > 0;
}

/*
 * Extensions come after the entries. What git need not understand is in capitals; of the others "link", the shared part of a split
 * index, may replace entries of that: their names are empty here.
 */
static bool find_blocks(const char *index, size_t size, size_t at, size_t hash, struct blocks *ret)
{
        while (at + 8 + hash <= size) {
                size_t length = number(index + at + 4, 4);

                if (length > size - at - 8 || ((index[at] < 'A' || index[at] > 'Z') && memcmp(index + at, "link", 4) != 0))
                        return false;
                if (memcmp(index + at, "IEOT", 4) == 0) {
                        if (ret->at || length < 12 || (length - 4) % 8 != 0 || number(index + at + 8, 4) != 1)
                                return false;
                        *ret = (struct blocks){.at = index + at + 12, .count = (length - 4) / 8};
                }
                at += 8 + length;
        }
        return at + hash == size;
}

struct reading {
        size_t hash;
        void (*each)(void *userdata, const char *path); /* or NULL */
        void *userdata;
        struct blocks blocks;
};

/* Returns where the entries end; 0: they make no sense. */
static size_t read_entries(const char *index, size_t size, struct reading *reading)
{
        uint32_t version = number(index + 4, 4);
        char path[PATH_MAX] = "";
        size_t at = HEAD, length = 0;

        for (uint32_t count = number(index + 8, 4); count > 0; count--) {
                size_t start = at, name = at + STAT + reading->hash + 2, more, end;
                uint32_t mode, said;
                bool begins;

                if (name > size || !in_step(&reading->blocks, at, &begins))
                        return 0;
                mode = number(index + at + MODE, 4);
                said = number(index + name - 2, 2);
                /* Git looks at that in version 2, too, and does not write it there. */
                if (version == 2 && (said & EXTENDED))
                        return 0;
                if (said & EXTENDED)
                        name += 2;
                if (version < 4)
                        length = 0;
                else if (!kept(index, size, &name, length, &length))
                        return 0;
                /* Who begins there knows of no path before. */
                if (begins && length > 0)
                        return 0;
                end = name;
                while (end < size && index[end])
                        end++;
                more = end - name;
                if (name > size || end >= size || length + more >= sizeof(path))
                        return 0;
                memcpy(path + length, index + name, more + 1);
                length += more;
                if ((said & LENGTH) != (length < LENGTH ? length : LENGTH) || !is_mode(mode) ||
                    (mode == GITLINK && !is_canonical(path)))
                        return 0;
                if (mode == GITLINK && reading->each)
                        reading->each(reading->userdata, path);
                /* Up to version 3 one to eight NULs, to a multiple of eight bytes. */
                at = version < 4 ? start + ((end - start) / 8 + 1) * 8 : end + 1;
        }
        return at;
}

bool gitindex_links(const char *index, size_t size, size_t hash, void (*each)(void *userdata, const char *path),
                    void *userdata)
{
        uint32_t version = size < HEAD || memcmp(index, "DIRC", 4) != 0 ? 0 : number(index + 4, 4);
        struct reading reading = {.hash = hash, .each = each, .userdata = userdata};
        struct reading again = {.hash = hash};
        size_t end = version < 2 || version > 4 ? 0 : read_entries(index, size, &reading);

        if (end == 0 || !find_blocks(index, size, end, hash, &again.blocks))
                return false;
        return !again.blocks.at || (read_entries(index, size, &again) == end && again.blocks.left == 0 &&
                                    again.blocks.next == again.blocks.count);
}
