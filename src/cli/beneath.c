/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/file.h"

int beneath_open(int directory, const char *path, int flags)
{
        const struct open_how how = {
                .flags = (__u64)(unsigned)(flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY | O_NONBLOCK)),
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
        };
        long fd = -1;

        /* EAGAIN: something was renamed meanwhile. */
        for (int i = 0; i < 100 && fd < 0 && (i == 0 || errno == EAGAIN); i++)
                fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));
        return (int)fd;
}

mode_t beneath_type(int directory, const char *path)
{
        int fd = beneath_open(directory, path, O_PATH), error;
        struct stat info;

        if (fd < 0)
                return errno == ELOOP ? S_IFLNK : errno == ENOENT || errno == ENOTDIR ? 0 : BENEATH_UNKNOWN;
        error = fstat(fd, &info) < 0 ? errno : 0;
        close(fd);
        errno = error;
        return error ? BENEATH_UNKNOWN : info.st_mode & S_IFMT;
}

char *beneath_read(int directory, const char *path, size_t limit, size_t *ret_size)
{
        int fd = beneath_open(directory, path, O_RDONLY);

        return fd < 0 ? NULL : file_read_regular(fd, limit, ret_size);
}

DIR *beneath_opendir(int directory, const char *path)
{
        int fd = beneath_open(directory, path, O_RDONLY | O_DIRECTORY), error;
        DIR *stream = fd < 0 ? NULL : fdopendir(fd);

        if (stream || fd < 0)
                return stream;
        error = errno;
        close(fd);
        errno = error;
        return NULL;
}
