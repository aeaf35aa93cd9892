/* SPDX-License-Identifier: MIT */
/*
 * A container that is prepared ahead of its program waits here, with no capability left and nothing running in it. The program's
 * half of the setup message comes over a socket of its own, so that PID 1 sleeps on; its execution closes that, so that the caller
 * need not wait for PID 1 either.
 */
#include <errno.h>
#include <poll.h>

#include "base/cleanup.h"
#include "init/control.h"
#include "init/init.h"
#include "init/report.h"

/* The caller tells PID 1 what else it wants; PID 1 ends us with it. */
static int receive(int socket, struct inbox *inbox, struct pinfold_error *err)
{
        while (!inbox_complete(inbox)) {
                struct pollfd source = {.fd = socket, .events = POLLIN};
                struct control control;
                int r = control_read(socket, inbox, &control, err);

                if (r == -EAGAIN && poll(&source, 1, -1) < 0 && errno != EINTR)
                        return error_set(err, errno, "poll");
                if (r < 0 && r != -EAGAIN)
                        return r;
                if (r == 0 && control.kind != CONTROL_NOTHING)
                        return error_set(err, control.kind == CONTROL_CLOSED ? ECONNABORTED : EBADMSG, "the program does not come");
        }
        return 0;
}

bool awaits_program(const struct init *init)
{
        return init->setup.host & SETUP_PREPARE;
}

int stage_await_program(struct init *init, struct pinfold_error *err)
{
        struct inbox inbox = {.packet = init->inbox.packet};
        int r;

        r = report_prepared(init->socket);
        if (r < 0)
                return error_set(err, -r, "tell that it is prepared");
        r = receive(init->executed, &inbox, err);
        if (r < 0)
                return r;
        init->inbox = inbox;
        return inbox_decode_program(&init->inbox, &init->setup, err);
}
