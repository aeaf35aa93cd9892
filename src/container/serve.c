/* SPDX-License-Identifier: MIT */
/*
 * Sending the parameters, and waiting until they are in effect, and the program has been executed: a state machine that never
 * blocks, driven by pinfold_prepare and pinfold_serve or by the caller's event loop.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "container/container.h"
#include "container/outgoing.h"
#include "container/receive.h"
#include "seccomp/policy.h"
#include "syscall/socket.h"

#define LEAD "cannot set up container"

static int serve_fail(struct pinfold *box, struct pinfold_error *err)
{
        container_end(box, STATE_FAILED);
        return error_finish(err, LEAD);
}

static int serve_refuse(struct pinfold_error *err, int error, const char *why)
{
        error_stage(err, PINFOLD_STAGE_SERVE);
        error_set(err, error, "%s", why);
        return error_finish(err, LEAD);
}

static int serve_ended(struct pinfold *box, struct pinfold_error *err)
{
        error_stage(err, PINFOLD_STAGE_SERVE);
        if (box->ended_known && box->ended.timed_out)
                error_set(err, ETIMEDOUT, "its time was over before the program was executed");
        else
                error_set(err, ECANCELED, "cancelled");
        return serve_fail(box, err);
}

/* What PID 1 said before it went is the reason for whatever failed without it. */
static int serve_failed_early(struct pinfold *box, struct pinfold_error *err)
{
        struct pinfold_error said = {0};

        switch (receive(box, &said)) {
        case RECEIVED_ENDED:
                return serve_ended(box, err);
        case RECEIVED_ERROR:
                *err = said;
                return serve_fail(box, err);
        default:
                return serve_fail(box, err);
        }
}

/* Of a container that is prepared already. Its filter was refused any change, and says so now. */
static int begin_prepared(struct pinfold *box, struct pinfold_error *err)
{
        struct {
                uint32_t type;
                int64_t milliseconds;
        } __attribute__((packed)) timeout = {PACKET_TIMEOUT, box->timeout};
        int r;

        if (box->seccomp->failure.error) {
                *err = box->seccomp->failure;
                return -err->error;
        }
        /* PID 1 may not have read it yet, and the program would be quicker. */
        if (atomic_load(&box->link.cancelled)) {
                error_stage(err, PINFOLD_STAGE_SERVE);
                return error_set(err, ECANCELED, "cancelled");
        }
        r = outgoing_make(box, HALF_PROGRAM, err);
        if (r < 0 || box->timeout == 0)
                return r;
        r = sys_send(box->link.socket, &timeout, sizeof(timeout), NULL, 0, NULL, 0, false);
        return r == 0 || r == -EPIPE || r == -ECONNRESET ? 0 : error_set(err, -r, "send the time limit");
}

/* The next state, once the message for it has been made. */
static int begin(struct pinfold *box, bool prepare, struct pinfold_error *err)
{
        enum state from = box ? box->state : STATE_NEW;
        int r;

        if (!box)
                return serve_refuse(err, ENOMEM, "no container");
        if ((from != STATE_STARTED && (prepare || from != STATE_PREPARED)) || box->owner != getpid())
                return serve_refuse(err, EINVAL, "it is not waiting for parameters");
        if (container_configured(box, err) < 0)
                return serve_fail(box, err);
        if (from == STATE_PREPARED)
                r = begin_prepared(box, err);
        else
                r = outgoing_make(box, prepare ? HALF_CONTAINER : HALF_CONTAINER | HALF_PROGRAM, err);
        if (r < 0)
                return serve_failed_early(box, err);
        /* From here on these would have no effect. */
        box->sink.sealed = true;
        box->seccomp->sealed = true;
        box->state = prepare ? STATE_PREPARING : STATE_SERVING;
        return 0;
}

static int serve_closed(struct pinfold *box, struct pinfold_error *err)
{
        error_stage(err, PINFOLD_STAGE_SERVE);
        if (!err->error)
                error_set(err, ECHILD, "PID 1 was killed during setup");
        return serve_fail(box, err);
}

static int prepared(struct pinfold *box, struct pinfold_error *err)
{
        if (box->program < 0) {
                error_stage(err, PINFOLD_STAGE_SERVE);
                error_set(err, EMFILE, "receive the socket for the program");
                return serve_fail(box, err);
        }
        box->state = STATE_PREPARED;
        return 1;
}

static int executed(struct pinfold *box, struct pinfold_error *err)
{
        box->program = close_fd(box->program);
        if (box->rows > 0 && box->terminal < 0) {
                error_stage(err, PINFOLD_STAGE_SERVE);
                error_set(err, EMFILE, "receive the terminal");
                return serve_fail(box, err);
        }
        box->state = STATE_RUNNING;
        return 1;
}

static int step(struct pinfold *box, enum state state, struct pinfold_error *err)
{
        bool seen_executed;
        int r;

        if (!box || box->state != state)
                return serve_refuse(err, EINVAL, state == STATE_SERVING ? "serve was not begun" : "prepare was not begun");
        r = outgoing_send(box);
        if (r < 0 && r != -EAGAIN && r != -EPIPE && r != -ECONNRESET) {
                /* -EPIPE: init has given up, and said why in a packet that is still to be read. */
                error_stage(err, PINFOLD_STAGE_SERVE);
                error_set(err, -r, "send the parameters");
                return serve_fail(box, err);
        }
        if (r < 0 && r != -EAGAIN)
                outgoing_forget(box); /* there is nothing to wait for at that socket */
        /*
         * First: an error has come before that. A cancel that was sent before it may have been quicker, and PID 1 knows; of one that is
         * sent after it, PID 1 knows that there is a program.
         */
        seen_executed = state == STATE_SERVING && r == 0 && receive_executed(box) && !atomic_load(&box->link.cancelled);
        switch (receive(box, err)) {
        case RECEIVED_NOTHING:
                return seen_executed ? executed(box, err) : 0;
        case RECEIVED_PREPARED:
                return prepared(box, err);
        case RECEIVED_EXECUTED:
                return executed(box, err);
        case RECEIVED_ENDED:
                return serve_ended(box, err);
        case RECEIVED_ERROR: {
                const char *lead = err->stage == PINFOLD_STAGE_EXEC ? "cannot execute program" : LEAD;

                container_end(box, STATE_FAILED);
                return error_finish(err, lead);
        }
        case RECEIVED_CLOSED:
                return serve_closed(box, err);
        }
        return serve_closed(box, err);
}

/* Both halves, in one call. */
static int run(struct pinfold *box, bool prepare, struct pinfold_error *err)
{
        int r = begin(box, prepare, err);

        while (r == 0) {
                struct pollfd sources[2];

                r = step(box, prepare ? STATE_PREPARING : STATE_SERVING, err);
                if (r != 0)
                        break;
                sources[0] = (struct pollfd){.fd = pinfold_poll_fd(box), .events = pinfold_poll_events(box)};
                sources[1] = (struct pollfd){.fd = prepare ? -1 : box->program}; /* its end alone: an execution takes a while */
                if (poll(sources, ELEMENTS(sources), -1) < 0 && errno != EINTR) {
                        error_stage(err, PINFOLD_STAGE_SERVE);
                        error_set(err, errno, "poll");
                        return serve_fail(box, err);
                }
        }
        return r > 0 ? 0 : r;
}

int pinfold_prepare_begin(struct pinfold *box, struct pinfold_error *err)
{
        struct pinfold_error own = {0};

        return container_return(err, &own, begin(box, true, &own));
}

int pinfold_prepare_step(struct pinfold *box, struct pinfold_error *err)
{
        struct pinfold_error own = {0};

        return container_return(err, &own, step(box, STATE_PREPARING, &own));
}

int pinfold_prepare(struct pinfold *box, struct pinfold_error *err)
{
        struct pinfold_error own = {0};

        return container_return(err, &own, run(box, true, &own));
}

int pinfold_serve_begin(struct pinfold *box, struct pinfold_error *err)
{
        struct pinfold_error own = {0};

        return container_return(err, &own, begin(box, false, &own));
}

int pinfold_serve_step(struct pinfold *box, struct pinfold_error *err)
{
        struct pinfold_error own = {0};

        return container_return(err, &own, step(box, STATE_SERVING, &own));
}

int pinfold_serve(struct pinfold *box, struct pinfold_error *err)
{
        struct pinfold_error own = {0};

        return container_return(err, &own, run(box, false, &own));
}
