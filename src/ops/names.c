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

static int compare(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static int names_add(struct names *names, const char *name)
{
        char **grown = realloc(names->items, (names->count + 1) * sizeof(*grown));

        if (!grown)
                return -ENOMEM;
        names->items = grown;
        grown[names->count] = strdup(name);
        return grown[names->count] ? (int)names->count++ : -ENOMEM;
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
        if (errno)
                return error_path(err, errno, "read directory", path);
        if (ret->count)
                qsort(ret->items, ret->count, sizeof(*ret->items), compare);
        return 0;
}
