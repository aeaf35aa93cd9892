/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/path.h"

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

/* The kind of what is at `path`; of a link, what it holds in ret_link as well, allocated. 0: nothing is. */
static mode_t look(const char *path, char **ret_link)
{
        char link[PATH_MAX];
        struct stat info;
        ssize_t length;

        *ret_link = NULL;
        if (lstat(path, &info) < 0)
                return 0;
        if (!S_ISLNK(info.st_mode))
                return info.st_mode & S_IFMT;
        length = readlink(path, link, sizeof(link));
        if (length > 0 && length < PATH_MAX)
                *ret_link = text("%.*s", (int)length, link);
        return S_IFLNK;
}

char *path_walk(const char *path, bool (*visit)(void *userdata, const char *at, mode_t type), void *userdata)
{
        char *done = text("/"), *rest = text("%s", path + strspn(path, "/"));
        bool on = true;

        for (int links = 0; on && *rest && links <= PATH_LINKS_MAX;) {
                size_t length = strcspn(rest, "/");
                char *name = text("%.*s", (int)length, rest), *at = path_absolute(done, name), *link = NULL, *more;
                const char *behind = rest + length + strspn(rest + length, "/");
                bool step = strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
                mode_t type = step ? look(at, &link) : S_IFDIR;

                if (step && visit)
                        on = visit(userdata, at, type);
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
