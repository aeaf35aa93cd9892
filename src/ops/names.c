/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "ops/names.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static void cleanup_directory(DIR **directory)
{
        if (*directory)
                closedir(*directory);
}

static bool is_in(const char *name, const char *const *list)
{
        for (; *list; list++)
                if (strcmp(name, *list) == 0)
                        return true;
        return false;
}

/* The array doubles whenever the count is a power of two. */
static int make_room(struct names *names)
{
        char **grown;

        if (names->count & (names->count - 1))
                return 0;
        grown = calloc(names->count ? 2 * names->count : 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        for (size_t i = 0; i < names->count; i++)
                grown[i] = names->items[i];
        free(names->items);
        names->items = grown;
        return 0;
}

/* Where `name` belongs: behind all that are smaller. */
static size_t find_place(const struct names *names, const char *name)
{
        size_t low = 0, high = names->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strcmp(names->items[middle], name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static int names_add(struct names *names, const char *name)
{
        char *copy = strdup(name);
        size_t place = find_place(names, name);

        if (!copy || make_room(names) < 0)
                return -ENOMEM;
        memmove(names->items + place + 1, names->items + place, (names->count - place) * sizeof(*names->items));
        names->items[place] = copy;
        names->count++;
        return 0;
}

int names_read(const char *path, const char *const *except, struct names *ret, struct pinfold_error *err)
{
        _cleanup_(cleanup_directory) DIR *directory = opendir(path);
        struct dirent *entry;

        if (!directory)
                return error_path(err, errno, "open directory", path);
        *ret = (struct names){0};
        for (errno = 0; (entry = readdir(directory)); errno = 0) {
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || is_in(entry->d_name, except))
                        continue;
                if (names_add(ret, entry->d_name) < 0)
                        return error_path(err, ENOMEM, "list", path);
        }
        return errno ? error_path(err, errno, "read directory", path) : 0;
}
