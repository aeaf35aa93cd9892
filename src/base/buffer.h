/* SPDX-License-Identifier: MIT */
/*
 * A growing array of bytes. The first failure to grow is kept in `error`, and later writes do nothing, so that a
 * series of writes is checked once, at its end.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
        uint8_t *data;
        size_t size;
        size_t room;
        int error; /* 0, or -ENOMEM */
        bool fixed; /* data is somebody else's: it cannot grow */
};

void buffer_append(struct buffer *buffer, const void *data, size_t size);
void buffer_append_u32(struct buffer *buffer, uint32_t value);

/* Appends what is read from `fd` to its end. -EFBIG: that makes it larger than `limit`; or another negative errno. */
int buffer_read(struct buffer *buffer, int fd, size_t limit);

/* Frees the bytes and leaves an empty buffer. */
void buffer_free(struct buffer *buffer);

#endif
