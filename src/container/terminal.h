/* SPDX-License-Identifier: MIT */
/*
 * The terminal's foreground, when the program stays in the caller's session: it gets a process group of its own, which must
 * be the foreground one to read from the terminal (termios(3)).
 */
#ifndef CONTAINER_TERMINAL_H
#define CONTAINER_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* One of the descriptors is the controlling terminal, and the calling process is in its foreground. */
bool terminal_is_ours(const int *fds, size_t count);

/* A terminal whose program does not run yet. */
void terminal_set_size(int master, unsigned rows, unsigned columns);

/* Takes the foreground back from a process group that is gone. */
void terminal_take_back(void);

#endif
