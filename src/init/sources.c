/* SPDX-License-Identifier: MIT */
/*
 * epoll(7), and not poll(2): that fails when RLIMIT_NOFILE is lower than the number of descriptors waited for, and any process
 * with our id, those inside among them, may lower our limits with prlimit(2). PID 1 would notice nothing any more, not
 * even that the caller is gone.
 */
#include "init/sources.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>

#include "base/cleanup.h"

int sources_open(const int fds[SOURCES], struct pinfold_error *err)
{
        _cleanup_close_ int sources = epoll_create1(EPOLL_CLOEXEC);

        if (sources < 0)
                return error_set(err, errno, "create an epoll instance");
        for (unsigned i = 0; i < SOURCES; i++) {
                struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

                if (epoll_ctl(sources, EPOLL_CTL_ADD, fds[i], &event) < 0)
                        return error_set(err, errno, "watch a descriptor");
        }
        return take_fd(&sources);
}

unsigned sources_wait(int sources, int timeout)
{
        struct epoll_event events[SOURCES];
        int count = epoll_wait(sources, events, SOURCES, timeout);
        unsigned ready = 0;

        for (int i = 0; i < count; i++)
                ready |= 1u << events[i].data.u32;
        return ready;
}

void sources_change(int sources, int socket, unsigned events)
{
        struct epoll_event event = {.events = events, .data.u32 = SOURCE_SOCKET};

        epoll_ctl(sources, EPOLL_CTL_MOD, socket, &event);
}

void sources_forget(int sources, int fd)
{
        epoll_ctl(sources, EPOLL_CTL_DEL, fd, NULL);
}
