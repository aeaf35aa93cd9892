/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/trusted.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/file.h"
#include "cli/homes.h"
#include "cli/memory.h"
#include "cli/message.h"

char *trusted_directory(void)
{
        char *data = home_xdg("XDG_DATA_HOME", ".local/share");
        char *directory = data ? text("%s/pinfold/trusted", data) : NULL;

        free(data);
        return directory;
}

static int make_directories(char *path)
{
        for (char *at = path + 1;; at++) {
                char end = *at;

                if (end != '/' && end != '\0')
                        continue;
                *at = '\0';
                if (mkdir(path, 0700) < 0 && errno != EEXIST)
                        return -1;
                *at = end;
                if (end == '\0')
                        return 0;
        }
}

static int store(const char *name, const char *path, const char *content)
{
        char *directory = trusted_directory(), *copy, *kept;
        int r;

        if (!directory) {
                complain("there is no home directory to remember %s in", path);
                return -1;
        }
        copy = text("%s/%s", directory, name);
        kept = text("%s\n%s", path, content);
        r = make_directories(directory);
        if (r == 0)
                r = file_store(copy, kept);
        if (r < 0)
                complain("cannot write %s: %s", copy, strerror(errno));
        free(kept);
        free(copy);
        free(directory);
        return r;
}

int trusted_add(const char *name, const char *path)
{
        char *real = realpath(path, NULL);
        size_t size;
        char *content = real ? file_load(real, &size) : NULL;
        int r = -1;

        if (!content)
                complain("%s: %s", path, strerror(errno));
        else if (strchr(real, '\n') || strlen(content) != size)
                complain("%s is not a text file with a name of one line", path);
        else
                r = store(name, real, content);
        free(content);
        free(real);
        return r;
}

int trusted_read(const char *name, struct trusted *ret)
{
        char *directory = trusted_directory(), *now;
        bool same;

        *ret = (struct trusted){.copy = directory ? text("%s/%s", directory, name) : NULL};
        free(directory);
        ret->path = ret->copy ? file_load(ret->copy, NULL) : NULL;
        ret->content = ret->path ? strchr(ret->path, '\n') : NULL;
        if (!ret->content) {
                trusted_free(ret);
                return 0;
        }
        *ret->content++ = '\0'; /* one piece of memory: the path, and what follows it */
        now = file_load(ret->path, NULL);
        same = now && strcmp(now, ret->content) == 0;
        free(now);
        if (same)
                return 1;
        complain("%s has changed since it was trusted", ret->path);
        hint("look at it, then: pinfold trust %s", ret->path);
        return -1;
}

void trusted_free(struct trusted *trusted)
{
        free(trusted->path);
        free(trusted->copy);
        *trusted = (struct trusted){0};
}
