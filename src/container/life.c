/* SPDX-License-Identifier: MIT */
/* start and wait, and how a container ends. */
#define _GNU_SOURCE

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "container/container.h"
#include "container/outgoing.h"
#include "container/receive.h"
#include "container/spawn.h"
#include "container/terminal.h"
#include "syscall/process.h"

int container_return(struct pinfold_error *err, const struct pinfold_error *own, int r)
{
        if (r < 0 && err)
                *err = *own;
        return r;
}

static int start(struct pinfold *box, struct pinfold_error *err)
{
        struct spawned spawned = {.pidfd = -1, .socket = -1};
        int r;

        if (!box) {
                error_stage(err, PINFOLD_STAGE_START);
                error_set(err, ENOMEM, "no container");
                return error_finish(err, "cannot start container");
        }
        r = container_configured(box, err);
        if (r == 0 && box->state != STATE_NEW) {
                error_stage(err, PINFOLD_STAGE_START);
                r = error_set(err, EBUSY, "it was started already");
        }
        if (r < 0)
                return error_finish(err, "cannot start container");
        r = spawn_init(&(struct spawn){box->flags, box->capabilities, box->cgroup, box->image, box->userns, box->pidns}, &spawned, err);
        if (r < 0) {
                error_prefix(err, "%s", stage_phrase((enum pinfold_stage)err->stage));
                return error_finish(err, "cannot start container");
        }
        box->owner = getpid();
        box->pid = spawned.pid;
        memcpy(box->namespaces, spawned.namespaces, sizeof(box->namespaces));
        link_open(&box->link, spawned.socket, spawned.pidfd);
        box->state = STATE_STARTED;
        return 0;
}

int pinfold_start(struct pinfold *box, struct pinfold_error *err)
{
        struct pinfold_error own = {0};

        return container_return(err, &own, start(box, &own));
}

/* PID 1 is gone, and with it all others and every namespace that nobody else holds; or it goes on without us. */
static void release(struct pinfold *box, enum state state)
{
        int status;

        sys_pidfd_reap(box->link.pidfd, false, &status); /* somebody else may have done it */
        if (box->foreground)
                terminal_take_back();
        if (state == STATE_FAILED)
                box->terminal = close_fd(box->terminal);
        /* Who is left has them still mounted on: what is protected there would be bare. */
        if (box->ended.left || (box->flags & PINFOLD_HOST_PID))
                leftovers_free(&box->leftovers);
        else
                leftovers_remove(&box->leftovers);
        link_end(&box->link);
        outgoing_forget(box);
        box->state = state;
}

/* Takes what PID 1 has said so far. */
static void take_messages(struct pinfold *box)
{
        struct pinfold_error ignored;
        enum received received;

        do
                received = receive(box, &ignored);
        while (received != RECEIVED_CLOSED && received != RECEIVED_NOTHING);
}

void container_end(struct pinfold *box, enum state state)
{
        struct pollfd gone = {.fd = box->link.pidfd, .events = POLLIN};

        /* Where a filter hides the call, PID 1 ends when nobody can tell it anything any more. */
        if (sys_pidfd_signal(box->link.pidfd, SIGKILL) < 0)
                shutdown(box->link.socket, SHUT_WR);
        while (poll(&gone, 1, -1) < 0 && errno == EINTR)
                ;
        take_messages(box); /* leftovers may have been reported since */
        release(box, state);
}

/* ---- wait ------------------------------------------------------------------------------------------------------ */

/* PID 1 goes on, with others, without us: PINFOLD_OUTLIVE. */
static bool is_left(const struct pinfold *box)
{
        return box->ended_known && box->ended.left;
}

/* 0 when PID 1 is gone, or the program and we are to be; -ETIMEDOUT. */
static int wait_gone(struct pinfold *box, int timeout)
{
        int64_t deadline = monotonic_ms() + timeout;

        for (;;) {
                struct pollfd sources[] = {
                        {.fd = box->link.pidfd, .events = POLLIN},
                        {.fd = box->link.socket, .events = POLLIN},
                };
                int left = timeout < 0 ? -1 : (int)(deadline - monotonic_ms());

                if (timeout >= 0 && left < 0)
                        left = 0;
                if (poll(sources, container_speaks(box) ? 2 : 1, left) < 0 && errno != EINTR)
                        return -errno;
                take_messages(box);
                if (sources[0].revents) {
                        box->ended.left = false; /* they are gone, too */
                        return 0;
                }
                if (is_left(box))
                        return 0;
                if (timeout >= 0 && monotonic_ms() >= deadline)
                        return -ETIMEDOUT;
        }
}

/* What init said, or, when it could not, that it was killed. */
static void fill_status(const struct pinfold *box, struct pinfold_status *ret)
{
        const struct ended *ended = &box->ended;
        struct pinfold_status status = {.size = ret->size};

        if (!box->ended_known) {
                status.status = 128 + SIGKILL;
                status.signal = SIGKILL;
                status.lost = 1;
        } else {
                status.status = (int)ended->status;
                status.exited = ended->known && WIFEXITED(ended->wait_status);
                status.code = status.exited ? WEXITSTATUS(ended->wait_status) : 0;
                status.signal = ended->known && WIFSIGNALED(ended->wait_status) ? (int)WTERMSIG(ended->wait_status)
                                : ended->known                                  ? 0
                                                                                : SIGKILL;
                status.core = ended->known && WIFSIGNALED(ended->wait_status) && WCOREDUMP(ended->wait_status);
                status.cancelled = (int)ended->cancelled;
                status.lingered = (int)ended->lingered;
                status.timed_out = (int)ended->timed_out;
                status.user = (int64_t)ended->user;
                status.system = (int64_t)ended->system;
                status.max_rss = (int64_t)ended->max_rss;
                status.left = (int)ended->left;
        }
        /* A caller built against an older, shorter struct gets the part that it knows. */
        memcpy(ret, &status, ret->size < sizeof(status) ? ret->size : sizeof(status));
}

static int wait_refuse(struct pinfold_error *err, int error, const char *why)
{
        struct pinfold_error own = {0};

        error_stage(&own, PINFOLD_STAGE_WAIT);
        error_set(&own, error, "%s", why);
        return container_return(err, &own, error_finish(&own, "cannot wait for container"));
}

int pinfold_wait(struct pinfold *box, int timeout, struct pinfold_status *ret_status, struct pinfold_error *err)
{
        if (!box)
                return wait_refuse(err, ENOMEM, "no container");
        if (ret_status && ret_status->size < sizeof(ret_status->size) + sizeof(ret_status->status))
                return wait_refuse(err, EINVAL, "the size of the status struct is not set");
        if (box->state == STATE_RUNNING) {
                int r;

                if (box->owner != getpid())
                        return wait_refuse(err, ECHILD, "it was started by another process");
                r = wait_gone(box, timeout);
                if (r < 0)
                        return wait_refuse(err, -r, r == -ETIMEDOUT ? "it is still running" : "poll");
                if (box->ended.lingered)
                        container_log(box, "processes were left after the delay, and were killed");
                release(box, STATE_ENDED);
        }
        if (box->state != STATE_ENDED)
                return wait_refuse(err, EINVAL, "it is not running");
        if (ret_status)
                fill_status(box, ret_status);
        return 0;
}

void container_abandon(struct pinfold *box)
{
        if (!container_is_alive(box))
                return;
        if (box->owner == getpid()) {
                container_end(box, STATE_FAILED);
                return;
        }
        /* The copy of a caller that forked: the container is the original's. */
        leftovers_free(&box->leftovers);
        link_end(&box->link);
        outgoing_forget(box);
}
