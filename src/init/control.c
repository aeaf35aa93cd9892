/* SPDX-License-Identifier: MIT */
#include "init/control.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "syscall/socket.h"

#define SIGNAL_MAX 64
#define COMMAND_MAX 64 /* bytes of a packet once the setup message is there */

static int control_parse(const uint8_t *packet, size_t size, const int *files, size_t count, struct inbox *inbox,
                         struct control *ret, struct pinfold_error *err)
{
        uint32_t type = 0, signal = 0;
        int64_t timeout;

        if (size >= sizeof(type))
                memcpy(&type, packet, sizeof(type));
        if (count == 0 && size == sizeof(type) && type == PACKET_CANCEL) {
                ret->kind = CONTROL_CANCEL;
                return 0;
        }
        if (count == 0 && size == sizeof(type) + sizeof(signal) && type == PACKET_SIGNAL) {
                memcpy(&signal, packet + sizeof(type), sizeof(signal));
                if (signal < 1 || signal > SIGNAL_MAX)
                        return error_set(err, EBADMSG, "signal %u", signal);
                ret->kind = CONTROL_SIGNAL;
                ret->signal = (int)signal;
                return 0;
        }
        if (count == 0 && size == sizeof(type) + sizeof(timeout) && type == PACKET_TIMEOUT) {
                memcpy(&timeout, packet + sizeof(type), sizeof(timeout));
                if (timeout < 0)
                        return error_set(err, EBADMSG, "timeout %lld", (long long)timeout);
                ret->kind = CONTROL_TIMEOUT;
                ret->timeout = timeout;
                return 0;
        }
        if (count == 1 && size == sizeof(type) && type == PACKET_CALLER) {
                ret->kind = CONTROL_CALLER;
                ret->caller = files[0];
                return 0;
        }
        return inbox ? inbox_take(inbox, packet, size, files, count, err) : 0;
}

int control_read(int socket, struct inbox *inbox, struct control *ret, struct pinfold_error *err)
{
        uint8_t small[COMMAND_MAX], *packet = inbox ? inbox->packet : small;
        int files[SYS_PACKET_FILES];
        size_t count;
        ssize_t size = sys_receive(socket, packet, inbox ? MESSAGE_CHUNK : sizeof(small), files, ELEMENTS(files),
                                   &count);
        int r;

        *ret = (struct control){.kind = CONTROL_NOTHING};
        if (size == -EAGAIN)
                return -EAGAIN;
        if (size == -EMSGSIZE && !inbox)
                return 0; /* no command is that long */
        if (size == 0 || size == -ECONNRESET) {
                ret->kind = CONTROL_CLOSED;
                return 0;
        }
        if (size < 0)
                return error_set(err, (int)-size, "receive");
        r = control_parse(packet, (size_t)size, files, count, inbox, ret, err);
        if (r < 0 || (!inbox && ret->kind != CONTROL_CALLER))
                for (size_t i = 0; i < count; i++)
                        close_fd(files[i]);
        return r;
}

static uint64_t bit(int signal)
{
        return UINT64_C(1) << (signal - 1);
}

void control_hold(uint64_t *held, int signal)
{
        const uint64_t stops = bit(SIGSTOP) | bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU);

        if (bit(signal) & stops)
                *held &= ~bit(SIGCONT);
        if (signal == SIGCONT)
                *held &= ~stops;
        *held |= bit(signal);
}

bool control_cancelled(int signals, bool trusted, bool host_pid)
{
        struct signalfd_siginfo info;
        bool cancelled = false;

        /* Two kinds are watched. More than that is a flood, and can wait for the next turn. */
        for (int i = 0; i < 4 && sys_call(__NR_read, signals, &info, sizeof(info)) == sizeof(info); i++)
                if (info.ssi_signo == SIGTERM && info.ssi_code == SI_USER &&
                    (host_pid ? trusted : info.ssi_pid == 0 && (trusted || info.ssi_uid != 0)))
                        cancelled = true;
        return cancelled;
}
