/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/supervise.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>

#include "cli/command.h"
#include "cli/hints.h"
#include "cli/message.h"
#include "cli/signals.h"

/*
 * Waits until `fd` is ready for `events`, and obeys signals meanwhile. Returns false when there is nothing to wait for
 * any more: a signal has asked to kill the container.
 */
static bool wait_for(int fd, short events, struct signals *signals, struct pinfold *box)
{
        struct pollfd polled[] = {
                {.fd = fd, .events = events},
                {.fd = signals->fd, .events = POLLIN},
        };

        while (!signals->kill && polled[0].revents == 0) {
                int r = poll(polled, 2, signals_timeout(signals));

                if (r < 0) {
                        /* EINTR: stopped and continued. */
                        if (errno != EINTR)
                                return true;
                        polled[0].revents = 0;
                } else if (r == 0 || polled[1].revents != 0) {
                        signals_handle(signals, box);
                }
        }
        return !signals->kill;
}

/* Returns 1 once the program runs, 0 when a signal has asked to kill the container, -errno after a failure. */
static int serve(struct pinfold *box, struct signals *signals, struct pinfold_error *err)
{
        int r = pinfold_start(box, err);

        if (r >= 0)
                r = pinfold_serve_begin(box, err);
        while (r == 0) {
                if (!wait_for(pinfold_poll_fd(box), pinfold_poll_events(box), signals, box))
                        return 0;
                r = pinfold_serve_step(box, err);
        }
        return r;
}

/* As env(1), nice(1) and timeout(1) tell apart what went wrong. */
static int failure(const struct pinfold_error *err)
{
        complain("%s", err->text);
        hints_print(err);
        if (err->stage != PINFOLD_STAGE_EXEC)
                return STATUS_SETUP;
        return err->error == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}

/* A run that was ended from outside must not look like one that has done its work, whatever its program said. */
static int ended_by(int number)
{
        return 128 + number;
}

static int status_of(const struct pinfold_status *status, const struct signals *signals)
{
        if (status->cancelled || signals->cancelled_by != 0)
                return ended_by(signals->cancelled_by != 0 ? signals->cancelled_by : SIGTERM);
        if (status->lost)
                complain("the container's init was killed");
        return status->status;
}

int supervise(struct pinfold *box, struct streams *streams)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold_error err = {0};
        struct signals signals;
        int r = signals_open(&signals);

        if (r < 0) {
                complain("cannot receive signals: %s", strerror(-r));
                return STATUS_SETUP;
        }
        r = serve(box, &signals, &err);
        if (r <= 0 && signals.cancelled_by != 0)
                return ended_by(signals.cancelled_by);
        if (r < 0)
                return failure(&err);

        if (streams_feed(streams) < 0)
                return STATUS_SETUP;
        signals_program_runs(&signals, box);
        if (!wait_for(pinfold_pidfd(box), POLLIN, &signals, box))
                return ended_by(signals.cancelled_by);
        if (pinfold_wait(box, -1, &status, &err) < 0)
                return failure(&err);
        return status_of(&status, &signals);
}
