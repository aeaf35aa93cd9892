/* SPDX-License-Identifier: MIT */
/* Cancel and signal, from any thread and from signal handlers; and what identifies a running container. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "base/cleanup.h"
#include "container/container.h"
#include "container/outgoing.h"
#include "syscall/process.h"
#include "syscall/socket.h"

#define SIGNAL_MAX 64

static int send_command(struct pinfold *box, const uint32_t *command, size_t size)
{
        int r = sys_send(box->link.socket, command, size, NULL, 0, NULL, 0, false);

        return r == -EPIPE || r == -ECONNRESET ? -ESRCH : r;
}

int pinfold_cancel(struct pinfold *box)
{
        uint32_t command = PACKET_CANCEL;
        int saved = errno, r;

        if (!box || !link_enter(&box->link))
                return -ESRCH;
        atomic_store(&box->link.cancelled, true);
        r = send_command(box, &command, sizeof(command));
        /* The socket is full. Init takes this one from outside as the same request. */
        if (r == -EAGAIN)
                r = sys_pidfd_signal(box->link.pidfd, SIGTERM);
        link_leave(&box->link);
        errno = saved;
        return r;
}

int pinfold_signal(struct pinfold *box, int signal)
{
        uint32_t command[2] = {PACKET_SIGNAL, (uint32_t)signal};
        int saved = errno, r;

        if (signal < 1 || signal > SIGNAL_MAX)
                return -EINVAL;
        if (!box || !link_enter(&box->link))
                return -ESRCH;
        r = send_command(box, command, sizeof(command));
        link_leave(&box->link);
        errno = saved;
        return r;
}

/* The link's descriptors, unless it has ended. */
static bool has_link(const struct pinfold *box)
{
        return box && container_is_alive(box);
}

int pinfold_terminal(struct pinfold *box)
{
        if (!box)
                return -ENOMEM;
        /* While it is served it may still fail, and nothing must be left then. */
        if (box->terminal < 0 || (box->state != STATE_RUNNING && box->state != STATE_ENDED))
                return -EINVAL;
        return take_fd(&box->terminal);
}

int pinfold_pidfd(const struct pinfold *box)
{
        return has_link(box) ? box->link.pidfd : -1;
}

pid_t pinfold_pid(const struct pinfold *box)
{
        return box ? box->pid : 0;
}

int pinfold_poll_fd(const struct pinfold *box)
{
        if (!has_link(box))
                return -1;
        if (!container_speaks(box))
                return box->link.pidfd;
        return outgoing_socket(box);
}

short pinfold_poll_events(const struct pinfold *box)
{
        if (!has_link(box))
                return 0;
        return box->outgoing.size > 0 ? POLLIN | POLLOUT : POLLIN;
}
