/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/lookup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/memory.h"
#include "cli/message.h"
#include "cli/path.h"

static bool executable(const char *path)
{
        struct stat info;

        return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

/* As the host would find it. Allocated, or NULL. */
static char *find(const char *command, const char *search)
{
        for (const char *at = search, *end; at; at = *end ? end + 1 : NULL) {
                char *directory, *path;

                end = strchrnul(at, ':');
                if (*at != '/')
                        continue; /* relative: another directory everywhere */
                directory = text("%.*s", (int)(end - at), at);
                path = path_absolute(directory, command);
                free(directory);
                if (executable(path))
                        return path;
                free(path);
        }
        return NULL;
}

/* Whether `path` leads to the same file inside. */
static bool visible(const struct plan *plan, const char *path)
{
        char *source = plan_resolve(plan, path);
        struct stat outside, inside;
        bool same = source && stat(path, &outside) == 0 && stat(source, &inside) == 0 && outside.st_dev == inside.st_dev &&
                    outside.st_ino == inside.st_ino;

        free(source);
        return same;
}

/* What is not there: where the command was found, or else what the link there leads to. */
static void complain_missing(const struct plan *plan, const char *command, const char *path)
{
        char *directory = path_absolute(path, ".."), *real = visible(plan, directory) ? realpath(path, NULL) : NULL;
        const char *missing = real ? real : path;

        if (strcmp(command, missing) != 0)
                complain("%s is %s outside, which is not visible inside", command, missing);
        else
                complain("%s is not visible inside", command);
        free(directory);
        directory = path_absolute(missing, "..");
        hint("-r %s shows it, and what lies beside it", directory);
        free(directory);
        free(real);
}

int lookup_check(const struct plan *plan, const char *command, const char *directory, const char *search)
{
        char *path = strchr(command, '/') ? path_absolute(directory, command) : find(command, search);
        bool missing = path && executable(path) && !visible(plan, path) && !plan_merges(plan, path);

        if (missing)
                complain_missing(plan, command, path);
        free(path);
        return missing ? -1 : 0;
}
