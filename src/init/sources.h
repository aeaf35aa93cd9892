/* SPDX-License-Identifier: MIT */
/* What PID 1 waits for. */
#ifndef INIT_SOURCES_H
#define INIT_SOURCES_H

#include "base/error.h"

enum source {
        SOURCE_SOCKET,
        SOURCE_SIGNALS,
        SOURCE_CALLER,   /* it is gone */
        SOURCE_EXECUTED, /* the program has been executed, or is gone */
        SOURCES
};

/* `fds` has a descriptor for each. Returns one to wait with. */
int sources_open(const int fds[SOURCES], struct pinfold_error *err);

/* Waits at most `timeout` milliseconds; negative: for ever. Returns bit 1 << source for each that is ready. */
unsigned sources_wait(int sources, int timeout);

/* What the socket is waited for: EPOLLIN, as at first, EPOLLOUT, or both. */
void sources_change(int sources, int socket, unsigned events);

void sources_forget(int sources, int fd);

/* Waits for `fd` in place of `old`, which is closed. */
int sources_replace(int sources, enum source source, int old, int fd);

#endif
