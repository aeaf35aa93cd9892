/* SPDX-License-Identifier: MIT */
#include "seccomp/output.h"

#include <errno.h>
#include <unistd.h>

int output(int fd, const struct buffer *buffer, struct pinfold_error *err)
{
        for (size_t done = 0; done < buffer->size;) {
                ssize_t n = write(fd, buffer->data + done, buffer->size - done);

                if (n < 0 && errno != EINTR)
                        return error_set(err, errno, "write to descriptor %d", fd);
                if (n > 0)
                        done += (size_t)n;
        }
        return 0;
}
