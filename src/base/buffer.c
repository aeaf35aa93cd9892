/* SPDX-License-Identifier: MIT */
#include "base/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int buffer_reserve(struct buffer *buffer, size_t more)
{
        size_t room = buffer->room ? buffer->room : 256;
        uint8_t *grown;

        if (buffer->error)
                return buffer->error;
        if (more <= buffer->room - buffer->size)
                return 0;
        if (buffer->fixed || more > SIZE_MAX / 2 - buffer->size)
                return buffer->error = -ENOMEM;
        while (room - buffer->size < more)
                room *= 2;
        grown = realloc(buffer->data, room);
        if (!grown)
                return buffer->error = -ENOMEM;
        buffer->data = grown;
        buffer->room = room;
        return 0;
}

void buffer_append(struct buffer *buffer, const void *data, size_t size)
{
        if (size == 0 || buffer_reserve(buffer, size) < 0)
                return;
        memcpy(buffer->data + buffer->size, data, size);
        buffer->size += size;
}

void buffer_append_u32(struct buffer *buffer, uint32_t value)
{
        buffer_append(buffer, &value, sizeof(value));
}

int buffer_read(struct buffer *buffer, int fd, size_t limit)
{
        char piece[16384];
        ssize_t length;

        while ((length = read(fd, piece, sizeof(piece))) != 0) {
                if (length < 0 && errno == EINTR)
                        continue;
                if (length < 0)
                        return -errno;
                buffer_append(buffer, piece, (size_t)length);
                if (buffer->size > limit)
                        return -EFBIG;
        }
        return buffer->error;
}

void buffer_free(struct buffer *buffer)
{
        free(buffer->data);
        *buffer = (struct buffer){0};
}
