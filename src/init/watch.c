/* SPDX-License-Identifier: MIT */
/*
 * PID 1 for the rest of its life: turns what happens into events for the reaper, and does what that decides. Nothing here
 * can block, except for writing the last report to a caller that does not read, and its death ends that too.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "init/control.h"
#include "init/init.h"
#include "init/reaper.h"
#include "init/report.h"

enum { SOCKET, SIGNALS, CALLER, EXECUTED, SOURCES };

struct watcher {
        struct init *init;
        struct reaper reaper;
        bool executed;  /* the program has been */
        bool announced; /* and the caller has been told */
};

static int64_t now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static _Noreturn void end(struct watcher *watcher, uint32_t status)
{
        const struct reaper *reaper = &watcher->reaper;
        struct ended ended = {
                .status = status,
                .wait_status = reaper->wait_status,
                .known = reaper->ended,
                .cancelled = reaper->cancelled,
                .lingered = reaper->lingering,
        };
        struct pollfd sources[] = {
                {.fd = watcher->init->socket, .events = POLLOUT},
                {.fd = watcher->init->caller, .events = POLLIN},
        };

        /* From here on only the caller counts; what is left inside dies with us. */
        while (watcher->executed && !watcher->announced) {
                if (report_executed(watcher->init->socket) != -EAGAIN)
                        break;
                if (poll(sources, ELEMENTS(sources), -1) > 0 && sources[1].revents)
                        _exit((int)status);
        }
        while (report_ended(watcher->init->socket, &ended) == -EAGAIN)
                if (poll(sources, ELEMENTS(sources), -1) > 0 && sources[1].revents)
                        break;
        _exit((int)status);
}

static void act(struct watcher *watcher, const struct action *action)
{
        switch (action->kind) {
        case ACTION_NOTHING:
                return;
        case ACTION_SIGNAL:
                kill(watcher->reaper.program, action->signal);
                return;
        case ACTION_SIGNAL_ALL:
                kill(-1, action->signal);
                return;
        case ACTION_END:
                end(watcher, action->status);
        }
}

static void happen(struct watcher *watcher, struct event event)
{
        struct action action;

        event.now = now();
        action = reaper_step(&watcher->reaper, &event);
        act(watcher, &action);
}

static _Noreturn void fail(struct watcher *watcher, enum pinfold_stage stage, struct pinfold_error *err)
{
        error_stage(err, stage);
        error_prefix(err, "%s", stage_phrase(stage));
        report_error(watcher->init->socket, err);
        _exit(1);
}

/* The pipe is closed, or the process that was to become the program is gone: which of the two has happened? */
static void settle(struct watcher *watcher, uint32_t wait_status, bool gone)
{
        struct outcome *outcome = watcher->init->outcome;
        struct pinfold_error err;

        if (watcher->executed)
                return;
        switch (outcome->state) {
        case OUTCOME_EXEC:
                watcher->executed = true;
                for (int number = 1; number <= 64; number++)
                        if (watcher->init->held >> (number - 1) & 1)
                                happen(watcher, (struct event){.kind = EVENT_SIGNAL, .signal = number});
                return;
        case OUTCOME_FAILED:
                outcome->path[sizeof(outcome->path) - 1] = '\0';
                error_set(&err, outcome->error, "%s", outcome->path);
                snprintf(err.path, sizeof(err.path), "%s", outcome->path);
                fail(watcher, PINFOLD_STAGE_EXEC, &err);
        case OUTCOME_REPORTED:
                _exit(1);
        case OUTCOME_SETUP:
                if (!gone)
                        return; /* the pipe closed a moment before the process is reaped */
                if (WIFSIGNALED(wait_status))
                        error_set(&err, ECHILD, "killed by signal %d during setup", WTERMSIG(wait_status));
                else
                        error_set(&err, ECHILD, "ended during setup");
                fail(watcher, PINFOLD_STAGE_FORK, &err);
        }
}

static void reap(struct watcher *watcher)
{
        int status, pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
                if (pid == watcher->reaper.program)
                        settle(watcher, (uint32_t)status, true);
                happen(watcher, (struct event){.kind = EVENT_CHILD, .pid = pid, .status = (uint32_t)status});
        }
        if (pid < 0 && errno == ECHILD)
                happen(watcher, (struct event){.kind = EVENT_NO_CHILD});
}

static void command(struct watcher *watcher)
{
        struct pinfold_error err;
        struct control control;

        while (control_read(watcher->init->socket, NULL, &control, &err) == 0) {
                switch (control.kind) {
                case CONTROL_NOTHING:
                        break;
                case CONTROL_CLOSED:
                        happen(watcher, (struct event){.kind = EVENT_CALLER_GONE});
                        break;
                case CONTROL_CANCEL:
                        /* A program that is not there yet cannot be asked: setup ends at once. */
                        if (!watcher->executed)
                                watcher->reaper.forward_cancel = false;
                        happen(watcher, (struct event){.kind = EVENT_CANCEL});
                        break;
                case CONTROL_SIGNAL:
                        if (watcher->executed)
                                happen(watcher, (struct event){.kind = EVENT_SIGNAL, .signal = control.signal});
                        else
                                control_hold(&watcher->init->held, control.signal);
                        break;
                }
        }
}

static int timeout(const struct watcher *watcher)
{
        int64_t left;

        if (watcher->reaper.deadline == REAPER_NEVER)
                return -1;
        left = watcher->reaper.deadline - now();
        return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

static void look(struct watcher *watcher, struct pollfd *sources)
{
        if (sources[CALLER].revents)
                happen(watcher, (struct event){.kind = EVENT_CALLER_GONE});
        /* Before the reaping, so that "executed" goes out before "ended". */
        if (sources[EXECUTED].revents) {
                settle(watcher, 0, false);
                sources[EXECUTED].fd = close_fd(sources[EXECUTED].fd);
        }
        if (watcher->executed && !watcher->announced)
                watcher->announced = report_executed(watcher->init->socket) != -EAGAIN;
        if (sources[SIGNALS].revents && control_cancelled(watcher->init->signals)) {
                if (!watcher->executed)
                        watcher->reaper.forward_cancel = false;
                happen(watcher, (struct event){.kind = EVENT_CANCEL});
        }
        if (sources[SOCKET].revents & (POLLIN | POLLHUP | POLLERR))
                command(watcher);
        reap(watcher);
        if (watcher->reaper.deadline != REAPER_NEVER && now() >= watcher->reaper.deadline)
                happen(watcher, (struct event){.kind = EVENT_DEADLINE});
}

void watch(struct init *init, int pid)
{
        struct watcher watcher = {
                .init = init,
                .reaper = {
                        .program = pid,
                        .forward_cancel = init->setup.flags & PINFOLD_FORWARD_CANCEL,
                        .adopt_wait_delay = init->setup.adopt_wait_delay,
                        .wait_delay = init->setup.wait_delay,
                        .deadline = REAPER_NEVER,
                },
        };
        struct pollfd sources[SOURCES] = {
                [SOCKET] = {.fd = init->socket},
                [SIGNALS] = {.fd = init->signals, .events = POLLIN},
                [CALLER] = {.fd = init->caller, .events = POLLIN},
                [EXECUTED] = {.fd = init->executed, .events = POLLIN},
        };

        for (;;) {
                sources[SOCKET].events = POLLIN | (watcher.executed && !watcher.announced ? POLLOUT : 0);
                if (poll(sources, ELEMENTS(sources), timeout(&watcher)) < 0)
                        continue;
                look(&watcher, sources);
        }
}
