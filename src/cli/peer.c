/* SPDX-License-Identifier: MIT */
/*
 * The kernel remembers who has connected, or listened (unix(7), SO_PEERCRED). A process id alone may be somebody else's by now: the
 * pidfd (Linux 6.5) says at the end whether it still is that one.
 */
#define _GNU_SOURCE

#include "cli/peer.h"

#include <errno.h>
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

#define FILE_MAX 8192

const char peer_gone[] = "it is gone";

/* The beginning of a file in /proc/PID. */
static bool read_file(int process, const char *name, char ret[FILE_MAX])
{
        int fd = openat(process, name, O_RDONLY | O_CLOEXEC);
        ssize_t length = fd < 0 ? -1 : read(fd, ret, FILE_MAX - 1);

        if (fd >= 0)
                close(fd);
        ret[length > 0 ? length : 0] = '\0';
        return length > 0;
}

static bool is_same(int process, int self, const char *name, bool *ret_hidden)
{
        struct stat theirs, ours;

        if (fstatat(process, name, &theirs, 0) < 0) {
                *ret_hidden = errno == EACCES;
                return false;
        }
        return fstatat(self, name, &ours, 0) == 0 && theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

/* How many ids it has: one in each PID namespace from the one of this /proc on down to its own. */
static int pid_depth(const char *status)
{
        const char *at = strstr(status, "\nNSpid:");
        int depth = 0;

        for (at = at ? at + strlen("\nNSpid:") : ""; *at == '\t'; depth++)
                at += 1 + strcspn(at + 1, "\t\n");
        return depth;
}

/*
 * Namespaces of who has more capabilities than we, as a service manager may have, are not shown to us; but no namespace below ours
 * has as few ids as we, and our map, except one that somebody made who may map all ids.
 */
static bool seems_to_share(int process, int self, const char *their_status, const char *our_status)
{
        char theirs[FILE_MAX], ours[FILE_MAX];
        int depth = pid_depth(their_status);

        return depth > 0 && depth == pid_depth(our_status) && read_file(process, "uid_map", theirs) &&
               read_file(self, "uid_map", ours) && strcmp(theirs, ours) == 0;
}

static bool shares_namespaces(int process, int self, const char *their_status, const char *our_status)
{
        bool hidden = false;

        return (is_same(process, self, "ns/user", &hidden) && is_same(process, self, "ns/pid", &hidden) &&
                is_same(process, self, "ns/net", &hidden) && is_same(process, self, "ns/mnt", &hidden)) ||
               (hidden && seems_to_share(process, self, their_status, our_status));
}

/* The number behind `name` in /proc/PID/status; -1: it is not there. */
static long value_of(const char *status, const char *name)
{
        const char *found = strstr(status, name);

        return found ? strtol(found + strlen(name), NULL, 10) : -1;
}

static bool is_confined_more(const char *their_status, const char *our_status, const char *name)
{
        long theirs = value_of(their_status, name);

        return theirs < 0 || theirs > value_of(our_status, name);
}

static const char *refusal_of(int process)
{
        int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
        char theirs[FILE_MAX], ours[FILE_MAX];
        const char *refusal = NULL;

        if (self < 0 || !read_file(self, "status", ours))
                refusal = "nothing can be found out about it without /proc";
        else if (!read_file(process, "status", theirs) || !shares_namespaces(process, self, theirs, ours))
                refusal = "it is in another user, pid, network or mount namespace, or hides where it is";
        else if (is_confined_more(theirs, ours, "\nNoNewPrivs:") || is_confined_more(theirs, ours, "\nSeccomp_filters:"))
                refusal = "it is under a syscall filter, or has given up privileges";
        if (self >= 0)
                close(self);
        return refusal;
}

/* A pidfd of the peer; -ENOPROTOOPT: an old kernel has none. Or another negative errno: it cannot be told any more. */
static int peer_pidfd(int socket)
{
        socklen_t size = sizeof(int);
        int pidfd;

        return getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) == 0 ? pidfd : -errno;
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
                if (peer.uid != geteuid())
                        refusal = "it is another user's";
                else if (process < 0)
                        refusal = errno == ENOENT ? peer_gone : "it cannot be looked at";
                else
                        refusal = refusal_of(process);
        }
        if (process >= 0)
                close(process);
        if (gone.fd < 0)
                return refusal || gone.fd == -ENOPROTOOPT ? refusal
                       : gone.fd == -EMFILE || gone.fd == -ENFILE ? "there are no descriptors left to find out about it" : peer_gone;
        /* Of a process that ends nothing can be found out: that is no reason of its own. */
        if (poll(&gone, 1, 0) != 0)
                refusal = peer_gone;
        close(gone.fd);
        return refusal;
}
