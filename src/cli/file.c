/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/memory.h"

char *file_read(int fd, size_t *ret_size)
{
        size_t size = 0, room = 0;
        char *content = NULL;
        ssize_t got;

        do {
                if (room - size < 2) {
                        room = room ? 2 * room : 4096;
                        content = must(realloc(content, room));
                }
                got = read(fd, content + size, room - size - 1);
                if (got > 0)
                        size += (size_t)got;
        } while (got > 0 || (got < 0 && errno == EINTR));
        if (got < 0) {
                int error = errno;

                free(content);
                close(fd);
                errno = error;
                return NULL;
        }
        close(fd);
        content[size] = '\0';
        if (ret_size)
                *ret_size = size;
        return content;
}

char *file_read_regular(int fd, size_t limit, size_t *ret_size)
{
        struct stat info;
        int error;

        if (fstat(fd, &info) < 0)
                error = errno;
        else if (!S_ISREG(info.st_mode))
                error = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
        else if ((size_t)info.st_size > limit)
                error = EFBIG;
        else
                return file_read(fd, ret_size);
        close(fd);
        errno = error;
        return NULL;
}

char *file_load(const char *path, size_t *ret_size)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

        return fd < 0 ? NULL : file_read_regular(fd, FILE_MAX, ret_size);
}

int file_write(int fd, const char *data, size_t size)
{
        struct pollfd polled = {.fd = fd, .events = POLLOUT};

        while (size > 0) {
                ssize_t written = write(fd, data, size);

                if (written < 0 && errno == EAGAIN)
                        poll(&polled, 1, -1);
                else if (written < 0 && errno != EINTR)
                        return -1;
                if (written > 0) {
                        data += written;
                        size -= (size_t)written;
                }
        }
        return 0;
}

int file_store(const char *path, const char *content)
{
        char *temporary = text("%s.XXXXXX", path);
        int fd = mkostemp(temporary, O_CLOEXEC), r = -1;

        if (fd >= 0) {
                bool written = file_write(fd, content, strlen(content)) == 0;

                if (close(fd) == 0 && written)
                        r = rename(temporary, path);
                if (r < 0)
                        unlink(temporary);
        }
        free(temporary);
        return r;
}
