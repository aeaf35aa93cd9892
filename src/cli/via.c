/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/via.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
        char why[sizeof(err->text) / 2];

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

int via_accept(const struct via *via, int socket, struct pinfold *box, struct pinfold_error *err)
{
        const char *path = via->path;
        struct via_reply reply = {0};
        int reset = 0;
        ssize_t size;

        /* That it has closed with our request unread is said once, before what it has sent until then. */
        do
                size = recv(socket, &reply, sizeof(reply), 0);
        while (size < 0 && (errno == EINTR || (errno == ECONNRESET && !reset++)));
        if (size < 0)
                return fail(err, path, errno, "receive: %s", strerror(errno));
        if (size == 0)
                return fail(err, path, ECONNRESET, "the server is gone");
        reply.text[sizeof(reply.text) - 1] = '\0';
        if (size != sizeof(reply) || reply.version != VIA_VERSION)
                return fail(err, path, EPROTO, "the server is of another version");
        if (reply.error > 0)
                return fail(err, path, reply.error < 4096 ? (int)reply.error : EPROTO, "%.1000s", reply.text);
        if (reply.network)
                via->online(via->userdata);
        return pinfold_accept(box, socket, err);
}
