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

char *path_moved(const char *path, const char *from, const char *to)
{
        const char *rest = path + (strcmp(from, "/") == 0 ? 0 : strlen(from));

        return text("%s%s", strcmp(to, "/") == 0 && *rest ? "" : to, rest);
}

/* What the link at `path` holds, allocated; NULL: it is none. */
static char *read_link(const char *path, const struct stat *info)
{
        char link[PATH_MAX];
        ssize_t length = S_ISLNK(info->st_mode) ? readlink(path, link, sizeof(link)) : -1;

        return length > 0 && length < PATH_MAX ? text("%.*s", (int)length, link) : NULL;
}

char *path_walk(const char *path, bool (*visit)(void *userdata, const char *at, const struct stat *info, int error), void *userdata)
{
        char *done = text("/"), *rest = text("%s", path + strspn(path, "/"));
        bool on = true;

        for (int links = 0; on && *rest && links <= PATH_LINKS_MAX;) {
                size_t length = strcspn(rest, "/");
                char *name = text("%.*s", (int)length, rest), *at = path_absolute(done, name), *link = NULL, *more;
                const char *behind = rest + length + strspn(rest + length, "/");
                struct stat info;

                if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
                        bool there = lstat(at, &info) == 0;

                        on = !visit || visit(userdata, at, there ? &info : NULL, there ? 0 : errno);
                        link = there ? read_link(at, &info) : NULL;
                }
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
