/* SPDX-License-Identifier: MIT */
#ifndef SECCOMP_OUTPUT_H
#define SECCOMP_OUTPUT_H

#include "base/buffer.h"
#include "base/error.h"

/* Writes all of the buffer to `fd`, which may be a pipe. */
int output(int fd, const struct buffer *buffer, struct pinfold_error *err);

#endif
