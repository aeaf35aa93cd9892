/* SPDX-License-Identifier: MIT */
/*
 * The kernel remembers who has connected, or listened (unix(7), SO_PEERCRED). A process id alone may be somebody else's by now: the
 * pidfd (Linux 6.5) says at the end whether it still is that one.
 */
#define _GNU_SOURCE

#include "cli/peer.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* A namespace of it is ours. */
static bool shares(int process, const char *name)
{
        char own[32];
        struct stat theirs, ours;

        snprintf(own, sizeof(own), "/proc/self/%s", name);
        return fstatat(process, name, &theirs, 0) == 0 && stat(own, &ours) == 0 && theirs.st_dev == ours.st_dev &&
               theirs.st_ino == ours.st_ino;
}

/* The number behind `name` in /proc/PID/status; -1: it cannot be read. */
static long status_value(int process, const char *name)
{
        int fd = openat(process, "status", O_RDONLY | O_CLOEXEC);
        char status[8192];
        const char *found;
        ssize_t size;

        if (fd < 0)
                return -1;
        size = read(fd, status, sizeof(status) - 1);
        close(fd);
        status[size > 0 ? size : 0] = '\0';
        found = strstr(status, name);
        return found ? strtol(found + strlen(name), NULL, 10) : -1;
}

static bool is_confined_more(int process, int self, const char *name)
{
        long theirs = status_value(process, name);

        return theirs < 0 || theirs > status_value(self, name);
}

static const char *refusal_of(int process)
{
        int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
        const char *refusal = NULL;

        if (self < 0)
                refusal = "nothing can be found out about it without /proc";
        else if (!shares(process, "ns/user") || !shares(process, "ns/pid"))
                refusal = "it is in another user or pid namespace, or hides where it is";
        else if (is_confined_more(process, self, "\nNoNewPrivs:") || is_confined_more(process, self, "\nSeccomp_filters:"))
                refusal = "it is under a syscall filter, or has given up privileges";
        if (self >= 0)
                close(self);
        return refusal;
}

/* An old kernel has no pidfd of the peer: -1. */
static int peer_pidfd(int socket)
{
        socklen_t size = sizeof(int);
        int pidfd;

        return getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) == 0 ? pidfd : -1;
}

const char *peer_refusal(int socket)
{
        struct ucred peer;
        socklen_t size = sizeof(peer);
        struct pollfd gone = {.fd = peer_pidfd(socket), .events = POLLIN};
        const char *refusal = "it cannot be told who it is";
        char path[32];
        int process = -1;

        if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0) {
                snprintf(path, sizeof(path), "/proc/%d", (int)peer.pid);
                process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                refusal = peer.uid != geteuid() ? "it is another user's" : process < 0 ? "it is gone" : refusal_of(process);
        }
        if (process >= 0)
                close(process);
        if (gone.fd < 0)
                return refusal;
        if (!refusal && poll(&gone, 1, 0) != 0)
                refusal = "it is gone";
        close(gone.fd);
        return refusal;
}
