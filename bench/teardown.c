/* SPDX-License-Identifier: MIT */
/*
 * From the end of the program until the command has been reaped and the container's mounts are gone. The latter is an event:
 * a watch (inotify(7)) on its /tmp holds nothing, and is told when that file system is unmounted, which happens when the last
 * reference to the mount namespace is dropped.
 */
#define _GNU_SOURCE

#include "bench.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* The program: whoever has no child. */
static int innermost(int pid)
{
        for (int child = pid; child; child = memory_child(pid))
                pid = child;
        return pid;
}

static int watch(int pid)
{
        int fd = inotify_init1(IN_CLOEXEC);
        char path[64];

        snprintf(path, sizeof(path), "/proc/%d/root/tmp", pid);
        if (fd >= 0 && inotify_add_watch(fd, path, IN_DELETE_SELF) >= 0)
                return fd;
        fprintf(stderr, "measure: watch %s: %s\n", path, strerror(errno));
        close(fd);
        return -1;
}

static bool wait_unmounted(int fd)
{
        char buffer[sizeof(struct inotify_event) + NAME_MAX + 1];
        struct inotify_event event;

        do {
                if (read(fd, buffer, sizeof(buffer)) < (ssize_t)sizeof(event))
                        return false;
                memcpy(&event, buffer, sizeof(event));
        } while (!(event.mask & (IN_UNMOUNT | IN_IGNORED)));
        return true;
}

double teardown_us(const struct contender *contender)
{
        double start, end = NAN;
        struct job job;
        bool gone;
        int fd;

        if (!job_start(&job, contender->argument))
                return NAN;
        fd = watch(innermost(job.pid));
        start = now_us();
        close(job.in);
        gone = job_wait(&job) && fd >= 0 && wait_unmounted(fd);
        end = now_us();
        close(fd);
        return gone ? end - start : NAN;
}
