/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/via.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/memory.h"
#include "cli/peer.h"

int via_address(const char *path, struct sockaddr_un *ret)
{
        const char *slash = strrchr(path, '/');
        char *above = slash == path ? text("/") : slash ? text("%.*s", (int)(slash - path), path) : text(".");
        char *directory = realpath(above, NULL);
        int length, r = directory ? 0 : -errno;

        *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
        free(above);
        if (!*path)
                r = -EINVAL;
        if (r == 0) {
                length = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/%s", strcmp(directory, "/") == 0 ? "" : directory,
                                  slash ? slash + 1 : path);
                r = length < (int)sizeof(ret->sun_path) ? 0 : -ENAMETOOLONG;
        }
        free(directory);
        return r;
}

__attribute__((format(printf, 4, 5))) static int fail(struct pinfold_error *err, const char *path, int error,
                                                      const char *format, ...)
{
        va_list arguments;
        char why[1600];

        va_start(arguments, format);
        vsnprintf(why, sizeof(why), format, arguments);
        va_end(arguments);
        *err = (struct pinfold_error){.stage = PINFOLD_STAGE_CONFIGURE, .error = error, .op_index = -1};
        snprintf(err->text, sizeof(err->text), "cannot start through %.400s: %s", path, why);
        return -error;
}

int via_open(const struct via *via, struct pinfold_error *err)
{
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        return fd < 0 ? fail(err, via->path, errno, "socket: %s", strerror(errno)) : fd;
}

/* Who can put a link, or another server's socket, in the place of the socket would have us ask that. */
static bool is_bound_to(int socket, const struct sockaddr_un *address)
{
        struct sockaddr_un bound = {0};
        socklen_t size = sizeof(bound) - 1;
        struct stat asked, listening;

        return getpeername(socket, (struct sockaddr *)&bound, &size) == 0 && bound.sun_family == AF_UNIX &&
               lstat(address->sun_path, &asked) == 0 && lstat(bound.sun_path, &listening) == 0 &&
               asked.st_dev == listening.st_dev && asked.st_ino == listening.st_ino &&
               asked.st_nlink == 1;
}

int via_ask(const struct via *via, int socket, struct pinfold_error *err)
{
        const struct via_request request = {VIA_VERSION, via->terminal};
        struct sockaddr_un address;
        const char *refusal;
        int r = via_address(via->path, &address);

        if (r < 0)
                return fail(err, via->path, -r, "%s", r == -EINVAL ? "the path is empty" : strerror(-r));
        if (connect(socket, (const struct sockaddr *)&address, sizeof(address)) < 0) {
                if (errno == EAGAIN)
                        return -EAGAIN;
                return fail(err, via->path, errno, errno == ECONNREFUSED || errno == ENOENT ? "there is no server: %s" : "connect: %s",
                            strerror(errno));
        }
        refusal = peer_refusal(socket);
        if (refusal == peer_gone)
                return fail(err, via->path, ECONNREFUSED, "there is no server: the one that listened there is gone");
        if (refusal)
                return fail(err, via->path, EPERM, "the server is not to be trusted: %s", refusal);
        if (!is_bound_to(socket, &address))
                return fail(err, via->path, EPERM, "the server is not to be trusted: it listens somewhere else");
        send(socket, &request, sizeof(request), MSG_NOSIGNAL); /* where it does not even listen, it has said why */
        return 0;
}

void via_full(const struct via *via, struct pinfold_error *err)
{
        fail(err, via->path, EBUSY, "the server is full: it has let nobody in for ten seconds");
}

static int receive(int socket, struct via_reply *ret, const char *path, struct pinfold_error *err)
{
        const size_t head = offsetof(struct via_reply, text);
        int reset = 0;
        ssize_t size;

        /* That it has closed with our request unread is said once, before what it has sent until then. */
        do
                size = recv(socket, ret, sizeof(*ret), MSG_DONTWAIT);
        while (size < 0 && (errno == EINTR || (errno == ECONNRESET && !reset++)));
        if (size < 0)
                return fail(err, path, errno, "receive: %s", strerror(errno));
        if (size == 0)
                return fail(err, path, ECONNRESET, "the server is gone");
        if ((size_t)size < head || ret->version != VIA_VERSION || ret->size != (size_t)size - head || ret->error > 4095 ||
            (ret->size > 0 && ret->text[ret->size - 1] != '\0'))
                return fail(err, path, EPROTO, "the server is of another version");
        return 0;
}

int via_answer(const struct via *via, int socket, struct pinfold_error *err)
{
        struct via_reply *reply = must(calloc(1, sizeof(*reply)));
        int r = receive(socket, reply, via->path, err);

        if (r == 0 && reply->error > 0) {
                r = fail(err, via->path, (int)reply->error, "%.1500s", reply->text);
                err->stage = (int)reply->stage;
        } else if (r == 0 && via->settle(via->userdata, reply) < 0) {
                *err = (struct pinfold_error){.stage = PINFOLD_STAGE_CONFIGURE, .error = EINVAL};
                r = -EINVAL; /* that has been complained of */
        }
        free(reply);
        return r;
}
