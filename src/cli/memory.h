/* SPDX-License-Identifier: MIT */
/* Memory for the few strings of a command line: without it there is nothing to be done, and nothing to undo. */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <poll.h>

/* The pointer, which must not be NULL: else the command ends with a message. */
void *must(void *pointer);

/* A string, allocated, made as by printf(3). */
__attribute__((format(printf, 1, 2))) char *text(const char *format, ...);

/* poll(2); when nothing happens for half a second, what was used to get here is given back for the time that it takes. */
int memory_poll(struct pollfd *polled, nfds_t count, int timeout);

#endif
