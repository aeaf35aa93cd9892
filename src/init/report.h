/* SPDX-License-Identifier: MIT */
/*
 * Telling the caller, over the setup socket. PID 1 and the process that becomes the program both do; a packet is written
 * whole.
 */
#ifndef INIT_REPORT_H
#define INIT_REPORT_H

#include <stdbool.h>

#include "wire/message.h"

/* An error, before its sender exits. Waits for room in the socket, or gives -EAGAIN. */
int report_error(int socket, const struct pinfold_error *err, bool wait);

/* A line for the caller's log. */
__attribute__((format(printf, 2, 3))) void report_log(int socket, const char *format, ...);

/* A mount point that was made in a file system of the host: see struct created. */
int report_created(int socket, int parent, const char *name, uint64_t device, uint64_t inode, bool directory);

/* A mount point in a file system of the host that is in use: the lock on it goes to the caller. */
int report_used(int socket, int lock);

/* The master of the program's terminal, for the caller. */
int report_terminal(int socket, int master);

/* The other end of the socket that the process that becomes the program will wait at. */
int report_program(int socket, int end);

/* All that does not need the program has been done. */
int report_prepared(int socket);

/* Over that other socket: the program is about to be executed. If it cannot be, an error comes before the socket is closed. */
int report_executing(int socket);

/* EXECUTED has no body. Both: 0, or -EAGAIN when the socket is full; the sender must not wait then. */
int report_executed(int socket);
int report_ended(int socket, const struct ended *ended);

#endif
