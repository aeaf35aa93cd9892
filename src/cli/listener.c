/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/via.h"

#define FIRST_SOCKET 3 /* sd_listen_fds(3) */
#define BACKLOG 64

#define LOOKS 5       /* at a socket where nobody listens */
#define LOOK_EVERY 20 /* milliseconds */

/* Given by a service manager; -1: none was; -2, after a message: it will not do. */
static int given_listener(void)
{
        const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
        int type, listening;
        socklen_t size = sizeof(type);

        if (!pid || !count || atol(pid) != getpid() || atoi(count) < 1)
                return -1;
        if (atoi(count) == 1 && getsockopt(FIRST_SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET &&
            getsockopt(FIRST_SOCKET, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening)
                return fcntl(FIRST_SOCKET, F_SETFD, FD_CLOEXEC) < 0 || fcntl(FIRST_SOCKET, F_SETFL, O_NONBLOCK) < 0 ? -2 : FIRST_SOCKET;
        complain("LISTEN_FDS: not one listening socket of type SOCK_SEQPACKET");
        hint("in a systemd socket unit: ListenSequentialPacket=");
        return -2;
}

static bool is_refused(const struct sockaddr_un *address)
{
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        bool refused = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 && errno == ECONNREFUSED;

        if (fd >= 0)
                close(fd);
        return refused;
}

/* What an earlier server has left: nobody listens there. One that begins is between bind and listen for less than we wait. */
static bool is_abandoned(const struct sockaddr_un *address)
{
        struct stat first, now;
        bool refused = lstat(address->sun_path, &first) == 0 && S_ISSOCK(first.st_mode) && first.st_uid == geteuid();

        for (int i = 0; i < LOOKS && refused; i++) {
                if (i > 0)
                        poll(NULL, 0, LOOK_EVERY);
                refused = is_refused(address);
        }
        refused = refused && lstat(address->sun_path, &now) == 0 && now.st_dev == first.st_dev && now.st_ino == first.st_ino;
        errno = EADDRINUSE; /* as before */
        return refused;
}

static int bind_to(int fd, const struct sockaddr_un *address)
{
        mode_t before = umask(0177);
        int r = bind(fd, (const struct sockaddr *)address, sizeof(*address));

        if (r < 0 && errno == EADDRINUSE && is_abandoned(address))
                r = unlink(address->sun_path) < 0 ? -1 : bind(fd, (const struct sockaddr *)address, sizeof(*address));
        umask(before);
        return r;
}

static int open_at(struct listener *listener, const char *path)
{
        struct sockaddr_un address;
        struct stat info;
        int r = via_address(path, &address);

        if (r < 0) {
                complain("--socket %s: %s", path, r == -EINVAL ? "the path is empty" : strerror(-r));
                return -1;
        }
        listener->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        /* Which one is ours is known before anybody could take it for abandoned. */
        if (listener->fd >= 0 && bind_to(listener->fd, &address) == 0 && lstat(address.sun_path, &info) == 0 &&
            listen(listener->fd, BACKLOG) == 0) {
                listener->path = path;
                listener->device = info.st_dev;
                listener->inode = info.st_ino;
                return 0;
        }
        complain("--socket %s: %s", path, strerror(errno));
        if (errno == EADDRINUSE)
                hint("there is a file, or a server that listens");
        return -1;
}

int listener_open(struct listener *ret, const char *path)
{
        *ret = (struct listener){.fd = -1};
        if (path)
                return open_at(ret, path);
        ret->fd = given_listener();
        if (ret->fd == -1)
                complain("where to listen? --socket PATH");
        return ret->fd < 0 ? -1 : 0;
}

void listener_close(struct listener *listener)
{
        struct stat info;

        if (listener->path && lstat(listener->path, &info) == 0 && info.st_dev == listener->device &&
            info.st_ino == listener->inode)
                unlink(listener->path);
        if (listener->fd >= 0)
                close(listener->fd);
}
