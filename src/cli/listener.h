/* SPDX-License-Identifier: MIT */
/* The unix socket that `pinfold serve` listens at: made by it, or given by a service manager (sd_listen_fds(3)). */
#ifndef CLI_LISTENER_H
#define CLI_LISTENER_H

#include <sys/types.h>

struct listener {
        int fd;
        const char *path; /* when we have made it; else NULL */
        dev_t device;     /* then: of the socket */
        ino_t inode;
};

/* At `path`; NULL: the one that was given. One that a killed server has left is replaced. Returns 0, or -1 after a message. */
int listener_open(struct listener *ret, const char *path);

/* Removes the socket, unless another server's is in its place by now. */
void listener_close(struct listener *listener);

#endif
