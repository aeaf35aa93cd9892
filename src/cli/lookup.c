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

/* Links in directories above are followed as inside: what they lead to has to be visible. */
static bool visible(const struct plan *plan, const char *path)
{
        char *real = realpath(path, NULL);
        bool shown = real && plan_shows(plan, real);

        free(real);
        return shown;
}

int lookup_check(const struct plan *plan, const char *command, const char *search)
{
        char *path = strchr(command, '/') ? text("%s", command) : find(command, search);
        bool missing = path && executable(path) && !visible(plan, path);
        char *real = missing ? realpath(path, NULL) : NULL;

        if (missing) {
                char *directory = path_absolute(real ? real : path, "..");

                if (real && strcmp(command, real) != 0)
                        complain("%s is %s outside, which is not visible inside", command, real);
                else
                        complain("%s is not visible inside", command);
                hint("-r %s shows it, and what lies beside it", directory);
                free(directory);
        }
        free(real);
        free(path);
        return missing ? -1 : 0;
}
