/* SPDX-License-Identifier: MIT */
#include "container/link.h"

#include "base/cleanup.h"

#define LINK_ENDED 0x80000000u

static void link_close(struct link *link)
{
        close_fd(link->socket);
        close_fd(link->pidfd);
}

void link_open(struct link *link, int socket, int pidfd)
{
        link->socket = socket;
        link->pidfd = pidfd;
        atomic_store(&link->users, 0);
        atomic_store(&link->cancelled, false);
}

bool link_enter(struct link *link)
{
        unsigned users = atomic_load(&link->users);

        do
                if (users & LINK_ENDED)
                        return false;
        while (!atomic_compare_exchange_weak(&link->users, &users, users + 1));
        return true;
}

void link_leave(struct link *link)
{
        if (atomic_fetch_sub(&link->users, 1) == LINK_ENDED + 1)
                link_close(link);
}

void link_end(struct link *link)
{
        if (atomic_fetch_or(&link->users, LINK_ENDED) == 0)
                link_close(link);
}
