/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/file.h"
#include "cli/homes.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/owner.h"

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

/* The path that is kept under `name`, and what follows it in *ret_content, one piece of memory. NULL: nothing is, or see *ret_result. */
static char *load(const char *copy, char **ret_content, int *ret_result)
{
        int fd = open(copy, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        char *kept, *end;

        *ret_result = 0;
        if (fd >= 0 && owner_check(fd, 0, copy) < 0) {
                *ret_result = -1;
                close(fd);
                return NULL;
        }
        kept = fd < 0 ? NULL : file_read_regular(fd, PATH_MAX + FILE_MAX, NULL); /* the path and a line end first */
        end = kept ? strchr(kept, '\n') : NULL;
        if (!end) {
                free(kept);
                return NULL;
        }
        *end = '\0';
        *ret_content = end + 1;
        return kept;
}

static char *copy_of(const char *name)
{
        char *directory = trusted_directory();
        char *copy = directory ? text("%s/%s", directory, name) : NULL;

        free(directory);
        return copy;
}

/* One project's name is not another's, without a word. */
static int check_name(const char *name, const char *path)
{
        char *copy = copy_of(name), *content;
        int r = 0;
        char *kept = copy ? load(copy, &content, &r) : NULL;

        if (kept && strcmp(kept, path) != 0) {
                complain("%s is the name of %s already", name, kept);
                hint("pinfold trust %s NAME gives it another; pinfold trust --remove %s forgets the other", path, name);
                r = -1;
        }
        free(kept);
        free(copy);
        return r;
}

int trusted_remove(const char *name)
{
        char *copy = *name && !strchr(name, '/') ? copy_of(name) : NULL;
        int r = copy ? unlink(copy) : -1;

        if (r < 0 && (!copy || errno == ENOENT))
                complain("no profile is trusted as %s", name);
        else if (r < 0)
                complain("cannot remove %s: %s", copy, strerror(errno));
        free(copy);
        return r;
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

int trusted_add(const char *name, const char *path, const char *content)
{
        if (!strchr(path, '\n'))
                return check_name(name, path) < 0 ? -1 : store(name, path, content);
        complain("%s has not a name of one line", path);
        return -1;
}

char *trusted_path(const char *name)
{
        char *copy = copy_of(name), *content;
        int r;
        char *path = copy ? load(copy, &content, &r) : NULL;

        free(copy);
        return path;
}

const char *trusted_state(const char *path, const char *content)
{
        char *now = file_load(path, NULL);
        const char *state = !now ? errno == ENOENT ? "trusted, gone" : "trusted, cannot be read"
                            : strcmp(now, content) == 0 ? "trusted" : "changed since it was trusted";

        free(now);
        return state;
}

int trusted_read(const char *name, struct trusted *ret)
{
        char *now;
        int r = 0;

        *ret = (struct trusted){.copy = copy_of(name)};
        ret->path = ret->copy ? load(ret->copy, &ret->content, &r) : NULL;
        if (!ret->path) {
                trusted_free(ret);
                return r;
        }
        now = file_load(ret->path, NULL);
        if (now && strcmp(now, ret->content) == 0) {
                free(now);
                return 1;
        }
        if (now) {
                complain("%s has changed since it was trusted", ret->path);
                hint("look at it, then: pinfold trust %s", ret->path);
        } else if (errno == ENOENT) {
                complain("%s, which was trusted as %s, is gone", ret->path, name);
                hint("pinfold trust --remove %s forgets it", name);
        } else {
                complain("%s: %s", ret->path, strerror(errno));
        }
        free(now);
        return -1;
}

void trusted_free(struct trusted *trusted)
{
        free(trusted->path);
        free(trusted->copy);
        *trusted = (struct trusted){0};
}
