/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/path.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/memory.h"

/* As the kernel has it, path_resolution(7). */
#define LINKS_MAX 40

char *path_join(const char *directory, const char *path)
{
        return path[0] == '/' ? text("%s", path) : text("%s/%s", directory, path);
}

char *path_absolute(const char *directory, const char *path)
{
        char *joined = path_join(directory, path);
        char *out = joined; /* behind what is settled, in place: it only gets shorter */

        for (const char *in = joined; *in;) {
                size_t length = strcspn(in, "/");

                if (length == 2 && memcmp(in, "..", 2) == 0) {
                        while (out > joined && *--out != '/')
                                ;
                } else if (length > 0 && !(length == 1 && *in == '.')) {
                        *out++ = '/';
                        memmove(out, in, length);
                        out += length;
                }
                in += length + (in[length] == '/');
        }
        if (out == joined)
                *out++ = '/';
        *out = '\0';
        return joined;
}

bool path_is_below(const char *path, const char *directory)
{
        size_t length = strcmp(directory, "/") == 0 ? 0 : strlen(directory);

        return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

const char *path_rest(const char *path, const char *directory)
{
        const char *rest = path + (strcmp(directory, "/") == 0 ? 0 : strlen(directory));

        return rest + strspn(rest, "/");
}

char *path_moved(const char *path, const char *from, const char *to)
{
        const char *rest = path + (strcmp(from, "/") == 0 ? 0 : strlen(from));

        return text("%s%s", strcmp(to, "/") == 0 && *rest ? "" : to, rest);
}

int path_look(const char *path, struct stat *ret, char **ret_link)
{
        char link[PATH_MAX];
        ssize_t length;

        if (lstat(path, ret) < 0)
                return errno;
        length = S_ISLNK(ret->st_mode) ? readlink(path, link, sizeof(link)) : -1;
        if (length > 0 && length < PATH_MAX)
                *ret_link = text("%.*s", (int)length, link);
        return 0;
}

static bool look(void *userdata, const char *at, char **ret_link)
{
        struct stat info;

        (void)userdata;
        (void)path_look(at, &info, ret_link);
        return true;
}

char *path_walk(const char *path, bool (*visit)(void *userdata, const char *at, char **ret_link), void *userdata)
{
        char *done = text("/"), *rest = text("%s", path + strspn(path, "/"));
        bool on = true;

        for (int links = 0; on && *rest && links <= LINKS_MAX;) {
                size_t length = strcspn(rest, "/");
                char *name = text("%.*s", (int)length, rest), *at = path_absolute(done, name), *link = NULL, *more;
                const char *behind = rest + length + strspn(rest + length, "/");

                if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
                        on = (visit ? visit : look)(userdata, at, &link);
                more = text("%s%s%s", link ? link : "", link && *behind ? "/" : "", behind);
                free(rest);
                rest = text("%s", more + strspn(more, "/"));
                free(more);
                if (!link || link[0] == '/') {
                        free(done);
                        done = link ? text("/") : text("%s", at);
                }
                links += link ? 1 : 0;
                free(name);
                free(at);
                free(link);
        }
        free(rest);
        return done;
}
