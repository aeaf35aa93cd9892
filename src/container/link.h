/* SPDX-License-Identifier: MIT */
/*
 * The two descriptors of a running container, shared by the thread that owns it with those that cancel or signal it, also
 * from signal handlers: no lock may be taken. A user enters before it touches the descriptors and leaves afterwards; the
 * owner ends the link, and whoever comes last, owner or user, closes. So a descriptor's number is never used after it
 * was closed and given to something else.
 */
#ifndef CONTAINER_LINK_H
#define CONTAINER_LINK_H

#include <stdatomic.h>
#include <stdbool.h>

struct link {
        int socket;
        int pidfd;
        atomic_uint users; /* their number, and LINK_ENDED */
        atomic_bool cancelled; /* that was asked for */
};

void link_open(struct link *link, int socket, int pidfd);

/* False: the link has ended, or was never opened. */
bool link_enter(struct link *link);
void link_leave(struct link *link);

/* No one enters any more. The owner must not use the descriptors afterwards. */
void link_end(struct link *link);

#endif
