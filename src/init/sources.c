/* SPDX-License-Identifier: MIT */
/*
 * epoll(7), and not poll(2): that fails when RLIMIT_NOFILE is lower than the number of descriptors waited for, and any process
 * with our id, those inside among them, may lower our limits with prlimit(2). PID 1 would notice nothing any more, not
 * even that the caller is gone.
 */
#include "init/sources.h"

#include <stddef.h>
#include <sys/epoll.h>

#include "base/cleanup.h"
#include "base/pages.h"

static int control(int sources, int operation, int fd, unsigned events, unsigned source)
{
        struct epoll_event event = {.events = events, .data.u32 = source};

        return sys_call(__NR_epoll_ctl, sources, operation, fd, &event);
}

int sources_open(const int fds[SOURCES], struct pinfold_error *err)
{
        _cleanup_close_ int sources = sys_call(__NR_epoll_create1, EPOLL_CLOEXEC);

        if (sources < 0)
                return error_set(err, -sources, "create an epoll instance");
        for (unsigned i = 0; i < SOURCES; i++) {
                /* What is on its way to somebody else is none of ours: of that one, its end alone counts. */
                int r = control(sources, EPOLL_CTL_ADD, fds[i], i == SOURCE_EXECUTED ? 0 : EPOLLIN, i);

                if (r < 0)
                        return error_set(err, -r, "watch a descriptor");
        }
        return take_fd(&sources);
}

static __attribute__((noinline)) int wait_at_rest(int sources, struct epoll_event events[SOURCES], int timeout)
{
        pages_rest((uintptr_t)wait_at_rest);
        return sys_call(__NR_epoll_pwait, sources, events, SOURCES, timeout, NULL);
}

unsigned sources_wait(int sources, int timeout)
{
        bool soon = timeout >= 0 && timeout <= PAGES_MOMENT_MS;
        struct epoll_event events[SOURCES];
        int count = sys_call(__NR_epoll_pwait, sources, events, SOURCES, soon ? timeout : PAGES_MOMENT_MS, NULL);
        unsigned ready = 0;

        if (count == 0 && !soon)
                count = wait_at_rest(sources, events, timeout < 0 ? -1 : timeout - PAGES_MOMENT_MS);
        for (int i = 0; i < count; i++)
                ready |= 1u << events[i].data.u32;
        return ready;
}

void sources_change(int sources, int socket, unsigned events)
{
        control(sources, EPOLL_CTL_MOD, socket, events, SOURCE_SOCKET);
}

void sources_forget(int sources, int fd)
{
        control(sources, EPOLL_CTL_DEL, fd, 0, 0);
}

int sources_replace(int sources, enum source source, int old, int fd)
{
        int r = control(sources, EPOLL_CTL_ADD, fd, EPOLLIN, source);

        if (r < 0)
                return r;
        sources_forget(sources, old);
        close_fd(old);
        return 0;
}
