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
#include <unistd.h>

#include "cli/memory.h"
#include "cli/peer.h"

int via_address(const char *path, struct sockaddr_un *ret)
{
        *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
        if (strlen(path) >= sizeof(ret->sun_path))
                return -ENAMETOOLONG;
        memcpy(ret->sun_path, path, strlen(path) + 1);
        return 0;
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

int via_ask(const struct via *via, struct pinfold_error *err)
{
        const struct via_request request = {VIA_VERSION, via->terminal};
        const char *path = via->path;
        struct sockaddr_un address;
        const char *refusal;
        int fd, r = via_address(path, &address);

        if (r < 0)
                return fail(err, path, -r, "%s", strerror(-r));
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return fail(err, path, errno, "socket: %s", strerror(errno));
        if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
                r = fail(err, path, errno, errno == ECONNREFUSED || errno == ENOENT ? "there is no server: %s" : "connect: %s",
                         strerror(errno));
        } else if ((refusal = peer_refusal(fd))) {
                r = fail(err, path, EPERM, "the server is not to be trusted: %s", refusal);
        } else {
                /* Where the server does not even listen it has said why. */
                send(fd, &request, sizeof(request), MSG_NOSIGNAL);
        }
        if (r == 0)
                return fd;
        close(fd);
        return r;
}

static int receive(int socket, struct via_reply *ret, const char *path, struct pinfold_error *err)
{
        const size_t head = offsetof(struct via_reply, text);
        int reset = 0;
        ssize_t size;

        /* That it has closed with our request unread is said once, before what it has sent until then. */
        do
                size = recv(socket, ret, sizeof(*ret), 0);
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

int via_accept(const struct via *via, int socket, struct pinfold *box, struct pinfold_error *err)
{
        struct via_reply *reply = must(calloc(1, sizeof(*reply)));
        int r = receive(socket, reply, via->path, err);

        if (r == 0 && reply->error > 0) {
                r = fail(err, via->path, (int)reply->error, "%.1500s", reply->text);
                err->stage = (int)reply->stage;
        } else if (r == 0 && via->settle(via->userdata, reply) < 0) {
                r = fail(err, via->path, EINVAL, "the server's options for programs cannot be applied");
        } else if (r == 0) {
                r = pinfold_accept(box, socket, err);
        }
        free(reply);
        return r;
}
