/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/homes.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/memory.h"
#include "cli/path.h"

/* Ids of people, as Debian, Fedora and most others give them (login.defs(5)). */
#define UID_MIN 1000
#define UID_MAX 60000

char *home_own(void)
{
        const char *home = getenv("HOME");
        char *path;

        if (!home || home[0] != '/') {
                const struct passwd *entry = getpwuid(geteuid());

                home = entry ? entry->pw_dir : NULL;
        }
        if (!home || home[0] != '/')
                return NULL;
        path = path_absolute("/", home);
        if (strcmp(path, "/") != 0)
                return path;
        free(path);
        return NULL;
}

static bool contains(const char *path, const char *home)
{
        char *settled = path_absolute("/", home);
        bool found = strcmp(settled, "/") != 0 && path_is_below(settled, path);

        free(settled);
        return found;
}

bool home_in(const char *path, const char *own)
{
        FILE *file;
        const struct passwd *entry;
        bool found = contains(path, "/root") || contains(path, "/home") || (own && contains(path, own));

        /* The file alone: a directory service may hold thousands, and answer late. */
        file = found ? NULL : fopen("/etc/passwd", "re");
        while (file && !found && (entry = fgetpwent(file)) != NULL)
                if (entry->pw_uid >= UID_MIN && entry->pw_uid <= UID_MAX && entry->pw_dir[0] == '/')
                        found = contains(path, entry->pw_dir);
        if (file)
                fclose(file);
        return found;
}

bool home_keeps_credentials(const char *path, const char *own)
{
        static const char *const names[] = {
                ".aws", ".azure", ".cargo/credentials", ".cargo/credentials.toml", ".config", ".docker", ".gem",
                ".git-credentials", ".gnupg", ".kube", ".local/share", ".mozilla", ".netrc", ".npmrc",
                ".password-store", ".pki", ".pypirc", ".ssh", ".terraform.d", ".vault-token",
        };
        bool found = false;

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !found; i++) {
                char *kept = text("%s/%s", own, names[i]);

                found = path_is_below(kept, path) || path_is_below(path, kept);
                free(kept);
        }
        return found;
}
