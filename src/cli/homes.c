/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/homes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/memory.h"
#include "cli/path.h"

/* Ids of people, as Debian, Fedora and most others give them (login.defs(5)). */
#define UID_MIN 1000
#define UID_MAX 60000

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Anything else than the file would be looked up by libraries of the host (nsswitch.conf(5)), for whose libc one that is linked
 * statically is a stranger.
 */
const struct passwd *user_entry(void)
{
#ifdef PINFOLD_STATIC
        FILE *file = fopen("/etc/passwd", "re");
        const struct passwd *entry = NULL;

        while (file && (entry = fgetpwent(file)) != NULL && entry->pw_uid != geteuid())
                ;
        if (file)
                fclose(file);
        return entry;
#else
        return getpwuid(geteuid());
#endif
}

char *home_named(void)
{
        const char *home = getenv("HOME");
        char *path;

        if (!home || home[0] != '/') {
                const struct passwd *entry = user_entry();

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

char *home_own(void)
{
        char *named = home_named(), *real = named ? realpath(named, NULL) : NULL;

        if (!real)
                return named;
        free(named);
        if (strcmp(real, "/") != 0)
                return real;
        free(real);
        return NULL;
}

char *home_xdg(const char *variable, const char *otherwise)
{
        const char *value = getenv(variable);
        char *home, *path;

        if (value && value[0] == '/')
                return text("%s", value);
        home = home_named();
        path = home ? text("%s/%s", home, otherwise) : NULL;
        free(home);
        return path;
}

static bool is_same(const char *path, const struct stat *info)
{
        struct stat other;

        return stat(path, &other) == 0 && other.st_dev == info->st_dev && other.st_ino == info->st_ino;
}

/* Whether one of the directories on the way to `real`, or itself, is the one that `info` is of. */
static bool passes(const char *real, const struct stat *info)
{
        char *path = text("%s", real);
        bool found = is_same("/", info);

        for (; !found && *path; *strrchr(path, '/') = '\0')
                found = is_same(path, info);
        free(path);
        return found;
}

/* By name; and by what it is, because links and bind mounts give one directory several names. */
static bool contains(const char *path, const char *home)
{
        char *settled = path_absolute("/", home), *real = realpath(settled, NULL);
        bool is_one = strcmp(settled, "/") != 0 && !(real && strcmp(real, "/") == 0);
        struct stat info;
        bool found = is_one && (path_is_below(settled, path) || (real && stat(path, &info) == 0 && passes(real, &info)));

        free(settled);
        free(real);
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

static bool overlap(const char *a, const char *b)
{
        return path_is_below(a, b) || path_is_below(b, a);
}

/* Where credentials lie below the home directory `own`, by name; and where each really is, NULL where nothing is. */
struct credentials {
        char *own;
        struct place {
                char *named, *real;
        } places[20];
};

/* Asked about many paths, of one home directory: what is looked up is looked up once, for as long as the program runs. */
static const struct credentials *credentials_below(const char *own)
{
        static const char *const names[] = {
                ".aws", ".azure", ".cargo/credentials", ".cargo/credentials.toml", ".config", ".docker", ".gem",
                ".git-credentials", ".gnupg", ".kube", ".local/share", ".mozilla", ".netrc", ".npmrc",
                ".password-store", ".pki", ".pypirc", ".ssh", ".terraform.d", ".vault-token",
        };
        static struct credentials known;

        _Static_assert(COUNT(names) == COUNT(known.places), "a place for each");
        if (known.own && strcmp(known.own, own) == 0)
                return &known;
        free(known.own);
        known.own = text("%s", own);
        for (size_t i = 0; i < COUNT(names); i++) {
                struct place *place = &known.places[i];

                free(place->named);
                free(place->real);
                place->named = text("%s/%s", own, names[i]);
                place->real = realpath(place->named, NULL);
        }
        return &known;
}

bool home_keeps_credentials(const char *path, const char *own)
{
        const struct credentials *known = credentials_below(own);
        bool found = false;

        for (size_t i = 0; i < COUNT(known->places) && !found; i++) {
                const struct place *place = &known->places[i];

                found = overlap(place->named, path) || (place->real && overlap(place->real, path));
        }
        return found;
}
