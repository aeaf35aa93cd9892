/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/supervise.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/command.h"
#include "cli/hints.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/signals.h"
#include "cli/terminal.h"

/* How long a reader may take for the last output of a run whose time is over, in milliseconds. */
#define LAST_MS 500

/* How long until a server is asked again that has no room for one more who waits. */
#define RETRY_MS 20

/* How long until that is taken for a failure, in milliseconds. */
#define FULL_MS 10000

/*
 * poll(2) refuses more descriptors than RLIMIT_NOFILE, which the program can lower for us with --host-pid: it ends itself with that. One is
 * enough to wait for the end.
 */
static void give_up(struct signals *signals, struct pinfold *box)
{
        complain("cannot wait: poll: %s", strerror(errno));
        pinfold_cancel(box);
        pinfold_wait(box, LAST_MS, NULL, NULL);
        signals->cancelled_by = SIGTERM;
        signals->kill = true;
}

/*
 * Waits for one thing to happen, at `fd` (-1: none), to the signals, or to the terminal; sees to the last two. At most `limit`
 * milliseconds (-1: for ever).
 */
static void turn(struct pollfd *fd, struct signals *signals, struct pinfold *box, int limit)
{
        struct pollfd polled[2 + TERMINAL_POLLED] = {*fd, {.fd = signals->fd, .events = POLLIN}};
        int timeout = signals_timeout(signals), r;
        nfds_t count = 2 + TERMINAL_POLLED;

        terminal_poll(signals->terminal, polled + 2);
        while (polled[count - 1].fd < 0)
                count--;
        r = memory_poll(polled, count, limit < 0 || (timeout >= 0 && timeout < limit) ? timeout : limit);
        if (r < 0 && errno != EINVAL)
                return; /* EINTR: stopped and continued */
        if (r < 0) {
                give_up(signals, box);
                return;
        }
        fd->revents = polled[0].revents;
        /* The program may run, and be who the signal is for: that is read first. */
        if (!signals->running && fd->revents != 0)
                return;
        if (r == 0 || polled[1].revents != 0)
                signals_handle(signals, box);
        terminal_copy(signals->terminal, polled + 2);
}

/*
 * Waits until `fd` is ready for `events`. Returns false when there is nothing to wait for any more: a signal has asked to
 * kill the container.
 */
static bool wait_for(int fd, short events, struct signals *signals, struct pinfold *box)
{
        struct pollfd waited = {.fd = fd, .events = events};

        while (!signals->kill && waited.revents == 0)
                turn(&waited, signals, box, -1);
        return !signals->kill;
}

/* Waits until the container is gone, or its program is (PINFOLD_OUTLIVE), and how it ended is known. Returns as wait_for. */
static bool wait_for_end(struct pinfold *box, struct signals *signals, struct pinfold_status *status)
{
        struct pollfd end;

        do {
                end = (struct pollfd){.fd = pinfold_poll_fd(box), .events = POLLIN};
                turn(&end, signals, box, -1);
        } while (!signals->kill && (end.revents == 0 || pinfold_wait(box, 0, status, NULL) == -ETIMEDOUT));
        return !signals->kill;
}

/*
 * The container is gone: what it wrote last is still to come, and a pager may be in no hurry to read it. But the time of a run
 * that took too long already is nobody's to prolong.
 */
static void drain(struct signals *signals, struct pinfold *box, bool timed_out)
{
        struct pollfd none = {.fd = -1};
        int64_t until = clock_msec() + LAST_MS, left = LAST_MS;

        signals->over = true;
        terminal_end(signals->terminal);
        while (!signals->kill && left > 0 && terminal_drains(signals->terminal)) {
                turn(&none, signals, box, timed_out ? (int)left : -1);
                if (timed_out)
                        left = until - clock_msec();
        }
}

/*
 * In the place of a start. A server that has no room or does not answer is waited for until a signal ends that. A server that is not
 * trusted may have sent us what takes it long to close: the socket stays open until we end, when nothing is waited for.
 */
static int accept_from(const struct via *via, struct pinfold *box, struct signals *signals, struct pinfold_error *err)
{
        struct pollfd none = {.fd = -1};
        int64_t until = clock_msec() + FULL_MS;
        int socket = via_open(via, err), r = socket;

        if (socket < 0)
                return r;
        while ((r = via_ask(via, socket, err)) == -EAGAIN && !signals->kill && clock_msec() < until)
                turn(&none, signals, box, RETRY_MS);
        if (r == -EAGAIN && !signals->kill)
                via_full(via, err);
        if (r == 0)
                r = wait_for(socket, POLLIN, signals, box) ? via_answer(via, socket, err) : -ECANCELED;
        if (r == 0)
                r = wait_for(socket, POLLIN, signals, box) ? pinfold_accept(box, socket, err) : -ECANCELED;
        if (r == 0)
                close(socket);
        return r;
}

/* Returns 1 once the program runs, 0 when a signal has asked to kill the container, -errno after a failure. */
static int serve(struct pinfold *box, const struct via *via, struct signals *signals, struct pinfold_error *err)
{
        int r = via->path ? accept_from(via, box, signals, err) : pinfold_start(box, err);

        if (signals->kill)
                return 0;
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
static int failure(struct events *events, const struct via *via, const struct plan *plan, const struct pinfold_error *err)
{
        if (*err->text) {
                message_at(plan_place(plan, err->op_index));
                complain("%s", err->text);
                message_at(NULL);
                if (via->path && err->stage == PINFOLD_STAGE_DIRECTORY)
                        hint("the server's containers show what it was started with: `pinfold serve -r DIR`; or say -C DIR here");
                else
                        hints_print(err);
        }
        events_failed(events, *err->text ? err : NULL);
        if (err->stage == PINFOLD_STAGE_SERVE && err->error == ETIMEDOUT)
                return STATUS_TIMED_OUT;
        if (err->stage != PINFOLD_STAGE_EXEC)
                return STATUS_SETUP;
        return err->error == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}

/* A run that was ended from outside must not look like one that has done its work, whatever its program said. */
static int ended_by(int number, struct events *events)
{
        events_ended(events, NULL);
        return 128 + number;
}

static int status_of(const struct pinfold_status *status, const struct signals *signals)
{
        if (status->cancelled || signals->cancelled_by != 0)
                return 128 + (signals->cancelled_by != 0 ? signals->cancelled_by : SIGTERM);
        if (status->lost)
                complain("the container's init was killed");
        if (status->timed_out)
                complain("the time is over: everything was killed");
        return status->status;
}

static int run(struct pinfold *box, const struct via *via, const struct plan *plan, struct streams *streams, struct signals *signals,
               struct events *events)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold_error err = {0};
        int r = serve(box, via, signals, &err);
        bool ended;

        if (r <= 0 && signals->cancelled_by != 0)
                return ended_by(signals->cancelled_by, events);
        if (r < 0)
                return failure(events, via, plan, &err);
        events_started(events, box);

        if (streams_feed(streams) < 0 || terminal_open(signals->terminal, box) < 0) {
                events_failed(events, NULL);
                return STATUS_SETUP;
        }
        signals_program_runs(signals, box);
        ended = wait_for_end(box, signals, &status);
        if (!ended && signals->cancelled_by != 0)
                return ended_by(signals->cancelled_by, events);
        r = pinfold_wait(box, -1, &status, &err);
        if (ended && !status.left)
                drain(signals, box, status.timed_out);
        /* What is said from here on is for the host's terminal as it was. */
        terminal_close(signals->terminal);
        if (r < 0)
                return failure(events, via, plan, &err);
        events_ended(events, &status);
        return status_of(&status, signals);
}

int supervise(struct pinfold *box, const struct via *via, const struct plan *plan, struct streams *streams, struct terminal *terminal,
              struct events *events)
{
        struct signals signals;
        int r, result;

        terminal_init(terminal);
        r = signals_open(&signals, terminal);
        if (r < 0) {
                complain("cannot receive signals: %s", strerror(-r));
                events_failed(events, NULL);
                return STATUS_SETUP;
        }
        result = run(box, via, plan, streams, &signals, events);
        terminal_close(terminal);
        return result;
}
