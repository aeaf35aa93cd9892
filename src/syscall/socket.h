/* SPDX-License-Identifier: MIT */
/* Packets with descriptors over a unix socket: sendmsg(2), recvmsg(2), SCM_RIGHTS of unix(7). */
#ifndef SYSCALL_SOCKET_H
#define SYSCALL_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The most descriptors that one packet carries (SCM_MAX_FD of the kernel). */
#define SYS_PACKET_FILES 253

/* Sends one packet: `head`, then `body`, with `count` descriptors. Never raises SIGPIPE. Returns 0 or a negative errno. */
int sys_send(int socket, const void *head, size_t head_size, const void *body, size_t body_size, const int *files,
             size_t count, bool block);

/*
 * Receives one packet into `data` (room `size`); its descriptors, close-on-exec, go to `files` (room `room`, at most
 * SYS_PACKET_FILES), their number to ret_count. Returns its size, 0 at the end, -EMSGSIZE when packet or descriptors
 * did not fit (they are closed then), -EAGAIN when there is none, or another negative errno.
 */
ssize_t sys_receive(int socket, void *data, size_t size, int *files, size_t room, size_t *ret_count);

#endif
